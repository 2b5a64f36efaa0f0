"""The filters that an author may use, and nothing else: each is written or chosen here, so that none can be a bomb.

Ours speak the reader's language: ``money``, ``day``, ``moment``, ``weekday_day``, ``plural``, ``number``, ``vocative``,
``greeting``. Arithmetic is ours too, for python-liquid reads a Decimal as 0.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from liquid.builtin.filters import array, misc, string
from liquid.exceptions import FilterArgumentError
from liquid.filter import with_context
from markupsafe import Markup

from shelf import formats
from shelf.vocative import vocative as called

_AFTER_DIGIT = re.compile(r"(?<=\d) ")
MAX_NUMBER = 10**15
MAX_TEXT = 16_384


@with_context
def money(amount: object, currency: object = "", *, context) -> str:
    """``{{ order.total | money: order.currency }}``"""
    return _money(_number(amount), str(currency or ""), context.language, context.currency_style)


# Babel takes 10-40 µs for each, and prices, days and counts repeat within a batch.
_money = lru_cache(maxsize=4096)(formats.money)
_day = lru_cache(maxsize=512)(formats.day)
_weekday_day = lru_cache(maxsize=512)(formats.weekday_day)
_plural = lru_cache(maxsize=1024)(formats.plural)
_written_number = lru_cache(maxsize=1024)(formats.number)


@with_context
def day(on: object, style: str = "long", *, context) -> str:
    """``{{ order.placed_at | day }}``, ``{{ … | day: "no_year" }}``; a moment is read in the reader's time zone."""
    if style not in formats.Style.__args__:
        raise FilterArgumentError(f"day has no style “{style}”", token=None)
    return _unbroken(_day(_local_day(on, context.zone), context.language, style))


@with_context
def weekday_day(on: object, *, context) -> str:
    return _unbroken(_weekday_day(_local_day(on, context.zone), context.language))


@with_context
def moment(at: object, style: str = "long", *, context) -> str:
    at = _parse(datetime, at)
    if not isinstance(at, datetime) or at.tzinfo is None or style not in formats.Style.__args__:
        raise FilterArgumentError("moment needs a date with a time", token=None)
    return _unbroken(formats.moment(at, context.zone, context.language, style))


@with_context
def plural(n: object, *forms: str, context) -> str:
    """``{{ n }} {{ n | plural: "товар", "товари", "товарів" }}``: the word only, two or three forms."""
    if len(forms) not in (2, 3):
        raise FilterArgumentError("plural needs two forms (item, items) or three (товар, товари, товарів)", token=None)
    return _plural(_number(n), forms, context.language)


@with_context
def number(value: object, places: int | None = None, *, context) -> str:
    if places is not None and places not in range(7):
        raise FilterArgumentError("number takes 0 to 6 places", token=None)
    return _written_number(_number(value), context.language, places)


@with_context
def vocative(name: object, *, context) -> str:
    """``{{ customer.first_name | vocative }}``: Олено; in other languages, and in doubt, the name itself."""
    name = name if isinstance(name, str) else ""
    return called(name) if context.language == "uk" else name


_GREETINGS = {"en": "Hello", "uk": "Вітаємо", "ru": "Здравствуйте"}
_NAME = re.compile(r"[^\W\d_][^\W\d_.'’ʼ`-]*(?:[ '’ʼ`.-]+[^\W\d_]+){0,3}\.?")


@with_context
def greeting(name: object, words: object = "", *, context) -> str:
    """``{{ customer.first_name | greeting }}``: «Вітаємо, Олено!», and «Вітаємо!» for what is no name.

    Other words: ``greeting: "Добрий день"``.
    """
    words = str(words or "") or _GREETINGS.get(context.language, _GREETINGS["en"])
    name = name.strip() if isinstance(name, str) else ""
    if not _NAME.fullmatch(name):
        return f"{words}!"
    if context.language == "en":
        return f"{words} {name}!"
    return f"{words}, {called(name) if context.language == 'uk' else name}!"


def _unbroken(written: str) -> str:
    """No line ends between a number and its month."""
    return _AFTER_DIGIT.sub("\xa0", written)


def _local_day(on: object, zone) -> date:
    on = _parse(datetime, on) if isinstance(on, str) and len(on) > 10 else _parse(date, on)
    if isinstance(on, datetime):
        return (on.astimezone(zone) if on.tzinfo else on).date()
    if isinstance(on, date):
        return on
    raise FilterArgumentError("this is not a date", token=None)


def _parse(kind: type[date], value: object) -> object:
    """Data that went through JSON carries dates as ISO text."""
    if not isinstance(value, str):
        return value
    try:
        return kind.fromisoformat(value)
    except ValueError as error:
        raise FilterArgumentError("this is not a date", token=None) from error


def _number(value: object) -> Decimal:
    try:
        exact = Decimal(str(value).strip() if isinstance(value, str | float) else value)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise FilterArgumentError("this is not a number", token=None) from error
    if not exact.is_finite() or abs(exact) > MAX_NUMBER:
        raise FilterArgumentError("this number is too big", token=None)
    return exact


def _arithmetic(work: Callable[[Decimal, Decimal], Decimal]) -> Callable[[object, object], Decimal | int]:
    def apply(left: object, right: object) -> Decimal | int:
        try:
            result = work(_number(left), _number(right))
        except (InvalidOperation, ZeroDivisionError) as error:
            raise FilterArgumentError("this cannot be calculated", token=None) from error
        return int(result) if isinstance(left, int) and isinstance(right, int) else result

    return apply


def _round(value: object, places: object = 0) -> Decimal | int:
    places = int(_number(places))
    if places not in range(7):
        raise FilterArgumentError("round takes 0 to 6 places", token=None)
    rounded = _number(value).quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP")
    return rounded if places else int(rounded)


def _sum(items: object, key: object = None) -> Decimal | int:
    if not isinstance(items, list | tuple):
        raise FilterArgumentError("sum needs a list", token=None)
    numbers = [item.get(key) if isinstance(item, dict) else item for item in items]
    total = sum((_number(value) for value in numbers), Decimal(0))
    return int(total) if all(isinstance(value, int) for value in numbers) else total


def _replace(value: object, old: object, new: object = "") -> str:
    value, old, new = (item if isinstance(item, str) else str(item) for item in (value, old, new))
    if len(value) + str.count(value, old) * len(new) > MAX_TEXT:
        raise FilterArgumentError("the text would become too long", token=None)
    return value.replace(old, new)


def _remove(value: object, old: object) -> str:
    return _replace(value, old, "")


def _map(items: object, key: object) -> list:
    if not isinstance(items, list | tuple) or not all(isinstance(item, dict) for item in items):
        raise FilterArgumentError("map needs a list of things with fields", token=None)
    return [item.get(key, "") for item in items]


def _br(value: object) -> Markup:
    # Markup.escape leaves what is already Markup as it is.
    return Markup("<br>").join(Markup.escape(line) for line in Markup.escape(value).splitlines())


FILTERS: dict[str, Callable] = {
    "money": money,
    "day": day,
    "weekday_day": weekday_day,
    "moment": moment,
    "plural": plural,
    "number": number,
    "vocative": vocative,
    "greeting": greeting,
    "plus": _arithmetic(lambda a, b: a + b),
    "minus": _arithmetic(lambda a, b: a - b),
    "times": _arithmetic(lambda a, b: a * b),
    "divided_by": _arithmetic(lambda a, b: a / b),
    "at_least": _arithmetic(max),
    "at_most": _arithmetic(min),
    "round": _round,
    "sum": _sum,
    "append": string.append,
    "prepend": string.prepend,
    "capitalize": string.capitalize,
    "downcase": string.downcase,
    "upcase": string.upcase,
    "strip": string.strip,
    "replace": _replace,
    "remove": _remove,
    "truncate": string.truncate,
    "truncatewords": string.truncatewords,
    "slice": string.slice_,
    "split": string.split,
    "url_encode": string.url_encode,
    "escape": string.escape,
    "newline_to_br": _br,
    "default": misc.default,
    "size": misc.size,
    "first": array.first,
    "last": array.last,
    "join": array.join,
    "map": _map,
    "where": array.where,
    "reverse": array.reverse,
    "compact": array.compact,
}

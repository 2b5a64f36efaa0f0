"""The value of a condition as somebody typed it, read to what its operator compares with.

Number: int or Decimal. Money: ``Money``. Text and choice: str. Moment: an aware datetime. Flag: bool. Sets: a tuple of
str. Days: int.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_noop as _

from shelf.conditions.fields import ConditionRefused, Field, choices_of

LONGEST = 200
MOST_VALUES = 200
BIGGEST = 2_000_000_000  # what an integer column holds
LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str


def read_number(field: Field, raw: Any) -> int | Decimal:
    value = _decimal(raw)
    if value is None or abs(value) > BIGGEST:
        raise ConditionRefused(_("“%(field)s”: “%(value)s” is not a number."), **_said(field, raw))
    if value == value.to_integral_value():
        return int(value)
    if field.whole:
        raise ConditionRefused(_("“%(field)s” is counted in whole numbers, not “%(value)s”."), **_said(field, raw))
    return value


def read_range(field: Field, raw: Any) -> tuple:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise ConditionRefused(_("“%(field)s”: give the lowest and the highest number."), field=str(field.label))
    low, high = read_number(field, raw[0]), read_number(field, raw[1])
    if low > high:
        raise ConditionRefused(_("“%(field)s”: the lowest number is above the highest."), field=str(field.label))
    return low, high


def read_money(field: Field, raw: Any) -> Money:
    amount = _decimal(raw.get("amount")) if isinstance(raw, dict) else None
    if amount is None or abs(amount) >= 10**12:
        raise ConditionRefused(_("“%(field)s”: give an amount."), field=str(field.label))
    currency = raw.get("currency")
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        text = _("“%(field)s”: give a currency such as UAH. Amounts of several currencies are never added.")
        raise ConditionRefused(text, field=str(field.label))
    return Money(amount, currency)


def read_text(field: Field, raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip() or len(raw) > LONGEST or "\0" in raw:
        raise ConditionRefused(_("“%(field)s”: give a text of at most 200 characters."), field=str(field.label))
    return raw.strip()


def read_choice(field: Field, raw: Any) -> str:
    text = read_text(field, raw)
    known = dict(choices_of(field))
    if known and text not in known:
        raise ConditionRefused(_("“%(value)s” is not a choice of “%(field)s” any more."), **_said(field, raw))
    return text


def read_choices(field: Field, raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not raw:
        raise ConditionRefused(_("“%(field)s”: choose at least one."), field=str(field.label))
    if len(raw) > MOST_VALUES:
        text = _("“%(field)s”: more than %(most)s values.")
        raise ConditionRefused(text, field=str(field.label), most=MOST_VALUES)
    return tuple(dict.fromkeys(read_choice(field, one) for one in raw))


def read_moment(field: Field, raw: Any) -> datetime:
    """A day (its beginning in UTC) or a time with its zone."""
    try:
        at = datetime.fromisoformat(raw)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        at = at.astimezone(UTC)  # years 1 and 9999 may have no such time
    except (TypeError, ValueError, OverflowError):
        raise ConditionRefused(_("“%(field)s”: “%(value)s” is not a day."), **_said(field, raw)) from None
    if not 1900 <= at.year <= 2999:
        raise ConditionRefused(_("“%(field)s”: “%(value)s” is not a day."), **_said(field, raw))
    return at


def read_days(field: Field, raw: Any) -> int:
    value = _decimal(raw)
    if value is None or value != value.to_integral_value() or not 0 < value <= LONGEST_DAYS:
        raise ConditionRefused(_("“%(field)s”: give a number of days, 1 or more."), field=str(field.label))
    return int(value)


def read_flag(field: Field, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ConditionRefused(_("“%(field)s”: yes or no?"), field=str(field.label))
    return raw


def read_nothing(field: Field, raw: Any) -> None:
    return None


def plain(value: Any) -> Any:
    """The value as JSON."""
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _decimal(raw: Any) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal) or len(str(raw)) > 30:
        return None
    try:
        value = Decimal(str(raw).strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _said(field: Field, raw: Any) -> dict[str, str]:
    return {"field": str(field.label), "value": str(raw)[:80]}

"""Values out of a stranger's JSON: each function returns the type it is named for, or raises ``Unreadable``.

Adapters read fields through these and nothing else, so that every surprise (a list where a group should be,
a number where text should be, a NUL byte, a rounded id) ends in a sentence that a merchant understands.
An absent field, ``null`` and ``""`` mean the same here: nothing was said.
"""

import json
import math
import re
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from babel.core import get_global
from babel.numbers import list_currencies
from django.utils.translation import gettext_noop
from django.utils.translation import gettext_noop as _

from events.sources import Unreadable

Payload = dict[str, Any]

NOT_FIELDS = gettext_noop("This delivery should be a group of named fields, but it is “%(value)s”.")
NOT_A_GROUP = gettext_noop("The field “%(field)s” should be a group of fields, but it is “%(value)s”.")
NOT_A_LIST = gettext_noop("The field “%(field)s” should be a list, but it is “%(value)s”.")
NOT_TEXT = gettext_noop("The field “%(field)s” should be text, but it is “%(value)s”.")
NOT_AN_AMOUNT = gettext_noop("The field “%(field)s” should be an amount such as 12.50, but it is “%(value)s”.")
NOT_A_COUNT = gettext_noop("The field “%(field)s” should be a quantity such as 2, but it is “%(value)s”.")
NOT_A_TIME = gettext_noop("The field “%(field)s” should be a date and time, but it is “%(value)s”.")
NO_OFFSET = gettext_noop("The time “%(value)s” in “%(field)s” does not say in which time zone it is.")
NOT_A_CURRENCY = gettext_noop("“%(value)s” is not a currency. Expected a three-letter code such as EUR, USD or UAH.")
HOLDS_NUL = gettext_noop("The field “%(field)s” holds a NUL character, which cannot be stored.")
MISSING = gettext_noop("The field “%(field)s” is missing, and nothing can be done without it.")
ROUNDED_ID = gettext_noop(
    "The id in “%(field)s” is “%(value)s”, a number with a fraction or an exponent: "
    "some program on the way has rounded it."
)

# Historic codes stay: backfilled orders carry them. XXX is "no currency", XTS is for tests.
CURRENCIES = frozenset(list_currencies()) - {"XXX", "XTS"}
ZERO_DATES = ("0000-", "-0001-", "0001-", "1970-01-01")  # how MySQL, .NET and Unix say "never"
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,490}", re.IGNORECASE)
AMOUNT = re.compile(r"-?\d{1,10}(\.\d{1,20})?", re.ASCII)  # ten digits before the point: numeric(12, 2)


def parsed(body: bytes) -> Payload:
    """A body for its envelope: named fields, or none at all when it is anything else. Nothing is refused here."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def parse_object(body: bytes, max_bytes: int = 2_000_000) -> Payload:
    """The JSON object in ``body``. Raises Unreadable with a sentence for everything else."""
    if len(body) > max_bytes:
        raise Unreadable(_("The body has %(size)s bytes; we read up to %(limit)s."), size=len(body), limit=max_bytes)
    payload = _parsed_strictly(body)
    if not isinstance(payload, dict):
        raise Unreadable(_("The body is JSON, but not an object."))
    return payload


def parse_list(body: bytes) -> list[Payload]:
    """The JSON list of objects in ``body``, which the bounds of asking have measured already."""
    return rows({"[]": _parsed_strictly(body)}, "[]")


def _parsed_strictly(body: bytes) -> Any:
    if not body.strip():
        raise Unreadable(_("The body is empty."))
    if b"\x00" in body:
        raise Unreadable(_("The body contains NUL bytes and is not JSON."))
    try:
        payload = json.loads(body)
    except UnicodeDecodeError:
        raise Unreadable(_("The body is not UTF-8 text.")) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("The body is not valid JSON (%(error)s)."), error=str(error)[:200]) from None
    return _without_nul(payload) if b"\\u0000" in body else payload


def _without_nul(value: Any) -> Any:
    """PostgreSQL keeps no NUL in text; a NUL escaped in JSON is noise and is dropped."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(v) for v in value]
    if isinstance(value, dict):
        return {_without_nul(k): _without_nul(v) for k, v in value.items()}
    return value


def fields(payload: Any) -> Payload:
    """The payload itself, which must be a JSON object."""
    if not isinstance(payload, dict):
        raise Unreadable(NOT_FIELDS, value=shown(payload))
    return payload


def group(data: Payload, name: str) -> Payload:
    """A nested object; empty when nothing was said."""
    value = data.get(name)
    if _nothing(value) or value == []:  # PHP writes an empty map as []
        return {}
    if not isinstance(value, dict):
        raise Unreadable(NOT_A_GROUP, field=name, value=shown(value))
    return value


def rows(data: Payload, name: str) -> list[Payload]:
    """A list of objects; empty when nothing was said."""
    value = data.get(name)
    if _nothing(value):
        return []
    if not isinstance(value, list):
        raise Unreadable(NOT_A_LIST, field=name, value=shown(value))
    for row in value:
        if not isinstance(row, dict):
            raise Unreadable(NOT_A_GROUP, field=name, value=shown(row))
    return value


def text(data: Payload, *names: str, longest: int = 255) -> str:
    """The first of ``names`` that says something, trimmed and cut to ``longest``; "" when none does.

    Whole numbers are taken as text (postcodes, phones and order numbers often come as numbers).
    """
    for name in names:
        if value := plain(data.get(name), name):
            return value[:longest]
    return ""


def texts(data: Payload, name: str, longest: int = 255) -> tuple[str, ...]:
    """A list of texts without the empty ones."""
    value = data.get(name)
    if _nothing(value):
        return ()
    if not isinstance(value, list):
        raise Unreadable(NOT_A_LIST, field=name, value=shown(value))
    return tuple(item[:longest] for entry in value if (item := plain(entry, name)))


def link(data: Payload, *names: str) -> str:
    """The first of ``names`` that is a web address which can be shown as a link; "" when none is.

    ``javascript:`` and the like are passed over, and so is what is longer than the 500 characters that are kept:
    half an address leads nowhere.
    """
    found = (text(data, name, longest=501) for name in names)
    return next((url for url in found if WEB_ADDRESS.fullmatch(url)), "")


def identifier(data: Payload, name: str = "id") -> str:
    """An id as text, exact beyond 2**53; "" when nothing was said (zero is how PHP says so)."""
    value = data.get(name)
    if isinstance(value, float | Decimal):
        raise Unreadable(ROUNDED_ID, field=name, value=shown(value))
    found = text(data, name, longest=100)
    return "" if found == "0" else found


def required(value: str, name: str) -> str:
    """``value``, or a refusal that names the missing field."""
    if not value:
        raise Unreadable(MISSING, field=name)
    return value


def amount(data: Payload, *names: str, default: Decimal | None = None) -> Decimal:
    """Money from the first of ``names`` that says something: exact, with at most four digits after the point.

    Without ``default`` it must be there. A JSON number that Python has made a float is taken by its shortest
    spelling, which is what stood in the JSON.
    """
    for name in names:
        value = data.get(name)
        if not _nothing(value):
            return _decimal(value, name)
    if default is None:
        raise Unreadable(MISSING, field=names[0])
    return default


def count(data: Payload, name: str, default: int = 0) -> int:
    """A quantity of pieces. Weighed goods (0.5 kg) count as started pieces."""
    value = data.get(name)
    if _nothing(value):
        return default
    try:
        pieces = math.ceil(_decimal(value, name))
    except Unreadable:
        pieces = -1
    if not 0 <= pieces <= 1_000_000:
        raise Unreadable(NOT_A_COUNT, field=name, value=shown(value))
    return pieces


def currency(data: Payload, name: str = "currency") -> str:
    """An ISO 4217 code in capitals."""
    code = required(text(data, name), name).upper()
    if code not in CURRENCIES:
        raise Unreadable(NOT_A_CURRENCY, value=shown(code))
    return code


def moment(data: Payload, *names: str, zone: tzinfo | None = None) -> datetime | None:
    """An ISO 8601 time in UTC from the first of ``names`` that says something; None when none does.

    A time without an offset is read in ``zone``, and refused without one.
    """
    for name in names:
        if (value := plain(data.get(name), name)) and not value.startswith(ZERO_DATES):
            return _utc(value, name, zone)
    return None


def required_moment(data: Payload, *names: str, zone: tzinfo | None = None) -> datetime:
    found = moment(data, *names, zone=zone)
    if found is None:
        raise Unreadable(MISSING, field=names[0])
    return found


def unix_moment(data: Payload, name: str) -> datetime | None:
    """Seconds since 1970, as a number or as text; None when nothing (or zero) was said."""
    value = plain(data.get(name), name)
    if not value or value == "0":
        return None
    if not re.fullmatch(r"\d{9,10}", value, re.ASCII):
        raise Unreadable(NOT_A_TIME, field=name, value=shown(value))
    return datetime.fromtimestamp(int(value), UTC)


def day(data: Payload, *names: str) -> date | None:
    """The calendar day as it is written, never moved by a time zone: a promise is a date, not an instant."""
    for name in names:
        if (value := plain(data.get(name), name)) and not value.startswith(ZERO_DATES):
            try:
                return date.fromisoformat(value[:10])
            except ValueError:
                raise Unreadable(NOT_A_TIME, field=name, value=shown(value)) from None
    return None


def country(data: Payload, *names: str) -> str:
    """An ISO 3166-1 code of two letters, also from one of three; "" for anything else, no reason to refuse."""
    code = text(data, *names).upper()
    if re.fullmatch("[A-Z]{3}", code):
        code = next(iter(get_global("territory_aliases").get(code, [])), "")
    return code if re.fullmatch("[A-Z]{2}", code) else ""


def language(data: Payload, *names: str) -> str:
    """The two letters in front of a locale such as uk-UA or ru_RU, or ""."""
    found = re.match(r"([A-Za-z]{2})(?:[-_]|$)", text(data, *names))
    return found[1].lower() if found else ""


def plain(value: Any, name: str) -> str:
    """Any scalar that is text to a person; "" when nothing was said."""
    if _nothing(value):
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Unreadable(NOT_TEXT, field=name, value=shown(value))
    if "\0" in value:
        raise Unreadable(HOLDS_NUL, field=name)
    return _storable(value).strip()


def shown(value: Any, longest: int = 40) -> str:
    """A value as it may stand in a reason: short, and storable whatever it was."""
    spelled = _storable(value if isinstance(value, str) else repr(value)).replace("\0", "␀")
    return spelled if len(spelled) <= longest else spelled[: longest - 1] + "…"


def label(value: Any, longest: int = 100) -> str:
    """A topic or key as it may stand in an envelope: one short printable line, or "" when it is no text."""
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in value if letter.isprintable()).strip()[:longest]


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _storable(value: str) -> str:
    # Half of a surrogate pair (a program cut an emoji in two) is valid in JSON and not in UTF-8.
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _decimal(value: Any, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unreadable(NOT_AN_AMOUNT, field=name, value=shown(value))
    spelled = value.strip() if isinstance(value, str) else str(value)
    if not AMOUNT.fullmatch(spelled):
        raise Unreadable(NOT_AN_AMOUNT, field=name, value=shown(value))
    exact, rounded = Decimal(spelled), round(Decimal(spelled), 4)
    return exact if exact == rounded else rounded


def _utc(value: str, name: str, zone: tzinfo | None) -> datetime:
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None and zone is not None:
            found = found.replace(tzinfo=zone)
        if found.tzinfo is not None and 1990 <= found.year <= 2100:
            return found.astimezone(UTC)
    except ValueError:
        raise Unreadable(NOT_A_TIME, field=name, value=shown(value)) from None
    raise Unreadable(NOT_A_TIME if found.tzinfo else NO_OFFSET, field=name, value=shown(value))

"""Pages of a long list by the last row seen, not by number: the thousandth page costs what the first one costs.

A cursor holds the ordering values of the row at the edge, and the direction. It is signed, so that a wrong, old or
borrowed one (another list, another order) is recognised before it reaches the database; it leads to the first page.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

_MAC_BYTES = 8
_LONGEST = 2_000
_FORWARD, _BACK = "f", "b"


@dataclass(frozen=True, slots=True)
class Page:
    """``rows`` in the order of the list; a cursor is ``""`` where there is nothing more in its direction."""

    rows: list[Any]
    next_cursor: str
    previous_cursor: str


def page_after(
    queryset: QuerySet, order: Sequence[str] = ("-at", "-id"), cursor: str | None = None, size: int = 50
) -> Page:
    """The page behind the cursor, or the first one without a (good) cursor. One query.

    ``order`` must end with something unique, and none of its values may be NULL; an index in that order makes it
    fast. Rows may be instances or dicts (``.values()``), then with the ordering fields among their keys.
    """
    salt = _salt(queryset, order)
    direction, values = _opened(salt, cursor, len(order))
    if direction == _BACK:
        page = _page_before(queryset, order, values, size, salt)
        if page:
            return page
        values = []
    rows = list(_beyond(queryset, order, values)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    # Behind a cursor there is the row that it was made of; if all is gone by now, the way back is still the cursor.
    previous = _sealed(salt, _BACK, _values(rows[0], order) if rows else values) if values else ""
    return Page(rows, _sealed(salt, _FORWARD, _values(rows[-1], order)) if more else "", previous)


def capped_count(queryset: QuerySet, cap: int = 1000) -> tuple[int, bool]:
    """(how many rows, are there more): counts to ``cap`` and no further, for "1,000+"."""
    found = queryset.order_by()[: cap + 1].count()
    return min(found, cap), found > cap


def _page_before(queryset: QuerySet, order: Sequence[str], values: list[Any], size: int, salt: str) -> Page | None:
    """The page in front of the cursor; None when it would be a short first page, which is better shown whole."""
    reverse = [name[1:] if name.startswith("-") else f"-{name}" for name in order]
    rows = list(_beyond(queryset, reverse, values)[: size + 1])
    if len(rows) < size:
        return None
    more, rows = len(rows) > size, rows[:size][::-1]
    previous = _sealed(salt, _BACK, _values(rows[0], order)) if more else ""
    return Page(rows, _sealed(salt, _FORWARD, _values(rows[-1], order)), previous)


def _beyond(queryset: QuerySet, order: Sequence[str], values: list[Any]) -> QuerySet:
    """Rows behind the values: ``a <= x AND (a < x OR …)``, whose first half is the range of an index."""
    condition = Q()
    for name, value in reversed(list(zip(order, values, strict=False))):
        field, step = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        behind = Q(**{f"{field}__{step}": value})
        condition = Q(**{f"{field}__{step}e": value}) & (behind | condition) if condition else behind
    return queryset.filter(condition).order_by(*order)


def _values(row: Any, order: Sequence[str]) -> list[Any]:
    return [_value(row, name.removeprefix("-")) for name in order]


def _value(row: Any, name: str) -> Any:
    if isinstance(row, dict):
        return row[name]
    for part in name.split("__"):
        row = getattr(row, part)
    return row


# --- Cursors --------------------------------------------------------------------------------------------------


def _salt(queryset: QuerySet, order: Sequence[str]) -> str:
    return f"shelf.keyset.{queryset.model._meta.label}.{','.join(order)}"


def _sealed(salt: str, direction: str, values: Sequence[Any]) -> str:
    body = json.dumps([direction, *map(_packed, values)], ensure_ascii=False, separators=(",", ":")).encode()
    return urlsafe_b64encode(_mac(salt, body) + body).rstrip(b"=").decode("ascii")


def _opened(salt: str, cursor: str | None, width: int) -> tuple[str, list[Any]]:
    try:
        if not cursor or len(cursor) > _LONGEST:
            return _FORWARD, []
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not constant_time_compare(mac, _mac(salt, body)):
            return _FORWARD, []
        direction, *packed = json.loads(body)
        values = [_unpacked(kind, text) for kind, text in packed]
    except (ValueError, TypeError):
        return _FORWARD, []
    return (direction, values) if len(values) == width else (_FORWARD, [])


def _mac(salt: str, body: bytes) -> bytes:
    return salted_hmac(salt, body, algorithm="sha256").digest()[:_MAC_BYTES]


def _packed(value: Any) -> tuple[str, str]:
    match value:
        case bool() | None:
            raise TypeError(f"a list cannot be ordered by {value!r}")
        case int():
            return "i", str(value)
        case str():
            return "s", value
        case Decimal():
            return "d", str(value)
        case datetime():
            return "t", value.isoformat()
        case date():
            return "o", value.isoformat()
    raise TypeError(f"a list cannot be ordered by {value!r}")


def _unpacked(kind: str, text: str) -> Any:
    readers = {"i": int, "s": str, "d": Decimal, "t": datetime.fromisoformat, "o": date.fromisoformat}
    return readers[kind](text)  # type: ignore[operator]

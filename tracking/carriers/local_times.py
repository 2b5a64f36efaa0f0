"""Local times as posts of this region write them: no offset, several spellings, and zeros for "never"."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from events.payloads import NOT_A_TIME, Payload, plain, shown
from events.sources import Unreadable

SPELLINGS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%H:%M %d.%m.%Y",
    "%H:%M:%S %d.%m.%Y",
    "%Y-%m-%d",
    "%d-%m-%Y",
    "%d.%m.%Y",
)
FRACTION = re.compile(r"(?<=:\d\d)\.\d+$", re.ASCII)
ZERO = re.compile(r"(^|\D)(0000|0001)(\D|$)", re.ASCII)  # 0001-01-01, 01.01.0001, 0000-00-00
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True)
class LocalTime:
    """``at`` in UTC, ``written`` as it came; ``local`` on the clock of the place."""

    at: datetime
    local: datetime
    written: str


def local_time(data: Payload, zone: tzinfo, *names: str) -> LocalTime | None:
    """The first of ``names`` that says a believable time; zeros and years like 1970 or 3609 say nothing."""
    for name in names:
        if found := _read(plain(data.get(name), name), name):
            at = found.replace(tzinfo=zone) if found.tzinfo is None else found
            return LocalTime(at.astimezone(UTC), at.astimezone(zone), plain(data.get(name), name)[:40])
    return None


def local_day(data: Payload, *names: str) -> date | None:
    """The calendar day of the first of ``names`` that says one, never moved by a time zone."""
    found = (_read(plain(data.get(name), name), name) for name in names)
    return next((at.date() for at in found if at), None)


def _read(written: str, name: str) -> datetime | None:
    if not written or ZERO.search(written) or written.startswith("00.00"):
        return None
    at = _parsed(FRACTION.sub("", written))
    if at is None:
        raise Unreadable(NOT_A_TIME, field=name, value=shown(written))
    return at if FIRST_YEAR <= at.year <= LAST_YEAR else None


def _parsed(written: str) -> datetime | None:
    for spelling in SPELLINGS:
        try:
            return datetime.strptime(written, spelling)  # noqa: DTZ007  the zone is the caller's
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None

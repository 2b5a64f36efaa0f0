"""When a wait is over: calendar days, clock times, weekdays and windows are local, hours are hours."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.engine.plan import Delay, Window

MIDNIGHT = time(0, 0)
DAY = timedelta(days=1)
LONGEST_SEARCH = 9  # days: every weekday comes once, and one more for a time that has passed


def due_at(delays: tuple[Delay | None, ...], anchors: Mapping[str, datetime | None], zone: str) -> datetime | None:
    """When a wait is over, by the first of its delays whose anchor is known; None while none is."""
    for delay in delays:
        if delay is None:
            continue
        if delay.on:
            return seek(delay, _existing(datetime.combine(delay.on, MIDNIGHT), ZoneInfo(zone)), ZoneInfo(zone))
        if anchor := anchors.get(delay.after):
            return moment_of(delay, anchor, ZoneInfo(zone))
    return None


def moment_of(delay: Delay, anchor: datetime, zone: ZoneInfo) -> datetime:
    """The moment a delay ends, in UTC: calendar days are counted in the local zone, hours as they pass, then the local
    time, weekday or window is sought.

    An hour that the clock skips becomes the first minute after it; an hour that comes twice is the first one. When the
    local time of that day has passed by then, it is the next day's.
    """
    moment = anchor.astimezone(UTC)
    if delay.days:
        moment = _existing(anchor.astimezone(zone).replace(tzinfo=None) + timedelta(days=delay.days), zone)
    return seek(delay, moment + timedelta(hours=delay.hours), zone)


def seek(delay: Delay, moment: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, not before this one, at the delay's time, on one of its weekdays, inside its window."""
    local = moment.astimezone(zone)
    for day in (local.date() + timedelta(days=ahead) for ahead in range(LONGEST_SEARCH)):
        if delay.weekdays and day.weekday() not in delay.weekdays:
            continue
        if delay.at is not None:
            at = _existing(datetime.combine(day, delay.at), zone)
            if at >= moment:
                return at
        elif delay.between:
            for opens, closes in _openings(delay.between, day, zone):
                if max(opens, moment) < closes:
                    return max(opens, moment)
        else:  # another day keeps the time of day
            return moment if day == local.date() else _existing(datetime.combine(day, local.time()), zone)
    return moment


def _openings(window: Window, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """When a window is open on a local day: over midnight it is open twice, before the morning and from the evening."""
    since, until = (_existing(datetime.combine(day, at), zone) for at in (window.since, window.until))
    if not window.is_overnight:
        yield since, until
        return
    yield _existing(datetime.combine(day, MIDNIGHT), zone), until
    yield since, _existing(datetime.combine(day + DAY, MIDNIGHT), zone)


def _existing(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment of a local wall-clock time; out of the hole in spring it walks forward by the minute."""
    while (utc := local.replace(tzinfo=zone).astimezone(UTC)).astimezone(zone).replace(tzinfo=None) != local:
        local += timedelta(minutes=1)
    return utc

"""Quiet hours: by the clock on the customer's wall, over midnight too, and on the nights when the clocks change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _

from customers.models import Customer, QuietHours
from customers.zones import zone_for
from messaging.gate.decisions import Decision
from messaging.models import Message
from shelf.reasons import Reason

QUIET = _("Quiet hours with the customer: it waits until %(until)s (%(zone)s).")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Every day from ``begins`` until ``ends``; until the next morning where it ends earlier than it begins."""

    begins: time
    ends: time

    @property
    def is_overnight(self) -> bool:
        return self.ends < self.begins


def quiet_until(window: Window, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours that hold at this moment end; None when it is not quiet.

    A window is two moments. An hour that comes twice is quiet until its second end; a time that the clock jumps over
    is the moment of the jump.
    """
    if window.begins == window.ends:
        return None
    today = now.astimezone(zone).date()
    for first in (today - DAY, today):
        last = first + DAY if window.is_overnight else first
        begins, ends = moment(first, window.begins, zone, fold=0), moment(last, window.ends, zone, fold=1)
        if begins <= now < ends:
            return ends
    return None


def moment(on: date, at: time, zone: ZoneInfo, fold: int) -> datetime:
    """When the clock of the zone shows this, in UTC. ``fold``: the first (0) or second (1) time where it does twice."""
    wall = datetime.combine(on, at)
    found = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    return _jump(wall, zone)


def _jump(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first second whose clock shows more than ``wall``, which it never shows."""
    ends = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before, after = ends[0], ends[1]
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after


# --- Whose window -------------------------------------------------------------------------------------------------


def windows() -> dict[str, Window]:
    """Country → its quiet hours; "" for the countries that have none of their own."""
    return {row.country: Window(row.begins, row.ends) for row in QuietHours.objects.all()}


def asleep(messages: Sequence[Message], now: datetime) -> Mapping[int | None, Decision]:
    """Message id → until when it waits. Two queries, and none where nothing obeys quiet hours."""
    if not messages:
        return {}
    known = windows()
    if not known:
        return {}
    places = _places({m.customer_id for m in messages if m.customer_id})
    ends: dict[tuple[Window, ZoneInfo], datetime | None] = {}
    found: dict[int | None, Decision] = {}
    for m in messages:
        own, country = places.get(m.customer_id, ("", ""))
        zone = zone_for(own, country, m.time_zone, m.country)
        window = known.get(country or m.country) or known.get("")
        if window is None:
            continue
        if (window, zone) not in ends:
            ends[window, zone] = quiet_until(window, zone, now)
        if until := ends[window, zone]:
            found[m.pk] = Decision("hold", _why(until, zone), until)
    return found


def _places(customer_ids: set[int]) -> dict[int | None, tuple[str, str]]:
    """Customer → (zone, country) as far as we know them."""
    rows = Customer.objects.filter(pk__in=customer_ids).values_list("pk", "time_zone", "country")
    return {pk: (zone, country) for pk, zone, country in rows}


def _why(until: datetime, zone: ZoneInfo) -> Reason:
    return Reason(QUIET, {"until": f"{until.astimezone(zone):%H:%M}", "zone": zone.key})

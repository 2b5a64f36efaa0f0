"""How carriers did: on time, days on the way, trouble, by carrier, service and lane.

Of parcels by the day of their first scan. One without a scan is nobody's parcel yet and is counted nowhere. The two
indexes that serve this are shipment_first_scan and checkpoint_trouble.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection

LONGEST = 14  # days on the way that are told apart
REST = 10  # carriers, services and lanes on the page; the CSV has them all

# ``due``: the first promise, or the day that the customer chose instead. ``tried``: when a hand-over was first tried.
PARCELS = """
SELECT s.id, s.carrier, s.service, s.origin,
    COALESCE(NULLIF(s.destination, ''), o.address ->> 'city', '') AS destination,
    date_trunc('week', s.shipped_at AT TIME ZONE %(zone)s)::date AS week,
    CASE WHEN s.moved_by_recipient THEN s.estimated_on ELSE COALESCE(s.promised_on, s.estimated_on) END AS due,
    (s.first_attempt_at AT TIME ZONE %(zone)s)::date AS tried,
    EXTRACT(epoch FROM s.first_attempt_at - s.shipped_at) / 86400 AS days,
    s.milestone IN ('returning', 'returned') AS went_back
  FROM tracking_shipment s JOIN orders_order o ON o.id = s.order_id
  WHERE s.shipped_at >= %(since)s AND s.shipped_at < %(until)s AND NOT o.test AND s.cancelled_at IS NULL
    AND s.returned_id IS NULL
"""
TROUBLES = """
SELECT c.shipment_id, COALESCE(NULLIF(c.reason, ''), c.milestone) AS what
  FROM tracking_checkpoint c
  WHERE c.milestone IN ('attempt_failed', 'exception') AND NOT c.retracted AND NOT c.suspect
    AND c.shipment_id IN (SELECT id FROM parcels)
"""
SHARES = f"""
WITH parcels AS MATERIALIZED ({PARCELS}), troubled AS (SELECT DISTINCT t.shipment_id FROM ({TROUBLES}) t)
SELECT GROUPING(carrier, service, destination, week, bucket), carrier, service, origin, destination, week, bucket,
    count(*),
    count(*) FILTER (WHERE due IS NOT NULL AND (tried IS NOT NULL OR due < %(today)s)),
    count(*) FILTER (WHERE tried <= due),
    count(days),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY days),
    count(shipment_id),
    count(*) FILTER (WHERE went_back)
  FROM (SELECT p.*, CASE WHEN days IS NOT NULL THEN LEAST(floor(days), {LONGEST})::int END AS bucket, t.shipment_id
    FROM parcels p LEFT JOIN troubled t ON t.shipment_id = p.id) p
  GROUP BY GROUPING SETS ((), (carrier), (carrier, service), (origin, destination), (week), (bucket))
"""  # noqa: S608 - only constants of this file
REASONS = f"""
WITH parcels AS MATERIALIZED ({PARCELS})
SELECT what, count(DISTINCT shipment_id) FROM ({TROUBLES}) t GROUP BY what ORDER BY 2 DESC, 1
"""  # noqa: S608 - only constants of this file
WHOLE, CARRIERS, SERVICES, LANES, WEEKS, DAYS = 0b11111, 0b01111, 0b00111, 0b11011, 0b11101, 0b11110


@dataclass(frozen=True, slots=True)
class Share:
    """``names``: whose parcels: (), (carrier,), (carrier, service), (from, to). ``judged``: with a promise that could
    be kept or broken by now. ``median`` and ``slow`` (nine of ten are faster) are days, of ``timed`` parcels."""

    names: tuple[str, ...] = ()
    parcels: int = 0
    judged: int = 0
    on_time: int = 0
    timed: int = 0
    median: float | None = None
    slow: float | None = None
    troubled: int = 0
    went_back: int = 0


class Week(NamedTuple):
    begins_on: date
    judged: int
    on_time: int


@dataclass(frozen=True, slots=True)
class Figures:
    """``days``: how many parcels took 0, 1, … days, the last ``LONGEST`` or more. ``reasons``: (our word, parcels)."""

    whole: Share = Share()
    carriers: list[Share] = field(default_factory=list)
    services: list[Share] = field(default_factory=list)
    lanes: list[Share] = field(default_factory=list)
    weeks: list[Week] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    reasons: list[tuple[str, int]] = field(default_factory=list)


def figures(since: datetime, until: datetime, today: date, zone: str) -> Figures:
    """Two queries. ``today`` and ``zone`` are the shop's: on its calendar a promised day is over."""
    asked = {"since": since, "until": until, "today": today, "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(SHARES, asked)
        by = _by_kind(cursor.fetchall())
        cursor.execute(REASONS, asked)
        reasons = [(str(what), int(n)) for what, n in cursor.fetchall()]
    return Figures(
        whole=next((_share((), row) for row in by[WHOLE]), Share()),
        carriers=_most([_share((row[1],), row) for row in by[CARRIERS]]),
        services=_most([_share((row[1], row[2]), row) for row in by[SERVICES] if row[2]]),
        lanes=_most([_share((row[3], row[4]), row) for row in by[LANES] if row[4]]),
        weeks=_without_gaps([Week(row[5], row[8], row[9]) for row in by[WEEKS]]),
        days=_spread({row[6]: row[7] for row in by[DAYS] if row[6] is not None}),
        reasons=reasons,
    )


def _by_kind(rows: Sequence[tuple]) -> dict[int, list[tuple]]:
    by: dict[int, list[tuple]] = {kind: [] for kind in (WHOLE, CARRIERS, SERVICES, LANES, WEEKS, DAYS)}
    for row in rows:
        by[row[0]].append(row)
    return by


def _share(names: tuple[str, ...], row: tuple) -> Share:
    parcels, judged, on_time, timed, median, slow, troubled, went_back = row[7:]
    days = [None if n is None else float(n) for n in (median, slow)]
    return Share(names, parcels, judged, on_time, timed, *days, troubled, went_back)


def _most(shares: list[Share]) -> list[Share]:
    return sorted(shares, key=lambda share: (-share.parcels, share.names))


def _without_gaps(weeks: list[Week]) -> list[Week]:
    """A week in which nothing was sent is a gap in the picture, not a neighbour left out."""
    known = {week.begins_on: week for week in weeks}
    if not known:
        return []
    first, last = min(known), max(known)
    mondays = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, 7)]
    return [known.get(day, Week(day, 0, 0)) for day in mondays]


def _spread(counted: dict[int, int]) -> list[int]:
    return [counted.get(day, 0) for day in range(max(counted) + 1)] if counted else []


# --- What an upper floor knows beside it --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """Of ``tickets`` that customers opened, ``where`` ask where their order is."""

    where: int
    tickets: int
    url: str = ""


ASKED: list[Callable[[datetime, datetime], Asked]] = []


def ask_with(counts: Sequence[Callable[[datetime, datetime], Asked]]) -> None:
    ASKED[:] = counts


def asked_where(since: datetime, until: datetime) -> Asked | None:
    return next((count(since, until) for count in ASKED), None)

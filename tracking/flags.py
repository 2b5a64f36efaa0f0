"""What we say of a parcel ourselves, because no carrier does: late, stalled, at risk, in trouble, storage ending.

Time raises these flags, not scans, so a clock looks. One statement finds what holds now, raises what is new and takes
down what holds no longer; see docs/decisions/0046. A matter with the customer stays open as long as a parcel is late or
in trouble: nobody is asked for anything meanwhile.

===========  =======================================================================================================
``late``     the promised day and a night are over, and nobody tried to deliver
``at_risk``  the promise will hardly be kept: it is tomorrow and the carrier has no parcel yet, or its own day is later
``stalled``  no scan for longer than this stage may last at this carrier
``trouble``  the carrier reports an exception
``storage``  it waits at the pick-up point, and tomorrow storage ends or begins to cost
===========  =======================================================================================================
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from customers.actions import close_matters, open_matters
from events.facts import Fact, Recorded, record_all
from tracking.events import ParcelDelayed, PromiseEndangered, StorageEndAnnounced
from tracking.models import Patience, Shipment

MATTER = "late"
OPENS_MATTER = ("late", "trouble")
GRACE = timedelta(days=1)  # the promised day is over everywhere, and the evening's scans have arrived
FORGOTTEN = timedelta(days=45)  # a parcel that nobody scanned for so long is not on its way any more
BATCH = 500

# Days without a scan; the owner may say otherwise for a carrier (``Patience``).
PATIENCE: Mapping[str, int] = MappingProxyType(
    {
        "pending": 3,
        "info_received": 3,
        "picked_up": 4,
        "in_transit": 5,
        "out_for_delivery": 2,
        "attempt_failed": 3,
        "exception": 4,
        "returning": 14,
    }
)

# The day by which it was to arrive: the first promise, or what the customer chose instead.
DUE = "CASE WHEN s.moved_by_recipient THEN s.estimated_on ELSE COALESCE(s.promised_on, s.estimated_on) END"
LEG = "CASE WHEN s.milestone = 'returning' OR s.returned_id IS NOT NULL THEN 'back' ELSE 'out' END"

# Of a return's parcel only its silence is noted, for agents, once the carrier has it.
# ``history``: it was so before we heard of the parcel. Each branch is answered by an index of its own.
HOLDS = f"""
SELECT s.id, 'late' AS kind, '' AS stage, 'out' AS leg, s.estimated_on + 1 < s.created_at::date AS history
  FROM tracking_shipment s
  WHERE s.delivered_at IS NULL AND s.returned_id IS NULL AND s.first_attempt_at IS NULL
    AND s.milestone NOT IN ('delivered', 'returned', 'cancelled', 'expired')
    AND s.estimated_on < %(today)s - 1 AND s.estimated_on >= %(forgotten)s
UNION ALL
SELECT s.id, 'at_risk', '', 'out', false
  FROM tracking_shipment s
  WHERE s.delivered_at IS NULL AND s.returned_id IS NULL AND s.first_attempt_at IS NULL
    AND s.estimated_on >= %(today)s - 1
    AND s.milestone NOT IN ('returning', 'returned', 'cancelled', 'expired')
    AND {DUE} >= %(today)s - 1
    AND (s.estimated_on > {DUE} OR s.milestone IN ('pending', 'info_received') AND {DUE} <= %(today)s + 1)
UNION ALL
SELECT s.id, 'stalled', s.milestone, {LEG}, s.scanned_at + d.days * interval '1 day' < s.created_at
  FROM jsonb_to_recordset(%(patience)s) AS d(milestone text, days int, carrier text, but text[])
  JOIN tracking_shipment s ON s.milestone = d.milestone
  WHERE s.delivered_at IS NULL AND s.number <> ''
    AND (s.carrier = d.carrier OR d.carrier = '' AND s.carrier <> ALL (d.but))
    AND (s.returned_id IS NULL OR s.milestone NOT IN ('pending', 'info_received'))
    AND s.scanned_at < %(now)s - d.days * interval '1 day' AND s.scanned_at >= %(forgotten)s
UNION ALL
SELECT s.id, 'trouble', s.reason, 'out', s.since < s.created_at - interval '2 days'
  FROM tracking_shipment s
  WHERE s.delivered_at IS NULL AND s.returned_id IS NULL AND s.milestone = 'exception' AND s.since >= %(forgotten)s
UNION ALL
SELECT s.id, 'storage', '', 'out', false
  FROM tracking_shipment s
  WHERE s.delivered_at IS NULL AND s.returned_id IS NULL AND s.milestone = 'ready_for_pickup'
    AND LEAST(s.stored_until_on, s.storage_paid_from_on) BETWEEN %(today)s AND %(today)s + 1
"""  # noqa: S608 - only constants of this file

WATCH = f"""
WITH holds AS MATERIALIZED (
  SELECT h.* FROM ({HOLDS}) h
    JOIN tracking_shipment s ON s.id = h.id JOIN orders_order o ON o.id = s.order_id
    WHERE o.cancelled_at IS NULL AND NOT o.placeholder
), raised AS (
  INSERT INTO tracking_shipmentflag AS f (shipment_id, kind, stage, leg, raised_at)
    SELECT h.id, h.kind, h.stage, h.leg, %(now)s FROM holds h
    WHERE NOT EXISTS (SELECT 1 FROM tracking_shipmentflag f WHERE f.shipment_id = h.id AND f.kind = h.kind
      AND f.stage = h.stage AND f.leg = h.leg AND f.cleared_at IS NULL)
    ORDER BY h.id LIMIT %(batch)s
  ON CONFLICT (shipment_id, kind, stage, leg) DO UPDATE SET raised_at = EXCLUDED.raised_at, cleared_at = NULL
    WHERE f.cleared_at IS NOT NULL
  RETURNING shipment_id, kind, stage, leg
), cleared AS (
  UPDATE tracking_shipmentflag f SET cleared_at = %(now)s
    WHERE f.cleared_at IS NULL AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.id = f.shipment_id AND h.kind = f.kind
      AND h.stage = f.stage AND h.leg = f.leg)
  RETURNING shipment_id, kind, stage, leg
)
SELECT true, r.*, h.history FROM raised r
  JOIN holds h ON h.id = r.shipment_id AND (h.kind, h.stage, h.leg) = (r.kind, r.stage, r.leg)
UNION ALL
SELECT false, c.*, false FROM cleared c
"""  # noqa: S608 - only constants of this file


class Change(NamedTuple):
    raised: bool
    shipment_id: int
    kind: str
    stage: str
    leg: str
    history: bool


@transaction.atomic
def watch_parcels(now: datetime | None = None) -> int:
    """The clock: raise the flags that are new, take down those that hold no longer; how many changed."""
    now = now or timezone.now()
    changes = _changes(now)
    if changes:
        parcels = Shipment.objects.select_related("order").in_bulk({change.shipment_id for change in changes})
        told = [change for change in changes if change.raised and parcels[change.shipment_id].leg == "out"]
        record_all([_recorded(change, parcels[change.shipment_id], now) for change in told])
        _settle_matters(changes, parcels, now)
    return len(changes)


def _changes(now: datetime) -> list[Change]:
    values = {
        "now": now,
        "today": now.date(),
        "forgotten": (now - FORGOTTEN).date(),  # a midnight, where it meets a time
        "patience": json.dumps(patience_of()),
        "batch": BATCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(WATCH, values)
        return [Change(*row) for row in cursor.fetchall()]


def patience_of() -> list[dict]:
    """Rows for the statement: the days of each stage, and of the carriers for which the owner said otherwise."""
    own = list(Patience.objects.values_list("carrier", "milestone", "days"))
    days = {**PATIENCE, **{milestone: said for carrier, milestone, said in own if not carrier}}
    rows = [{"carrier": c, "milestone": m, "days": said, "but": []} for c, m, said in own if c]
    for milestone, said in days.items():
        but = [c for c, m, _days in own if c and m == milestone]
        rows.append({"carrier": "", "milestone": milestone, "days": said, "but": but})
    return rows


def _recorded(change: Change, parcel: Shipment, now: datetime) -> Recorded:
    """Once per parcel, kind, stage and leg, however often the flag comes and goes."""
    fact = _fact_of(change, parcel)
    about = ":".join(filter(None, (str(parcel.pk), change.kind, change.stage, change.leg)))
    key = f"{fact.kind}:{about}"
    return Recorded(fact, ("shipment", parcel.pk), parcel.order.customer_id, now, key, change.history)


def _fact_of(change: Change, parcel: Shipment) -> Fact:
    if change.kind == "storage":
        days = [day for day in (parcel.stored_until_on, parcel.storage_paid_from_on) if day]
        return StorageEndAnnounced(parcel.order_id, min(days).isoformat(), min(days) == parcel.storage_paid_from_on)
    if change.kind == "at_risk":
        return PromiseEndangered(parcel.order_id, parcel.estimated_on.isoformat() if parcel.estimated_on else "")
    return ParcelDelayed(parcel.order_id, change.kind, change.stage, change.leg)


def _settle_matters(changes: Sequence[Change], parcels: Mapping[int, Shipment], now: datetime) -> None:
    """Late, or in trouble, or both: one matter, closed when nothing of that is left."""
    touched = {change.shipment_id for change in changes if change.kind in OPENS_MATTER}
    left = Shipment.objects.filter(pk__in=touched, flags__kind__in=OPENS_MATTER, flags__cleared_at=None)
    still = set(left.values_list("pk", flat=True)) if touched else set()
    owners = {("shipment", pk): parcels[pk].order.customer_id for pk in still}
    if still:
        open_matters(MATTER, {about: owner for about, owner in owners.items() if owner}, now)
    if touched - still:
        close_matters(MATTER, [("shipment", pk) for pk in sorted(touched - still)], now)

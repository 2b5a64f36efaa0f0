"""What follows from the scans: status, facts, the order's progress."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db import transaction

from events.facts import Fact, Recorded, record_all
from orders.actions import Progress, WayBack, note_progress, note_ways_back
from orders.models import Order
from shelf.rows import update_rows
from tracking.actions.cash import tell_cash
from tracking.actions.page import redraw
from tracking.asking import next_asking
from tracking.carriers.seen import Dues
from tracking.events import (
    DeliveryDisputed,
    DeliveryFailed,
    ParcelHeld,
    ParcelReturned,
    ReturnStarted,
    ShipmentDelivered,
    ShipmentProgressed,
    ShipmentShipped,
)
from tracking.models import Checkpoint, Shipment
from tracking.status import ParcelStatus, Step, leg_of, scan_of, status_of, taken_back

STAGES = {
    "picked_up": Order.Stage.ON_THE_WAY,
    "in_transit": Order.Stage.ON_THE_WAY,
    "attempt_failed": Order.Stage.ON_THE_WAY,
    "exception": Order.Stage.ON_THE_WAY,
    "returning": Order.Stage.ON_THE_WAY,
    "returned": Order.Stage.ON_THE_WAY,
    "out_for_delivery": Order.Stage.OUT_FOR_DELIVERY,
    "ready_for_pickup": Order.Stage.READY_FOR_PICKUP,
    "delivered": Order.Stage.DELIVERED,
}

DERIVED = [
    "milestone",
    "reason",
    "since",
    "shipped_at",
    "delivered_at",
    "first_attempt_at",
    "disputed",
    "scanned_at",
    "ask_at",
]
NEWS = timedelta(days=2)  # as for orders
ENDS = ("delivered", "returning", "returned")
HELD_FOR = ("customs", "address", "documents", "payment_due", "held")  # it goes on when somebody does something
ALONG_THE_WAY = ["packing", "shipped", "on_the_way", "out_for_delivery", "ready_for_pickup", "delivered"]


def lock_orders(order_ids: Iterable[int]) -> dict[int, Order]:
    """Orders locked in one order for everybody, before any of their parcels is touched."""
    return {o.pk: o for o in Order.objects.select_for_update().filter(pk__in=set(order_ids)).order_by("pk")}


def refresh(
    order_ids: set[int], now: datetime, quiet: bool = False, dues: Mapping[int, Dues] = MappingProxyType({})
) -> None:
    """Derive status, facts, the order's progress and its page from the stored scans; the caller locked the orders.

    ``dues``: what carriers said just now of money for the goods, by shipment.
    """
    if not order_ids:
        return
    shipments = list(
        Shipment.objects.filter(order__in=order_ids)
        .select_related("order")
        .prefetch_related("checkpoints", "lines")
        .order_by("pk")
    )
    _mark_taken_back(shipments)
    facts = []
    for shipment in shipments:
        status = _status(shipment, now)
        if shipment.leg == "out":
            facts += _facts_of(shipment, status, now, quiet)
        _apply(shipment, status)
        shipment.ask_at = next_asking(shipment, now)
    update_rows(shipments, DERIVED)
    by_order = defaultdict(list)
    for shipment in shipments:
        by_order[shipment.order_id].append(shipment)
    note_progress([progress_of(pk, parcels) for pk, parcels in by_order.items()])
    redraw(by_order)
    tell_cash([s for s in shipments if s.leg == "out"], dues, now, quiet)
    record_all(facts)
    note_ways_back([_way_back_of(s) for s in shipments if s.leg == "return"], now)


def catch_up(order_ids: set[int], now: datetime) -> None:
    """The shop told more of these orders: parcels learn titles, lines what arrived, money how the parcels ended."""
    if Shipment.objects.filter(order__in=order_ids).exists():
        _catch_up(order_ids, now)


@transaction.atomic
def _catch_up(order_ids: set[int], now: datetime) -> None:
    lock_orders(order_ids)
    concerned = Shipment.objects.filter(order__in=order_ids)
    by_order = defaultdict(list)
    for shipment in concerned.select_related("order").prefetch_related("checkpoints", "lines").order_by("pk"):
        by_order[shipment.order_id].append(shipment)
    ended = {pk: many for pk, many in by_order.items() if any(s.milestone in ENDS for s in many)}
    if ended:
        note_progress([progress_of(pk, parcels) for pk, parcels in ended.items()])
        tell_cash([s for many in ended.values() for s in many if s.leg == "out"], {}, now)
    redraw(by_order)


def _mark_taken_back(shipments: Sequence[Shipment]) -> None:
    """Scans that their source took back are kept, and shown to nobody but the agent."""
    newly = []
    for shipment in shipments:
        scans = list(shipment.checkpoints.all())
        undone = taken_back(scans)
        newly += [scan for scan in scans if not scan.retracted and scan_of(scan) in undone]
    for scan in newly:
        scan.retracted = True
    if newly:
        Checkpoint.objects.filter(pk__in=[scan.pk for scan in newly]).update(retracted=True)


def _status(shipment: Shipment, now: datetime) -> ParcelStatus:
    """What the scans amount to; a parcel that the shop took back before anybody scanned it is cancelled."""
    status = status_of(list(shipment.checkpoints.all()), now)
    if shipment.cancelled_at and not status.shipped_at:
        return replace(status, milestone="cancelled", reason="", since=shipment.cancelled_at)
    return status


def _apply(shipment: Shipment, status: ParcelStatus) -> None:
    shipment.milestone, shipment.reason, shipment.since = status.milestone, status.reason, status.since
    shipment.first_attempt_at = status.first_attempt_at
    shipment.shipped_at, shipment.delivered_at, shipment.disputed = (
        status.shipped_at,
        status.delivered_at,
        status.disputed,
    )
    shipment.scanned_at = status.scanned_at or shipment.fulfilled_at or shipment.created_at


def _facts_of(shipment: Shipment, status: ParcelStatus, now: datetime, quiet: bool) -> list[Recorded]:
    """What is new since the last look; each milestone is a fact once, however often scans come and go."""
    pk, order_id = shipment.pk, shipment.order_id
    facts: list[tuple] = []
    if status.shipped_at and not shipment.shipped_at:
        facts.append((ShipmentShipped(order_id, shipment.carrier), status.shipped_at, f"shipment.shipped:{pk}"))
    if status.delivered_at and not shipment.delivered_at:
        facts.append((ShipmentDelivered(order_id), status.delivered_at, f"shipment.delivered:{pk}"))
    if status.disputed and not shipment.disputed:
        facts.append((DeliveryDisputed(order_id), status.since, f"shipment.disputed:{pk}"))
    if (status.milestone, status.reason) != (shipment.milestone, shipment.reason) and status.since:
        facts.append((ShipmentProgressed(order_id, status.milestone, status.reason), status.since, None))
    customer_id = shipment.order.customer_id
    said = [Recorded(fact, ("shipment", pk), customer_id, at, key, quiet) for fact, at, key in facts]
    return said + _news_of_care(shipment, status, now, quiet)


def _news_of_care(shipment: Shipment, status: ParcelStatus, now: datetime, quiet: bool) -> list[Recorded]:
    """What somebody should be told of or do something about: once per parcel and way, in whichever order it was heard.

    What is over and was long ago is history: of a parcel that we hear of late nobody is told what went wrong.
    """
    said: dict[str, Recorded] = {}
    for step in status.steps:
        fact = _care_of(step, shipment.order_id)
        if fact:
            over = step != status.steps[-1] and now - step.at > NEWS
            key = f"{fact.kind}:{shipment.pk}:{leg_of(step.milestone)}"
            about = ("shipment", shipment.pk), shipment.order.customer_id
            said.setdefault(key, Recorded(fact, *about, step.at, key, quiet or over))

    return list(said.values())


def _care_of(step: Step, order_id: int) -> Fact | None:
    if step.milestone == "attempt_failed":
        return DeliveryFailed(order_id, step.reason)
    if step.milestone == "returning":
        return ReturnStarted(order_id, step.reason)
    if step.milestone == "returned":
        return ParcelReturned(order_id, step.reason)
    return ParcelHeld(order_id, step.reason) if step.reason in HELD_FOR else None


def progress_of(order_id: int, shipments: Sequence[Shipment]) -> Progress:
    """One order over all its parcels: it left with the first, it arrived with the last."""
    parcels = [s for s in shipments if s.milestone != "cancelled" and s.leg == "out"]
    left = [at for s in parcels if (at := s.shipped_at or s.fulfilled_at)]
    arrived = [s.delivered_at for s in parcels if s.delivered_at]
    whole = bool(parcels) and len(arrived) == len(parcels)
    return Progress(
        order_id,
        stage=_stage(parcels, whole),
        dispatched_at=min(left, default=None),
        delivered_at=max(arrived) if whole else None,
        arrived=_arrived(parcels),
    )


def _way_back_of(shipment: Shipment) -> WayBack:
    return WayBack(
        shipment.returned_id or 0, shipment.carrier, shipment.number, shipment.shipped_at, shipment.delivered_at
    )


def _arrived(parcels: Sequence[Shipment]) -> dict[str, datetime]:
    """Lines whose every parcel is there; one on its way holds them all up, for nobody knows which piece it was."""
    ends: dict[str, list[datetime | None]] = defaultdict(list)
    for parcel in parcels:
        for line in parcel.lines.all():
            ends[line.line_external_id].append(parcel.delivered_at)
    return {line: max(at for at in many if at) for line, many in ends.items() if all(many)}


def _stage(parcels: Sequence[Shipment], whole: bool) -> str:
    if not parcels:
        return ""
    if whole:
        return Order.Stage.DELIVERED
    stages = [stage_of(s) for s in parcels]
    open_ones = [Order.Stage.ON_THE_WAY if s == Order.Stage.DELIVERED else s for s in stages]
    return max(open_ones, key=ALONG_THE_WAY.index)


def stage_of(shipment: Shipment) -> str:
    """A parcel without a scan is as far as the shop says: packed, or handed over."""
    by_shop = Order.Stage.SHIPPED if shipment.fulfilled_at else Order.Stage.PACKING
    return STAGES.get(shipment.milestone, by_shop)

"""Verbs about parcels: make them, add scans, and let status, order and page follow from all scans ever seen."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from events import inbox
from events.facts import Recorded, record_all
from events.models import Event
from events.sources import Outcome, Waiting
from orders.actions import Progress, note_progress
from orders.models import Order, OrderLine
from orders.page_blocks import write_blocks
from orders.stores.seen import FulfilmentSeen
from shelf.pages import OURS
from shelf.rows import update_rows
from tracking.carriers.names import display_name, find_carrier, plain_number, tracking_url
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.events import DeliveryDisputed, ShipmentDelivered, ShipmentProgressed, ShipmentShipped
from tracking.models import Checkpoint, Shipment, ShipmentLine
from tracking.status import ParcelStatus, status_of

# A scan further in the future than this is a carrier's plan or a wrong clock: kept, marked, and not believed.
FUTURE = timedelta(days=1)

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
ON_THE_WAY = ("pending", "info_received", "picked_up", "in_transit", "out_for_delivery", "attempt_failed", "exception")
ALONG_THE_WAY = ["packing", "shipped", "on_the_way", "out_for_delivery", "ready_for_pickup", "delivered"]


def tidy_number(number: str) -> str:
    """Tracking numbers as they are compared: capitals, without the spaces and dashes that people put in."""
    return plain_number(number)[:100]


# --- Parcels ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """The shop's word about one fulfilment, as the fact FulfilmentReported carries it."""

    order_id: int
    external_id: str
    status: str
    carrier: str
    numbers: tuple[str, ...]
    urls: tuple[str, ...]
    lines: tuple[tuple[str, int], ...]
    milestone: str
    updated_at: datetime


def fulfilled(order_id: int, seen: FulfilmentSeen) -> Fulfilled:
    return Fulfilled(
        order_id,
        seen.external_id,
        seen.status,
        seen.carrier,
        seen.numbers,
        seen.urls,
        seen.lines,
        seen.milestone,
        seen.updated_at,
    )


@transaction.atomic
def make_shipments(said: Sequence[Fulfilled], now: datetime, quiet: bool = False) -> list[Shipment]:
    """Make or update the parcels of fulfilments; each number is a parcel, none is one parcel without a number."""
    _lock_orders(f.order_id for f in said)
    made = [shipment for f in said for shipment in _of_fulfilment(f)]
    refresh({s.order_id for s in made}, now, quiet)
    inbox.release(f"parcel:{s.number}" for s in made)
    return made


def _of_fulfilment(f: Fulfilled) -> list[Shipment]:
    """The parcels of one fulfilment as the shop names them now; those it no longer names are taken back.

    An older word than the last one changes nothing. A parcel without a number is the one that gets a number later.
    """
    known = list(Shipment.objects.filter(order_id=f.order_id).order_by("pk"))
    own = [s for s in known if f.external_id and s.external_id == f.external_id]
    if any(s.reported_at and s.reported_at > f.updated_at for s in own):
        return own
    named = list(dict.fromkeys(filter(None, map(tidy_number, f.numbers))))
    numbers = named or [s.number for s in own if not s.cancelled_at] or [s.number for s in own] or [""]
    by_number = {s.number: s for s in known if s.number}
    nameless = [s for s in own if not s.number]
    made = []
    for position, number in enumerate(numbers):
        shipment = by_number.get(number) or (nameless.pop() if nameless else Shipment(order_id=f.order_id))
        shipment.number, shipment.reported_at = number, f.updated_at
        shipment.external_id = f.external_id or shipment.external_id
        shipment.carrier = find_carrier(f.carrier, number) or shipment.carrier or f.carrier[:60]
        url = f.urls[position] if position < len(f.urls) else ""
        shipment.url = (url or tracking_url(shipment.carrier, number) or "")[:500]
        if f.status == "success":
            shipment.fulfilled_at = shipment.fulfilled_at or f.updated_at
        shipment.cancelled_at = f.updated_at if f.status in ("cancelled", "failed") else None
        shipment.save()
        if len(numbers) == 1:  # with several numbers nobody says what is in which parcel
            _share_lines(shipment, f.lines)
        if f.milestone:
            _add(shipment, [CheckpointSeen(f.updated_at, f.milestone, raw_code=f.milestone)], "shop", f.updated_at)
        made.append(shipment)
    gone = {s.pk for s in own} - {s.pk for s in made}
    Shipment.objects.filter(pk__in=gone, cancelled_at=None).update(cancelled_at=f.updated_at)
    return made


def _share_lines(shipment: Shipment, lines: Iterable[tuple[str, int]]) -> None:
    ShipmentLine.objects.bulk_create(
        [ShipmentLine(shipment=shipment, line_external_id=key, quantity=n) for key, n in dict(lines).items()],
        update_conflicts=True,
        unique_fields=["shipment", "line_external_id"],
        update_fields=["quantity"],
    )


def _lock_orders(order_ids: Iterable[int]) -> dict[int, Order]:
    """Orders locked in one order for everybody, before any of their parcels is touched."""
    return {o.pk: o for o in Order.objects.select_for_update().filter(pk__in=set(order_ids)).order_by("pk")}


# --- Scans --------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_parcels(seen: Sequence[tuple[ParcelSeen, datetime]], source: str, now: datetime) -> list[Outcome]:
    """Add what carriers saw, by the batch: (parcel, received_at). A parcel nobody knows yet waits for its shipment."""
    numbers = {tidy_number(parcel.number) for parcel, _at in seen}
    by_number = defaultdict(list)
    for known in Shipment.objects.filter(number__in=numbers).order_by("-created_at"):
        by_number[known.number].append(known)
    outcomes: list[Outcome] = []
    touched = set()
    found = [_choose(by_number[tidy_number(parcel.number)], parcel) for parcel, _at in seen]
    _lock_orders(s.order_id for s in found if s)
    for (parcel, received_at), shipment in zip(seen, found, strict=True):
        if shipment is None:
            number = tidy_number(parcel.number)
            text = _("No parcel with the number %(number)s yet: this is read again when the shop reports it.")
            outcomes.append(Waiting(f"parcel:{number}", text, number=number))
            continue
        _add(shipment, parcel.checkpoints, source, received_at)
        _learn(shipment, parcel)
        touched.add(shipment.order_id)
        outcomes.append(None)
    refresh(touched, now)
    return outcomes


def customers_of(numbers: Iterable[str]) -> dict[str, int]:
    """Whose parcels these are: number → customer id, the youngest parcel's where a number was used again."""
    wanted = {tidy_number(number) for number in numbers}
    rows = Shipment.objects.filter(number__in=wanted, order__customer__isnull=False).order_by("created_at")
    return dict(rows.values_list("number", "order__customer_id"))


@transaction.atomic
def add_checkpoints(shipment: Shipment, seen: Sequence[CheckpointSeen], source: str, now: datetime) -> None:
    """Add scans to a parcel we know."""
    _lock_orders([shipment.order_id])
    _add(shipment, seen, source, now)
    refresh({shipment.order_id}, now)


@transaction.atomic
def expect(shipment: Shipment, on: date) -> None:
    """Somebody gave the day on which the parcel should arrive."""
    Shipment.objects.filter(pk=shipment.pk).update(estimated_on=on)
    redraw_orders({shipment.order_id})


def _choose(shipments: list[Shipment], parcel: ParcelSeen) -> Shipment | None:
    """The shipment a carrier speaks of. Numbers are re-used: one whose carrier fits comes first, then the youngest;
    where none fits, the shop has named the carrier wrongly."""
    fitting = [s for s in shipments if not parcel.carrier or not s.carrier or s.carrier == parcel.carrier]
    return next(iter(fitting or shipments), None)


def _add(shipment: Shipment, checkpoints: Iterable[CheckpointSeen], source: str, received_at: datetime) -> None:
    rows = [
        Checkpoint(
            shipment=shipment,
            source=source,
            occurred_at=c.occurred_at,
            occurred_local=c.occurred_local[:40],
            tz_known=c.tz_known,
            received_at=received_at,
            milestone=c.milestone,
            reason=c.reason,
            raw_code=c.raw_code[:100],
            message=c.message[:500],
            city=c.city[:120],
            country=c.country[:3],
            summary=c.summary,
            suspect=c.occurred_at > received_at + FUTURE,
            fingerprint=fingerprint(c, source),
        )
        for c in checkpoints
    ]
    Checkpoint.objects.bulk_create(rows, ignore_conflicts=True)


def fingerprint(c: CheckpointSeen, source: str) -> str:
    """What makes a scan the same scan when it comes again."""
    words = (
        source,
        c.occurred_at.astimezone(UTC).isoformat(),
        c.milestone,
        c.raw_code,
        c.message,
        c.city,
        str(c.summary),
    )
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:32]


def _learn(shipment: Shipment, parcel: ParcelSeen) -> None:
    changed = {
        "carrier": parcel.carrier if not shipment.carrier else shipment.carrier,
        "url": parcel.url[:500] if parcel.url and not shipment.url else shipment.url,
        "estimated_on": parcel.estimated_on or shipment.estimated_on,
    }
    Shipment.objects.filter(pk=shipment.pk).update(**changed)


# --- What follows from the scans ----------------------------------------------------------------------------------


def refresh(order_ids: set[int], now: datetime, quiet: bool = False) -> None:
    """Derive status, facts, the order's progress and its page from the stored scans; the caller locked the orders."""
    if not order_ids:
        return
    shipments = list(
        Shipment.objects.filter(order__in=order_ids)
        .select_related("order")
        .prefetch_related("checkpoints", "lines")
        .order_by("pk")
    )
    facts = []
    for shipment in shipments:
        status = _status(shipment, now)
        facts += _facts_of(shipment, status, quiet)
        _apply(shipment, status)
    update_rows(shipments, ["milestone", "reason", "since", "shipped_at", "delivered_at", "disputed"])
    by_order = defaultdict(list)
    for shipment in shipments:
        by_order[shipment.order_id].append(shipment)
    note_progress([progress_of(pk, parcels) for pk, parcels in by_order.items()])
    redraw(by_order)
    record_all(facts)


def _status(shipment: Shipment, now: datetime) -> ParcelStatus:
    """What the scans amount to; a parcel that the shop took back before anybody scanned it is cancelled."""
    status = status_of(list(shipment.checkpoints.all()), now)
    if shipment.cancelled_at and not status.shipped_at:
        return replace(status, milestone="cancelled", reason="", since=shipment.cancelled_at)
    return status


def _apply(shipment: Shipment, status: ParcelStatus) -> None:
    shipment.milestone, shipment.reason, shipment.since = status.milestone, status.reason, status.since
    shipment.shipped_at, shipment.delivered_at, shipment.disputed = (
        status.shipped_at,
        status.delivered_at,
        status.disputed,
    )


def _facts_of(shipment: Shipment, status: ParcelStatus, quiet: bool) -> list[Recorded]:
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
    return [Recorded(fact, ("shipment", pk), customer_id, at, key, quiet) for fact, at, key in facts]


def progress_of(order_id: int, shipments: Sequence[Shipment]) -> Progress:
    """One order over all its parcels: it left with the first, it arrived with the last."""
    parcels = [s for s in shipments if s.milestone != "cancelled"]
    left = [at for s in parcels if (at := s.shipped_at or s.fulfilled_at)]
    arrived = [s.delivered_at for s in parcels if s.delivered_at]
    whole = bool(parcels) and len(arrived) == len(parcels)
    return Progress(
        order_id,
        stage=_stage(parcels, whole),
        dispatched_at=min(left, default=None),
        delivered_at=max(arrived) if whole else None,
    )


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


# --- The page -----------------------------------------------------------------------------------------------------


def redraw(by_order: dict[int, list[Shipment]]) -> None:
    """Write tracking's block of these orders' pages: parcels with their scans, newest first."""
    titles = {
        (order_id, key): title
        for order_id, key, title in OrderLine.objects.filter(order__in=by_order).values_list(
            "order_id", "external_id", "title"
        )
    }
    shown = {pk: [s for s in parcels if s.milestone != "cancelled"] for pk, parcels in by_order.items()}
    write_blocks("parcels", {pk: [block_of(s, titles) for s in parcels] for pk, parcels in shown.items()})


def adopt(order_ids: set[int]) -> None:
    """Placeholders got their orders: what happened to their parcels before belongs to the customer's timeline."""
    parcels = Shipment.objects.filter(order__in=order_ids, order__customer__isnull=False)
    by_order = defaultdict(list)
    for pk, order_id, customer_id in parcels.values_list("pk", "order_id", "order__customer_id"):
        by_order[order_id, customer_id].append(pk)
    for (order_id, customer_id), pks in by_order.items():
        of_order = Q(subject_type="order", subject_id=order_id)
        of_parcels = Q(subject_type="shipment", subject_id__in=pks)
        Event.objects.filter(of_order | of_parcels, customer_id=None).update(customer_id=customer_id)


def redraw_orders(order_ids: set[int]) -> None:
    """The order's lines changed, or a placeholder was filled: parcels know their titles now."""
    by_order = defaultdict(list)
    for shipment in (
        Shipment.objects.filter(order__in=order_ids).prefetch_related("checkpoints", "lines").order_by("pk")
    ):
        by_order[shipment.order_id].append(shipment)
    if by_order:
        redraw(by_order)


def block_of(shipment: Shipment, titles: dict[tuple[int, str], str]) -> dict:
    """One parcel as plain data. The carrier's own words may name people: they stay with the agent."""
    scans = sorted(
        (c for c in shipment.checkpoints.all() if not (c.retracted or c.suspect)),
        key=lambda c: c.occurred_at,
        reverse=True,
    )
    return {
        "id": shipment.pk,
        "carrier": shipment.carrier,
        "carrier_names": {language: display_name(shipment.carrier, language) for language in OURS},
        "number": shipment.number,
        "url": shipment.url,
        "milestone": shipment.milestone,
        "reason": shipment.reason,
        "since": _iso(shipment.since),
        "estimated_on": _iso(shipment.estimated_on),
        # The day after which it is late; a parcel that waits to be collected was on time.
        "late_after": _iso(shipment.estimated_on) if shipment.milestone in ON_THE_WAY else None,
        "fulfilled_at": _iso(shipment.fulfilled_at),
        "delivered_at": _iso(shipment.delivered_at),
        "checkpoints": [
            {
                "at": _iso(c.occurred_at),
                "local": c.occurred_local,
                "tz_known": c.tz_known,
                "milestone": c.milestone,
                "place": c.city,
                "country": c.country,
            }
            for c in scans
            if not c.summary or len(scans) == 1
        ],
        "lines": [
            {"title": titles[shipment.order_id, line.line_external_id], "quantity": line.quantity}
            for line in shipment.lines.all()
            if (shipment.order_id, line.line_external_id) in titles
        ],
    }


def _iso(at: datetime | date | None) -> str | None:
    return at.isoformat() if at else None

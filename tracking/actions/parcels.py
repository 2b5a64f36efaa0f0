"""Parcels as the shop names them: made, updated, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from events import inbox
from orders.stores.seen import FulfilmentSeen
from tracking.actions.refreshing import lock_orders, refresh
from tracking.actions.scans import add_scans, tidy_number
from tracking.carriers.names import find_carrier, tracking_url
from tracking.carriers.seen import CheckpointSeen
from tracking.models import Shipment, ShipmentLine


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
    lock_orders(f.order_id for f in said)
    made = [shipment for f in said for shipment in _of_fulfilment(f)]
    refresh({s.order_id for s in made}, now, quiet)
    inbox.release(f"parcel:{s.number}" for s in made)
    return made


def _of_fulfilment(f: Fulfilled) -> list[Shipment]:
    """The parcels of one fulfilment as the shop names them now; those it no longer names are taken back.

    An older word than the last one says only when a parcel left. A parcel without a number is the one that gets a
    number later.
    """
    known = list(Shipment.objects.outward().filter(order_id=f.order_id).order_by("pk"))
    own = [s for s in known if f.external_id and s.external_id == f.external_id]
    if f.status == "moved":
        return _moved(f, own or [Shipment(order_id=f.order_id, external_id=f.external_id)])
    named = list(dict.fromkeys(filter(None, map(tidy_number, f.numbers))))
    newest = max((s.reported_at for s in own if s.reported_at), default=None)
    if newest and newest > f.updated_at:
        return _heard_late(f, named, known, own, newest)
    numbers = named or [s.number for s in own if not s.cancelled_at] or [s.number for s in own] or [""]
    by_number = {s.number: s for s in known if s.number}
    nameless = [s for s in own if not s.number]
    made = []
    for position, number in enumerate(numbers):
        shipment = by_number.get(number) or (nameless.pop() if nameless else Shipment(order_id=f.order_id))
        shipment.cancelled_at = f.updated_at if f.status in ("cancelled", "failed") else None
        made.append(_written(shipment, f, number, position, alone=len(numbers) == 1))
    gone = {s.pk for s in own} - {s.pk for s in made}
    Shipment.objects.filter(pk__in=gone, cancelled_at=None).update(cancelled_at=f.updated_at)
    return made


def _heard_late(
    f: Fulfilled, named: list[str], known: list[Shipment], own: list[Shipment], newest: datetime
) -> list[Shipment]:
    """An older word after a newer one: what left when, and a number that the shop has taken back since."""
    concerned = [s for s in own if s.number in named or not named]
    for shipment in concerned:
        if f.status == "success":
            shipment.fulfilled_at = min(shipment.fulfilled_at or f.updated_at, f.updated_at)
            shipment.save(update_fields=["fulfilled_at"])
        _note_milestone(f, shipment)
    numbers = {s.number for s in known}
    return own + [
        _written(Shipment(order_id=f.order_id, cancelled_at=newest), f, number, position, alone=len(named) == 1)
        for position, number in enumerate(named)
        if number not in numbers
    ]


def _written(shipment: Shipment, f: Fulfilled, number: str, position: int, alone: bool) -> Shipment:
    """``alone``: the fulfilment is this one parcel; of several nobody says what is in which."""
    of_another = bool(shipment.external_id) and shipment.external_id != f.external_id  # two of one number
    shipment.number, shipment.reported_at = number, max(shipment.reported_at or f.updated_at, f.updated_at)
    shipment.external_id = f.external_id or shipment.external_id
    shipment.carrier = find_carrier(f.carrier, number) or shipment.carrier or f.carrier[:60]
    url = f.urls[position] if position < len(f.urls) else ""
    shipment.url = (url or tracking_url(shipment.carrier, number) or shipment.url)[:500]
    if f.status == "success":
        shipment.fulfilled_at = min(shipment.fulfilled_at or f.updated_at, f.updated_at)
    shipment.save()
    if alone and f.lines:
        if not of_another:
            shipment.lines.exclude(line_external_id__in=dict(f.lines)).delete()
        _share_lines(shipment, f.lines)
    _note_milestone(f, shipment)
    return shipment


def _moved(f: Fulfilled, own: list[Shipment]) -> list[Shipment]:
    """Only a scan, whenever it comes: of several parcels nobody says which one moved, so none is given it."""
    for shipment in own:
        if shipment.pk is None:
            shipment.save()
    concerned = [s for s in own if not s.cancelled_at] or own
    if len(concerned) == 1:
        _note_milestone(f, concerned[0])
    return own


def _note_milestone(f: Fulfilled, shipment: Shipment) -> None:
    if f.milestone:
        add_scans(shipment, [CheckpointSeen(f.updated_at, f.milestone, raw_code=f.milestone)], "shop", f.updated_at)


def _share_lines(shipment: Shipment, lines: Sequence[tuple[str, int]]) -> None:
    ShipmentLine.objects.bulk_create(
        [ShipmentLine(shipment=shipment, line_external_id=key, quantity=n) for key, n in dict(lines).items()],
        update_conflicts=True,
        unique_fields=["shipment", "line_external_id"],
        update_fields=["quantity"],
    )

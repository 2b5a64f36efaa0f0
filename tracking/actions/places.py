"""Places where parcels wait: their opening hours are told apart from the parcels, before them or after."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from shelf.rows import update_rows
from tracking.actions.page import redraw_orders
from tracking.actions.refreshing import lock_orders
from tracking.carriers.seen import ParcelSeen, PlaceSeen
from tracking.models import PickupPlace, Shipment


@transaction.atomic
def save_places(seen: Sequence[PlaceSeen], now: datetime) -> None:
    """Keep them, and show them to whoever has a parcel under way to them."""
    places = {(place.carrier, place.ref): place for place in seen}
    PickupPlace.objects.bulk_create(
        [_row(place, now) for place in places.values()],
        update_conflicts=True,
        unique_fields=["carrier", "ref"],
        update_fields=["name", "address", "week", "locker", "told_at"],
    )
    # Those that are asked about: what has come to its end is shown as it was.
    waiting = Shipment.objects.filter(
        carrier__in={carrier for carrier, _ref in places},
        ask_at__isnull=False,
        pickup_point__ref__in=[ref for _carrier, ref in places],
    )
    lock_orders(waiting.values_list("order", flat=True))
    rows = list(waiting)
    for shipment in rows:
        place = places.get((shipment.carrier, shipment.pickup_point["ref"]))
        shipment.pickup_point |= _told(place) if place else {}
    update_rows(rows, ["pickup_point"])
    redraw_orders({shipment.order_id for shipment in rows})


def with_places(seen: Sequence[tuple[ParcelSeen, datetime]]) -> list[tuple[ParcelSeen, datetime]]:
    """Parcels with the opening hours of their places; no query where no parcel names one."""
    refs = {parcel.pickup_point.ref for parcel, _at in seen if parcel.pickup_point and parcel.pickup_point.ref}
    if not refs:
        return list(seen)
    known = {(place.carrier, place.ref): place for place in PickupPlace.objects.filter(ref__in=refs)}
    return [(_at_place(parcel, known), at) for parcel, at in seen]


def _at_place(parcel: ParcelSeen, known: dict[tuple[str, str], PickupPlace]) -> ParcelSeen:
    point = parcel.pickup_point
    place = known.get((parcel.carrier, point.ref)) if point else None
    if point is None or place is None:
        return parcel
    address, week = point.address or place.address, point.week or tuple(place.week)
    return replace(parcel, pickup_point=replace(point, address=address, week=week))


def _row(place: PlaceSeen, now: datetime) -> PickupPlace:
    return PickupPlace(
        carrier=place.carrier[:60],
        ref=place.ref[:60],
        name=place.name[:300],
        address=place.address[:300],
        week=list(place.week),
        locker=place.locker,
        told_at=now,
    )


def _told(place: PlaceSeen) -> dict[str, Any]:
    told = {"week": list(place.week), "address": place.address}
    return {name: value for name, value in told.items() if value}

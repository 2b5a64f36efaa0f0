"""Parcels that bring goods back: each belongs to a return, whose state follows its scans (orders.note_ways_back)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from events import inbox
from orders.models import Return
from tracking.actions.refreshing import lock_orders, refresh
from tracking.actions.scans import tidy_number
from tracking.carriers.names import find_carrier, tracking_url
from tracking.models import Shipment


@transaction.atomic
def follow_returns(return_ids: Collection[int], now: datetime) -> list[Shipment]:
    """Make or correct the parcel of each of these returns that has a number; those that are followed anew."""
    lock_orders(Return.objects.filter(pk__in=return_ids).exclude(number="").values_list("order", flat=True))
    returns = list(Return.objects.filter(pk__in=return_ids).exclude(number="").order_by("pk"))
    known = {s.returned_id: s for s in Shipment.objects.filter(returned__in=returns)}
    changed = []
    for one in returns:
        shipment = known.get(one.pk) or Shipment(order_id=one.order_id, returned=one)
        number = tidy_number(one.number)
        if number and number != shipment.number:
            shipment.number = number
            shipment.carrier = find_carrier(one.carrier, number) or one.carrier
            shipment.url = tracking_url(shipment.carrier, number)[:500]
            shipment.save()
            changed.append(shipment)
    refresh({s.order_id for s in changed}, now)
    inbox.release(f"parcel:{s.number}" for s in changed)
    return changed

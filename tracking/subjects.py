"""Parcels as what journeys are about."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from events.models import Event
from messaging.subjects import Subject, Told
from orders import subjects as orders
from tracking.models import Shipment


def parcel_of(event: Event) -> int | None:
    return event.subject_id if event.subject_type == "shipment" else None


def tell(ids: Sequence[int], now: datetime) -> dict[int, Told]:
    """Three queries for any number of parcels."""
    order_ids = dict(Shipment.objects.filter(pk__in=ids).values_list("pk", "order_id"))
    known = {order.pk: order for order in orders.with_store(list(set(order_ids.values())))}
    return {pk: orders.of_order(known[order_id], ("shipment", pk)) for pk, order_id in order_ids.items()}


SHIPMENT = Subject(_("a parcel"), tell, parcel_of, ("shipment.",), orders.ANCHORS)

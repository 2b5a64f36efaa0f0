"""Verbs about asking for reviews."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from events.facts import Recorded, record_all
from feedback.events import ReviewRequested
from feedback.models import Request
from orders.models import Order
from orders.page_blocks import write_blocks
from tracking.models import Shipment
from vcards.models import Assignment


def ask_for_reviews(orders: Sequence[Order], now: datetime) -> set[int]:
    """Open one request per order, in the caller's transaction; ids of the orders that had not been asked before."""
    asked = set(Request.objects.filter(order__in=orders).values_list("order_id", flat=True))
    fresh = [Request(order=o, customer_id=o.customer_id) for o in orders if o.pk not in asked]
    _note_whom_it_is_about(fresh)
    Request.objects.bulk_create(fresh)
    write_blocks("review", {r.order_id: {"submitted": False, "request": r.pk} for r in fresh})
    record_all([Recorded(ReviewRequested(r.pk), ("order", r.order_id), r.customer_id, now) for r in fresh])
    return {r.order_id for r in fresh}


def _note_whom_it_is_about(requests: Sequence[Request]) -> None:
    """The parcel that came last, its carrier and the order's manager, as they are now. Two queries."""
    orders = [request.order_id for request in requests]
    parcels = (
        Shipment.objects.outward().filter(order__in=orders, delivered_at__isnull=False).order_by("delivered_at", "pk")
    )
    came = {parcel.order_id: parcel for parcel in parcels}
    agents = dict(Assignment.objects.filter(order__in=orders).values_list("order_id", "card_id"))
    for request in requests:
        request.agent_id = agents.get(request.order_id)
        if parcel := came.get(request.order_id):
            request.shipment, request.carrier = parcel, parcel.carrier


@transaction.atomic
def close_requests(order_ids: Collection[int], reason: str, now: datetime) -> int:
    """Nobody is asked about these orders any more, for a reason that stands beside the request. An answer stays."""
    waiting = Request.objects.filter(order__in=order_ids, state=Request.State.OPEN)
    return waiting.update(state=Request.State.CLOSED, why_closed=reason, closed_at=now)

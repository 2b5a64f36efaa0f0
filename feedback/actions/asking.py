"""Verbs about asking for reviews."""

from collections.abc import Sequence
from datetime import datetime

from events.facts import Recorded, record_all
from feedback.events import ReviewRequested
from feedback.models import Request
from orders.models import Order
from orders.page_blocks import write_blocks


def ask_for_reviews(orders: Sequence[Order], now: datetime) -> set[int]:
    """Open one request per order, in the caller's transaction; ids of the orders that had not been asked before."""
    asked = set(Request.objects.filter(order__in=orders).values_list("order_id", flat=True))
    fresh = [Request(order=o, customer_id=o.customer_id) for o in orders if o.pk not in asked]
    Request.objects.bulk_create(fresh)
    write_blocks("review", {r.order_id: {"submitted": False, "request": r.pk} for r in fresh})
    record_all([Recorded(ReviewRequested(r.pk), ("order", r.order_id), r.customer_id, now) for r in fresh])
    return {r.order_id for r in fresh}

"""Orders that the shop threw away: nobody is written to about them any more, and nobody is told."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from events.facts import Recorded, record_all
from orders.actions.saving import stage_of
from orders.events import OrderCancelled
from orders.models import Order, Store
from orders.page_blocks import moving_parts, write_fields
from orders.stores.seen import OrderGone
from shelf.rows import update_rows

DELETED = "deleted in the shop"


@transaction.atomic
def withdraw_orders(store: Store, gone: Sequence[OrderGone], now: datetime) -> dict[str, Order]:
    """Cancelled as history: a spam order, a test or a double wants no apology and no goodwill. One that left stays.

    The shop may bring an order back; its next version says so.
    """
    rows = Order.objects.select_for_update().filter(store=store, external_id__in=[one.external_id for one in gone])
    known = {order.external_id: order for order in rows.order_by("pk")}
    withdrawn = [order for order in known.values() if not (order.cancelled_at or order.dispatched_at)]
    for order in withdrawn:
        order.cancelled_at, order.cancel_reason, order.updated_at = now, DELETED, now
        order.stage = stage_of(order)
    if withdrawn:
        update_rows(withdrawn, ["cancelled_at", "cancel_reason", "stage", "updated_at"])
        write_fields({order.pk: moving_parts(order) for order in withdrawn})
    record_all(
        [
            Recorded(OrderCancelled(o.number, DELETED), ("order", o.pk), o.customer_id, now, None, True)
            for o in withdrawn
        ]
    )
    return known

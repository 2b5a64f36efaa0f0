"""What customers of the demo may do alone, and one return that is on its way back."""

from datetime import datetime

from orders.actions.returning import Asked, approve_return, note_sent_back, request_return
from orders.actions.self_service import Asker
from orders.models import Order, Return, SelfServicePolicy, Store, Way


def open_policies() -> None:
    """Customers cancel by themselves; the rest an agent decides."""
    for store in Store.objects.order_by("pk"):
        SelfServicePolicy.objects.create(
            store=store, cancel=Way.AUTOMATIC, gives_credit=True, warranty_months=12, return_address=store.address
        )


def send_back(order: Order, now: datetime) -> None:
    """The first thing of the order came broken; it is on its way back."""
    line = order.lines.order_by("pk").first()
    pieces = {line.pk: 1} if line else {}
    made = request_return(Asker(order.pk, order.link_version), Asked(pieces, Return.Reason.DAMAGED), now)
    approve_return(made.pk, None, now)
    note_sent_back(made.pk, "nova_poshta", "59001234567890", now)

"""What customers of the demo asked for alone: a return under way, one refused, an order cancelled with goodwill."""

from datetime import datetime, timedelta

from orders.actions import OrderRefused
from orders.actions.returning import Asked, approve_return, note_sent_back, refuse_return, request_return
from orders.actions.self_service import Asker, request_cancel
from orders.models import Order, Return, SelfServicePolicy, Store, Way

WORN = {
    "uk": "Річ уже була у вжитку, тож ми не можемо продати її знову. Нам дуже шкода.",
    "ru": "Вещь уже была в употреблении, поэтому мы не можем продать её снова. Нам очень жаль.",
}
IN_ENGLISH = "It has been used, so we cannot sell it again. We are sorry."


def open_policies() -> None:
    """Customers cancel by themselves; the rest an agent decides."""
    for store in Store.objects.order_by("pk"):
        SelfServicePolicy.objects.create(
            store=store, cancel=Way.AUTOMATIC, gives_credit=True, warranty_months=12, return_address=store.address
        )


def send_back(order: Order, now: datetime) -> None:
    """The first thing of the order came broken; it is on its way back."""
    made = request_return(_asker(order), Asked({_first_line(order): 1}, Return.Reason.DAMAGED), now)
    approve_return(made.pk, None, now)
    note_sent_back(made.pk, "nova_poshta", "59001234567890", now)


def ask_for_things(now: datetime) -> None:
    """At the end of the tale: somebody's return was refused yesterday, somebody cancelled an hour ago."""
    arrived = Order.objects.filter(delivered_at__gt=now - timedelta(days=6), customer__isnull=False, returns=None)
    order = arrived.order_by("-delivered_at", "pk").first()
    if order:
        _refuse(order, now - timedelta(days=1))
    waiting = Order.objects.filter(stage=Order.Stage.PAID, dispatched_at=None, cancelled_at=None, shipments=None)
    found = list(waiting.filter(customer__isnull=False, paid_at__isnull=False).order_by("-placed_at", "pk")[:2])
    if len(found) > 1:  # one stays as it is
        request_cancel(_asker(found[1]), "changed_mind", "", now - timedelta(minutes=20))


def _refuse(order: Order, at: datetime) -> None:
    try:
        made = request_return(_asker(order), Asked({_first_line(order): 1}, Return.Reason.SIZE), at)
    except OrderRefused:  # goods that do not come back
        return
    refuse_return(made.pk, WORN.get(order.store.language, IN_ENGLISH), None, at)


def _asker(order: Order) -> Asker:
    return Asker(order.pk, order.link_version)


def _first_line(order: Order) -> int:
    line = order.lines.order_by("pk").first()
    return line.pk if line else 0

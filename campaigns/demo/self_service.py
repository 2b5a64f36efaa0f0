"""What customers of the demo may do alone, and what five of them did: one thing of each kind."""

from collections.abc import Callable
from datetime import datetime

from orders.actions.returning import (
    Asked,
    approve_return,
    note_sent_back,
    receive_return,
    refuse_return,
    request_return,
    settle_return,
)
from orders.actions.self_service import Asker, request_cancel
from orders.models import Order, OrderRequest, Return, SelfServicePolicy, Store, Way

Reason, Wish = Return.Reason, Return.Wish


def open_policies() -> None:
    """Customers cancel by themselves; the rest an agent decides."""
    for store in Store.objects.order_by("pk"):
        SelfServicePolicy.objects.create(
            store=store, cancel=Way.AUTOMATIC, gives_credit=True, warranty_months=12, return_address=store.address
        )


def send_back(order: Order, now: datetime) -> None:
    """The first thing of the order came broken; it is on its way back."""
    made = _ask(order, now, Reason.DAMAGED)
    approve_return(made.pk, None, now)
    note_sent_back(made.pk, "nova_poshta", "59001234567890", now)


def ask_in_vain(order: Order, now: datetime) -> None:
    """A return that the shop refuses, with a sentence that the customer reads."""
    made = _ask(order, now, Reason.DISLIKED, words="Цвет оказался темнее, чем на экране.")
    refuse_return(
        made.pk, "Флакон открыт: такие чернила мы уже не можем продать. Напишите нам, подберём скидку.", None, now
    )


def exchange(order: Order, now: datetime) -> None:
    made = _ask(order, now, Reason.SIZE, Wish.EXCHANGE, words="A size larger, please.")
    approve_return(made.pk, None, now)
    receive_return(made.pk, None, now)
    settle_return(made.pk, None, now)


def claim(order: Order, now: datetime) -> None:
    """A warranty claim that an agent has still to decide."""
    _ask(order, now, Reason.FAULTY, Wish.REPAIR, Return.Kind.WARRANTY, "It split along the grain after a week.")


def cancel(order: Order, now: datetime) -> None:
    """Paid and cancelled within minutes: the code for next time is on the page at once."""
    request_cancel(Asker(order.pk, order.link_version), OrderRequest.Reason.CHANGED_MIND, "", now)


def _ask(
    order: Order, now: datetime, reason: str, wish: str = Wish.REFUND, kind: str = Return.Kind.RETURN, words: str = ""
) -> Return:
    """For one piece of the order's first thing."""
    pieces = {line.pk: 1 for line in order.lines.order_by("pk")[:1]}
    return request_return(Asker(order.pk, order.link_version), Asked(pieces, reason, wish, kind, words), now)


FATES: dict[str, Callable[[Order, datetime], None]] = {
    "return": send_back,
    "return refused": ask_in_vain,
    "exchange": exchange,
    "warranty": claim,
    "changed mind": cancel,
}

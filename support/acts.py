"""What a journey may do in support."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import Identifier
from orders.actions import speak
from orders.models import Order, Store
from shelf.acts import Act, ActField, Doing
from support.actions.tickets import Opening, open_tickets, orders_of
from support.models import Ticket

PRIORITIES = [(str(value), label) for value, label in Ticket.Priority.choices]


def open_ticket(doings: Sequence[Doing], now: datetime) -> set[str]:
    """A ticket on the journey's order or parcel, else on the customer; five queries for any number."""
    about = orders_of({at: doing.subject for at, doing in enumerate(doings)})
    rest = {doing.customer_id for at, doing in enumerate(doings) if at not in about and doing.customer_id}
    last = _last_orders(rest)
    addresses = dict(
        Identifier.objects.filter(customer__in=rest, kind=Identifier.Kind.EMAIL)
        .order_by("pk")
        .values_list("customer_id", "value")
    )
    oldest = Store.objects.order_by("pk").first()
    openings, undone = [], set()
    for at, doing in enumerate(doings):
        order, parcel_id = about.get(at, (None, None))
        known = order or last.get(doing.customer_id or 0)
        store = known.store if known else oldest
        if store is None or (order is None and doing.customer_id is None):
            undone.add(doing.key)
            continue
        email = order.email if order else addresses.get(doing.customer_id or 0, known.email if known else "")
        openings.append(
            Opening(
                key=f"act:{doing.key}"[:200],
                title=doing.values["title"],
                store_id=store.pk,
                channel=Ticket.Channel.JOURNEY,
                language=speak(known) if known else store.language,
                email=email,
                name=f"{known.first_name} {known.last_name}".strip() if known else "",
                customer_id=doing.customer_id or (order.customer_id if order else None),
                order_id=order.pk if order else None,
                shipment_id=parcel_id,
                note=doing.values.get("note") or "",
                priority=int(doing.values.get("priority") or Ticket.Priority.NORMAL),
            )
        )
    open_tickets(openings, now)
    return undone


def _last_orders(customer_ids: set[int]) -> dict[int, Order]:
    """In whose name these people are written to: the shop of their last order."""
    rows = Order.objects.filter(customer__in=customer_ids, placeholder=False).select_related("store", "customer")
    return {order.customer_id or 0: order for order in rows.order_by("placed_at", "pk")}


OPEN_TICKET = Act(
    _("open a ticket"),
    open_ticket,
    (
        ActField("title", _("about"), help=_("The customer reads it in the subject of the answer.")),
        ActField("note", _("note for agents"), required=False, longest=1000),
        ActField("priority", _("priority"), "choice", required=False, choices=lambda: PRIORITIES),
    ),
)

"""Orders and people as what journeys are about: to whom, where and when to write."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from customers import lifecycle
from customers.models import Customer, Identifier
from events.models import Event
from messaging.subjects import Anchor, Subject, Told
from orders.actions import speak, zone_of
from orders.models import Order, Store

ANCHORS = {
    "placed_at": Anchor(_("the order")),
    "paid_at": Anchor(_("the payment"), ("order.paid",)),
    "dispatched_at": Anchor(_("the parcel left the shop"), ("shipment.shipped", "order.fulfilment_reported")),
    "delivered_at": Anchor(_("the delivery"), ("shipment.delivered", "line.completed", "order.paid")),
}


def order_of(event: Event) -> int | None:
    """The order that an event speaks of: its subject, or that of its parcel."""
    return event.subject_id if event.subject_type == "order" else event.data.get("order_id")


def tell(ids: Sequence[int], now: datetime) -> dict[int, Told]:
    """Two queries for any number of orders."""
    return {order.pk: of_order(order, ("order", order.pk)) for order in with_store(ids)}


def with_store(ids: Sequence[int]) -> list[Order]:
    """Orders with their customers; a store is read once, not with every order."""
    orders = list(Order.objects.filter(pk__in=ids).select_related("customer"))
    stores = Store.objects.in_bulk({order.store_id for order in orders})
    for order in orders:
        order.store = stores[order.store_id]
    return orders


def of_order(order: Order, about: tuple[str, int]) -> Told:
    return Told(
        customer_id=order.customer_id,
        address=order.email,
        language=speak(order),
        zone=zone_of(order),
        country=order.store.country,
        sender_id=order.store.sender_id,
        about=about,
        store_zone=order.store.time_zone,
        order_id=order.pk,
        anchors={name: getattr(order, name) for name in ANCHORS},
        waits=order.placeholder,
    )


FACTS = ("order.", "payment.", "refund.", "line.", "subscription.", "shipment.", "review.", "survey.")
ORDER = Subject(_("an order"), tell, order_of, FACTS, ANCHORS)


# --- A person -----------------------------------------------------------------------------------------------------

PERSON_ANCHORS = {
    "first_order_at": Anchor(_("the first order")),
    "last_order_at": Anchor(_("the last order"), ("order.placed",)),
    "overdue_at": Anchor(_("one and a half of the usual time between orders"), ("order.placed",)),
}


def customer_of(event: Event) -> int | None:
    return event.customer_id


def tell_people(ids: Sequence[int], now: datetime) -> dict[int, Told]:
    """Three queries for any number of people. Each is written to under the name of the shop of the last order.

    Who has not bought anything is absent: no shop of ours may write to them.
    """
    newest = Order.objects.filter(customer=OuterRef("pk"), placeholder=False).order_by("-placed_at", "-pk")
    people = Customer.objects.filter(pk__in=ids).select_related("stats")
    last = dict(people.annotate(last=Subquery(newest.values("pk")[:1])).order_by().values_list("pk", "last"))
    orders = {order.pk: order for order in with_store([pk for pk in last.values() if pk])}
    stats = {person.pk: getattr(person, "stats", None) for person in people}
    addresses = _addresses(ids)
    return {
        pk: _of_person(pk, orders[order_id], addresses.get(pk, ""), stats.get(pk))
        for pk, order_id in last.items()
        if order_id in orders
    }


def _addresses(ids: Sequence[int]) -> dict[int, str]:
    """Everybody's newest e-mail."""
    rows = Identifier.objects.filter(customer__in=ids, kind=Identifier.Kind.EMAIL).order_by("pk")
    return dict(rows.values_list("customer_id", "value"))


def _of_person(customer_id: int, order: Order, address: str, stats: Any) -> Told:
    store = order.store
    return Told(
        customer_id=customer_id,
        address=address or order.email,
        language=speak(order),
        zone=zone_of(order),
        country=store.country,
        sender_id=store.sender_id,
        about=("buyer", order.pk),
        store_zone=store.time_zone,
        anchors=_anchors(stats) if stats else {},
    )


def _anchors(stats: Any) -> dict[str, datetime | None]:
    return {
        "first_order_at": stats.first_order_at,
        "last_order_at": stats.last_order_at,
        "overdue_at": lifecycle.overdue_at(stats.last_order_at, stats.usual_gap_days),
    }


PERSON = Subject(_("a customer"), tell_people, customer_of, (), PERSON_ANCHORS)

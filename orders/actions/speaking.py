"""In which language and zone an order's customer is spoken to."""

from customers.actions import language_for
from orders.models import Order


def speak(order: Order) -> str:
    """The language to write to this order's customer in."""
    store = order.store
    chosen = order.customer.language if order.customer else ""
    return language_for(chosen, order.language, store.language, store.languages)


def zone_of(order: Order) -> str:
    """The zone in which times are told: the person's own (or their country's), then the store's."""
    return (order.customer.time_zone if order.customer else "") or order.store.time_zone

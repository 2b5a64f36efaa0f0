"""Parcels of a store that left: ``ship(store, "20400048799001")``."""

from typing import Any

from orders.actions import save_orders
from orders.models import Store
from orders.stores.seen import OrderSeen
from tests.builders.door import MONDAY, order_seen
from tracking.actions import Fulfilled, make_shipments
from tracking.models import Shipment


def ship(
    store: Store, number: str, n: int = 1, carrier: str = "", seen: OrderSeen | None = None, **more: Any
) -> Shipment:
    """The parcel of the store's order 1000 + n; the carrier follows from the number, unless it is said."""
    order = save_orders(store, [seen or order_seen(1000 + n)])[0].order
    said = Fulfilled(order.pk, f"f-{n}", "success", carrier, (number,), (), (), "", more.get("at", MONDAY))
    return make_shipments([said], more.get("at", MONDAY), quiet=True)[0]

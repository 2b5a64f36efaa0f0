"""Nouns of orders, by subject."""

from orders.models.orders import PAID_UP, Order, OrderLine, OrderPage, new_public_id
from orders.models.payments import Payment
from orders.models.stores import COLOUR, Product, Store, validate_zone
from orders.models.verifying import PageCode

__all__ = [
    "COLOUR",
    "PAID_UP",
    "Order",
    "OrderLine",
    "OrderPage",
    "PageCode",
    "Payment",
    "Product",
    "Store",
    "new_public_id",
    "validate_zone",
]

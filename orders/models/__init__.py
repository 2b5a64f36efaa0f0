"""Nouns of orders, by subject."""

from orders.models.orders import Order, OrderLine, OrderPage, new_public_id
from orders.models.stores import COLOUR, Product, Store, validate_zone
from orders.models.verifying import PageCode

__all__ = [
    "COLOUR",
    "Order",
    "OrderLine",
    "OrderPage",
    "PageCode",
    "Product",
    "Store",
    "new_public_id",
    "validate_zone",
]

"""Nouns of orders, by subject."""

from orders.models.orders import Order, OrderLine, OrderPage, new_public_id
from orders.models.papers import Document, Seller
from orders.models.stores import COLOUR, Product, Store, validate_zone

__all__ = [
    "COLOUR",
    "Document",
    "Order",
    "OrderLine",
    "OrderPage",
    "Product",
    "Seller",
    "Store",
    "new_public_id",
    "validate_zone",
]

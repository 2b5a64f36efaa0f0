"""Nouns of orders, by subject."""

from orders.models.finding import LinkWish
from orders.models.followers import Follower
from orders.models.offers import ProductLink, Storefront
from orders.models.orders import Order, OrderLine, OrderPage, new_public_id
from orders.models.stores import COLOUR, Product, Store, validate_zone
from orders.models.verifying import PageCode

__all__ = [
    "COLOUR",
    "Follower",
    "LinkWish",
    "Order",
    "OrderLine",
    "OrderPage",
    "PageCode",
    "Product",
    "ProductLink",
    "Store",
    "Storefront",
    "new_public_id",
    "validate_zone",
]

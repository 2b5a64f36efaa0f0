"""Nouns of orders, by subject."""

from orders.models.finding import LinkWish
from orders.models.followers import Follower
from orders.models.offers import ProductLink, Storefront
from orders.models.orders import PAID_UP, Order, OrderLine, OrderPage, new_public_id
from orders.models.papers import Document, Seller
from orders.models.payments import Payment
from orders.models.stores import COLOUR, Product, Store, validate_zone
from orders.models.verifying import PageCode

__all__ = [
    "COLOUR",
    "PAID_UP",
    "Document",
    "Follower",
    "LinkWish",
    "Order",
    "OrderLine",
    "OrderPage",
    "PageCode",
    "Payment",
    "Product",
    "ProductLink",
    "Seller",
    "Store",
    "Storefront",
    "new_public_id",
    "validate_zone",
]

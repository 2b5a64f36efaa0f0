"""Nouns of orders, by subject."""

from orders.models.finding import LinkWish
from orders.models.followers import Follower
from orders.models.inserts import Insert, InsertText, ProductGuide
from orders.models.offers import ProductLink, Storefront
from orders.models.orders import PAID_UP, Order, OrderLine, OrderPage, new_public_id
from orders.models.papers import Document, Seller
from orders.models.payments import Payment
from orders.models.returns import NotReturnable, Replacement, Return, ReturnFile, ReturnLine, ReturnTerms
from orders.models.self_service import OrderRequest, SelfServicePolicy, Way
from orders.models.stores import COLOUR, Product, Store, validate_zone
from orders.models.verifying import PageCode

__all__ = [
    "COLOUR",
    "PAID_UP",
    "Document",
    "Follower",
    "Insert",
    "InsertText",
    "LinkWish",
    "NotReturnable",
    "Order",
    "OrderLine",
    "OrderPage",
    "OrderRequest",
    "PageCode",
    "Payment",
    "Product",
    "ProductGuide",
    "ProductLink",
    "Replacement",
    "Return",
    "ReturnFile",
    "ReturnLine",
    "ReturnTerms",
    "SelfServicePolicy",
    "Seller",
    "Store",
    "Storefront",
    "Way",
    "new_public_id",
    "validate_zone",
]

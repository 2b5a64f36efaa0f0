"""Nouns of orders, by subject."""

from orders.models.finding import LinkWish
from orders.models.followers import Follower
from orders.models.inserts import Insert, InsertText, ProductGuide, ProductShape, ShapeFile
from orders.models.offers import ProductLink, Storefront
from orders.models.orders import PAID_UP, Order, OrderLine, new_public_id
from orders.models.pages import DrawnPage, OrderPage
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
    "DrawnPage",
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
    "ProductShape",
    "Replacement",
    "Return",
    "ReturnFile",
    "ReturnLine",
    "ReturnTerms",
    "SelfServicePolicy",
    "Seller",
    "ShapeFile",
    "Store",
    "Storefront",
    "Way",
    "new_public_id",
    "validate_zone",
]

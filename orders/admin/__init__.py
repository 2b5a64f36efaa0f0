"""Orders, stores, products, what customers asked for, and the policies, as agents see them."""

from orders.admin import orders, policies, requests, returns, shapes  # noqa: F401 - each registers its pages

"""Orders, stores, products, what customers asked for, and the policies, as agents see them."""

from orders.admin import orders, policies, requests, returns  # noqa: F401 - each registers its pages

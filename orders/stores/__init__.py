"""One file per shop platform, all alike and pure: signature, envelope, reader. See events/sources.py for the shape."""

from orders.stores import horoshop, opencart, prom, rozetka, shopify, woocommerce

ADAPTERS = (horoshop, opencart, prom, rozetka, shopify, woocommerce)

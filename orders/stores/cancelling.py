"""How the platforms whose API allows it are asked to cancel an order. Pure: what to send, what the answer means.

Read in the public documentation, tried against stand-ins only:

- Shopify, REST Admin API ``POST /orders/{id}/cancel.json``. The store's address must be its ``….myshopify.com``, the
  key an Admin API access token with ``write_orders``. The money goes back by the shop's own hand, not by this call.
- WooCommerce, REST API v3 ``PUT /orders/{id}`` with ``{"status": "cancelled"}``; the key is ``ck_…:cs_…``.
"""

import json
from base64 import b64encode
from dataclasses import dataclass

SHOPIFY_VERSION = "2025-07"


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def ask_to_cancel(source: str, shop_url: str, token: str, external_id: str) -> Ask | None:
    """None: this platform cannot be asked, or not with what we know of it."""
    if not token or not shop_url or not external_id.isdecimal():
        return None
    root, plain = shop_url.rstrip("/"), {"content-type": "application/json"}
    if source == "shopify" and root.endswith(".myshopify.com"):
        body = json.dumps({"reason": "customer", "email": False}).encode()
        url = f"{root}/admin/api/{SHOPIFY_VERSION}/orders/{external_id}/cancel.json"
        return Ask("POST", url, {**plain, "x-shopify-access-token": token}, body)
    if source == "woocommerce" and token.startswith("ck_") and ":cs_" in token:
        key = b64encode(token.encode()).decode()
        url = f"{root}/wp-json/wc/v3/orders/{external_id}"
        return Ask("PUT", url, {**plain, "authorization": f"Basic {key}"}, b'{"status": "cancelled"}')
    return None

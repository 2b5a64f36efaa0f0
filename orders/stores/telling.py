"""How the platforms whose API allows it are told: this order is cancelled, it goes to another address. Pure.

Read in the public documentation, tried against stand-ins only:

- Shopify, REST Admin API ``POST /orders/{id}/cancel.json`` and ``PUT /orders/{id}.json`` with a ``shipping_address``.
  The store's address must be its ``….myshopify.com``, the key an Admin API access token with ``write_orders``. The
  money goes back by the shop's own hand, not by this call.
- WooCommerce, REST API v3 ``PUT /orders/{id}`` with ``{"status": "cancelled"}`` or ``{"shipping": …}``; the key is
  ``ck_…:cs_…``.

The country is never sent: another one changes price and customs, so that it stays what it was (addresses.read_address).
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SHOPIFY_VERSION = "2025-07"
LONGEST = 200  # characters of a shop's words
# Our name for a part of an address → theirs.
SHOPIFY_PARTS = {
    "company": "company", "line1": "address1", "line2": "address2", "city": "city", "region": "province",
    "postcode": "zip", "phone": "phone",
}  # fmt: skip
WOOCOMMERCE_PARTS = {
    "company": "company", "line1": "address_1", "line2": "address_2", "city": "city", "region": "state",
    "postcode": "postcode", "phone": "phone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Shop:
    """Where and by which key a shop is asked; ``root`` is its API's, where that is not the shop window."""

    source: str
    url: str
    token: str
    root: str = ""


def ask_to_cancel(shop: Shop, external_id: str) -> Ask | None:
    """None: this platform cannot be asked, or not with what we know of it."""
    if shop.source == "shopify":
        return _shopify(shop, "POST", external_id, "/cancel", {"reason": "customer", "email": False})
    if shop.source == "woocommerce":
        return _woocommerce(shop, external_id, {"status": "cancelled"})
    return None


def ask_to_send_to(shop: Shop, external_id: str, address: Mapping[str, Any]) -> Ask | None:
    """As ``ask_to_cancel``. ``address``: ours, whole."""
    if shop.source == "shopify":
        order = {"id": external_id, "shipping_address": _spelled(address, SHOPIFY_PARTS)}
        return _shopify(shop, "PUT", external_id, "", {"order": order})
    if shop.source == "woocommerce":
        return _woocommerce(shop, external_id, {"shipping": _spelled(address, WOOCOMMERCE_PARTS)})
    return None


def _shopify(shop: Shop, method: str, external_id: str, verb: str, body: dict[str, Any]) -> Ask | None:
    root = (shop.root or shop.url).rstrip("/")
    if not (shop.token and external_id.isdecimal() and (shop.root or root.endswith(".myshopify.com"))):
        return None
    url = f"{root}/admin/api/{SHOPIFY_VERSION}/orders/{external_id}{verb}.json"
    return Ask(method, url, {**JSON, "x-shopify-access-token": shop.token}, _json(body))


def _woocommerce(shop: Shop, external_id: str, body: dict[str, Any]) -> Ask | None:
    root = (shop.root or shop.url).rstrip("/")
    if not (root and external_id.isdecimal() and shop.token.startswith("ck_") and ":cs_" in shop.token):
        return None
    key = b64encode(shop.token.encode()).decode()
    url = f"{root}/wp-json/wc/v3/orders/{external_id}"
    return Ask("PUT", url, {**JSON, "authorization": f"Basic {key}"}, _json(body))


JSON = {"content-type": "application/json"}


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _spelled(address: Mapping[str, Any], parts: Mapping[str, str]) -> dict[str, str]:
    first, _blank, last = (address.get("name") or "").partition(" ")
    named = {theirs: address.get(ours) or "" for ours, theirs in parts.items()}
    return {"first_name": first, "last_name": last, **named}


def words_of(body: bytes) -> str:
    """What a shop says when it says no; empty where it names nothing that a person could read.

    Shopify: ``error``, or ``errors`` as a text, a list, or lists by field; WooCommerce: ``message``.
    """
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    found = [said.get(name) for name in ("errors", "error", "message")] if isinstance(said, dict) else []
    bare = (re.sub(r"<[^>]*>|[\0-\x1f]", " ", text) for text in _texts(found))
    return " ".join(" ".join(bare).split())[:LONGEST]


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for name, value in said.items():
            words = " ".join(_texts(value))
            yield words if name == "base" else f"{name}: {words}"
    elif isinstance(said, list):
        for each in said:
            yield from _texts(each)

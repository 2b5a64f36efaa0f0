"""Asking Shopify for orders: the REST Admin API, ``GET /orders.json`` by ``updated_at_min``.

It is walked by the ``page_info`` of its ``Link`` header, with an Admin API access token (``read_orders``) at the
store's ``….myshopify.com``.
A webhook's key cannot be known, so the key is id and version: what a webhook brought already is read again and changes
nothing.
"""

import json
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from events.payloads import Payload, identifier, parse_object, required, text
from events.sources import Asking, Delivery, Polled, Unreadable
from orders.stores.asking import NO_ADDRESS, Page, listed, walk
from orders.stores.telling import SHOPIFY_VERSION

PAGE = 50  # orders; one of five hundred lines has 400 kB


def poll(asking: Asking) -> Polled:
    """One page of the orders that changed since the last walk."""
    if not asking.address:
        raise Unreadable(NO_ADDRESS)
    return walk(asking, lambda since, onward: _page(asking, since, onward))


def _page(asking: Asking, since: datetime, onward: str | None) -> Page:
    query = {"status": "any", "limit": PAGE, "updated_at_min": since.isoformat()}
    if onward:
        query = {"limit": PAGE, "page_info": onward}  # nothing else may stand beside it
    answer = asking.fetch(
        "GET",
        f"{asking.address}/admin/api/{SHOPIFY_VERSION}/orders.json?{urlencode(query)}",
        headers={"x-shopify-access-token": asking.token},
    )
    orders = listed(parse_object(answer.body, len(answer.body)), "orders")
    return Page(tuple(map(delivery_of, orders)), _next_page(answer.headers.get("link", "")) or None)


def delivery_of(order: Payload) -> Delivery:
    body = json.dumps(order, ensure_ascii=False).encode()
    return Delivery(f"asked:{_version_of(order, body)}", "orders/updated", body)


def _version_of(order: Payload, body: bytes) -> str:
    """One odd order parks by itself, as a receipt; it does not hold back the page."""
    try:
        return f"{required(exact_id(order), 'id')}:{required(text(order, 'updated_at'), 'updated_at')}"
    except Unreadable:
        return sha256(body).hexdigest()


def _next_page(links: str) -> str:
    for each in links.split(","):
        address, _comma, relation = each.partition(";")
        if 'rel="next"' in relation:
            return parse_qs(urlsplit(address.strip(" <>")).query).get("page_info", [""])[0]
    return ""


def exact_id(thing: Payload) -> str:
    """The id as text; the tail of ``gid://shopify/Order/123`` wins over the number beside it."""
    tail = text(thing, "admin_graphql_api_id").rpartition("/")[2].partition("?")[0]
    return tail if tail.isdecimal() else identifier(thing)

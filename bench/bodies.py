"""Signed Shopify orders, as many as one likes: every order and every customer new, three lines from 300 products."""

import json
from collections.abc import Iterator
from itertools import count

from shelf.signatures import hmac_base64
from tests.builders import shopify

SECRET = "bench-secret"
PRODUCTS = 300

_numbers = count(10_000_000)  # seven digits of it make a Ukrainian mobile number


def _template() -> str:
    address = shopify.address(phone="+38050@PHONE@")
    order = shopify.order(
        1,
        email="buyer@ID@@example.com",
        lines=[shopify.line(f"Product {i} of brushed copper", "19.90", quantity=i) for i in (1, 2, 3)],
        customer=shopify.customer(
            "buyer@ID@@example.com", id="@ID@", admin_graphql_api_id="gid://shopify/Customer/@ID@"
        ),
        billing_address=address,
        shipping_address=address,
        id="@ID@",
        admin_graphql_api_id="gid://shopify/Order/@ID@",
        name="#@ID@",
    )
    for position, line in enumerate(order["line_items"]):
        line |= {"id": f"@ID@{position}", "product_id": f"@PRODUCT{position}@"}
        line["admin_graphql_api_id"] = f"gid://shopify/LineItem/@ID@{position}"
    return json.dumps(order, ensure_ascii=False)


def bodies(placed_at: str) -> Iterator[tuple[str, bytes]]:
    """(order id, body), for ever; never the same twice within this process."""
    template = _template().replace(shopify.order()["created_at"], placed_at)
    for number in _numbers:
        body = template.replace("@ID@", str(number)).replace("@PHONE@", f"{number % 10_000_000:07}")
        for position in range(3):
            body = body.replace(f"@PRODUCT{position}@", str(7_000_000 + (number * 3 + position) % PRODUCTS))
        yield str(number), body.encode()


def request(path: str, order_id: str, body: bytes) -> bytes:
    """The whole HTTP request of one delivery."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Shopify-Topic: orders/create\r\nX-Shopify-Shop-Domain: {shopify.SHOP}\r\nX-Shopify-API-Version: 2026-01\r\n"
        f"X-Shopify-Webhook-Id: bench-{order_id}\r\nX-Shopify-Hmac-Sha256: {hmac_base64(SECRET, body)}\r\n"
        "User-Agent: Shopify-Captain-Hook\r\nAccept: */*\r\n\r\n"
    )
    return head.encode() + body

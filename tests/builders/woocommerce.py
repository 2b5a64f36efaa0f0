"""WooCommerce bodies as the shop would send them, written by hand from the field list of REST v3.

``woocommerce.order(205, email="petro@example.com", lines=[woocommerce.line("Shirt", "15.00")])``; every
further keyword replaces a field. ``woocommerce.delivery(payload, secret, topic)`` gives bytes and headers.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shelf.signatures import hmac_base64


def line(title: str = "Linen shirt", price: str = "15.00", quantity: int = 1, **overrides: Any) -> dict:
    number = sum(map(ord, title)) + quantity
    total = f"{Decimal(price) * quantity:.2f}"
    return {
        "id": number,
        "name": title,
        "product_id": 10_000 + number,
        "variation_id": 0,
        "quantity": quantity,
        "subtotal": total,
        "subtotal_tax": "0.00",
        "total": total,
        "total_tax": "0.00",
        "sku": title.upper().replace(" ", "-"),
        "price": float(price),
        "image": {"id": "7", "src": f"https://shop.example/{number}.jpg"},
        "meta_data": [],
    } | overrides


def address(**overrides: Any) -> dict:
    return {
        "first_name": "Petro",
        "last_name": "Bondarenko",
        "company": "",
        "address_1": "Deribasivska St 1",
        "address_2": "",
        "city": "Odesa",
        "state": "UA51",
        "postcode": "65000",
        "country": "UA",
        "phone": "+380671112233",
    } | overrides


def order(
    number: int = 205,
    email: str = "petro@example.com",
    lines: list[dict] | None = None,
    currency: str = "UAH",
    shipping_cost: str = "70.00",
    status: str = "processing",
    at: str = "2026-03-02T08:15:00",
    **overrides: Any,
) -> dict:
    """A paid order of one line, unless told otherwise. ``at`` is UTC; the shop's own clock is two hours ahead."""
    lines = [line()] if lines is None else lines
    goods = sum((Decimal(each["total"]) for each in lines), Decimal(0))
    local = (datetime.fromisoformat(at) + timedelta(hours=2)).isoformat()
    return {
        "id": number,
        "parent_id": 0,
        "number": str(number),
        "order_key": f"wc_order_secret{number}",
        "created_via": "checkout",
        "version": "9.4.0",
        "status": status,
        "currency": currency,
        "currency_symbol": "₴",
        "date_created": local,
        "date_created_gmt": at,
        "date_modified": local,
        "date_modified_gmt": at,
        "date_paid": local,
        "date_paid_gmt": at,
        "date_completed": None,
        "date_completed_gmt": None,
        "discount_total": "0.00",
        "shipping_total": shipping_cost,
        "total_tax": "0.00",
        "total": f"{goods + Decimal(shipping_cost):.2f}",
        "prices_include_tax": True,
        "customer_id": 42,
        "customer_note": "",
        "billing": address(email=email),
        "shipping": address(),
        "payment_method": "liqpay",
        "payment_method_title": "Card",
        "line_items": lines,
        "shipping_lines": [{"id": 9, "method_id": "flat_rate", "method_title": "Courier", "total": shipping_cost}],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "meta_data": [],
    } | overrides


def tracking(*items: dict) -> dict:
    """The meta entry of the shipment-tracking plugins: ``order(meta_data=[tracking(tracking_item())])``."""
    return {"id": 501, "key": "_wc_shipment_tracking_items", "value": list(items)}


def tracking_item(number: str = "20450000000001", carrier: str = "nova-poshta", **overrides: Any) -> dict:
    return {
        "tracking_provider": carrier,
        "custom_tracking_provider": "",
        "custom_tracking_link": "",
        "tracking_number": number,
        "tracking_product_code": "",
        "date_shipped": "1772496000",  # 2026-03-03 00:00 UTC
        "status_shipped": "1",
        "tracking_id": f"id-{number}",
        "source": "admin",
        "user_id": "1",
    } | overrides


def signed(
    body: bytes, secret: str, topic: str = "order.created", webhook_id: str = "12", **headers: str
) -> dict[str, str]:
    """The headers of a delivery, in lower case."""
    resource, _, event = topic.partition(".")
    return {
        "content-type": "application/json",
        "x-wc-webhook-source": "https://shop.example/",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-resource": resource,
        "x-wc-webhook-event": event,
        "x-wc-webhook-id": webhook_id,
        "x-wc-webhook-delivery-id": "6a9f1c",
        "x-wc-webhook-signature": hmac_base64(secret, body),
    } | headers


def delivery(
    payload: dict, secret: str = "woo-secret", topic: str = "order.created", **headers: str
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body, signed(body, secret, topic, **headers)


def ping(webhook_id: int = 12) -> tuple[bytes, dict[str, str]]:
    """The unsigned form that the shop sends when the webhook is created."""
    return f"webhook_id={webhook_id}".encode(), {"content-type": "application/x-www-form-urlencoded"}

"""Shopify bodies as the shop would send them, written by hand from the field list of its REST orders.

``shopify.order(1001, email="olena@example.com", lines=[shopify.line("Kettle", "35.00")])``;
every further keyword replaces a field. ``shopify.delivery(payload, secret, topic)`` gives bytes and headers.
"""

import json
from decimal import Decimal
from typing import Any

from shelf.signatures import hmac_base64

SHOP = "tea-house.myshopify.com"
FIRST_ID = 5_900_000_000_000  # Shopify's ids are beyond 32 bits


def line(title: str = "Copper kettle", price: str = "35.00", quantity: int = 1, **overrides: Any) -> dict:
    number = sum(map(ord, title)) + quantity
    return {
        "id": FIRST_ID + number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{FIRST_ID + number}",
        "product_id": 7_000_000_000_000 + number,
        "variant_id": 8_000_000_000_000 + number,
        "title": title,
        "name": title,
        "sku": title.upper().replace(" ", "-"),
        "quantity": quantity,
        "current_quantity": quantity,
        "fulfillable_quantity": quantity,
        "requires_shipping": True,
        "gift_card": False,
        "price": price,
        "total_discount": "0.00",
        "discount_allocations": [],
    } | overrides


def address(**overrides: Any) -> dict:
    return {
        "first_name": "Olena",
        "last_name": "Kovalenko",
        "name": "Olena Kovalenko",
        "company": None,
        "address1": "Khreshchatyk St 22",
        "address2": "apt. 7",
        "city": "Kyiv",
        "province": None,
        "zip": "01001",
        "country": "Ukraine",
        "country_code": "UA",
        "phone": "+380501234567",
    } | overrides


def customer(email: str | None = "olena@example.com", **overrides: Any) -> dict:
    return {
        "id": 6_100_000_000_001,
        "admin_graphql_api_id": "gid://shopify/Customer/6100000000001",
        "email": email,
        "phone": None,
        "first_name": "Olena",
        "last_name": "Kovalenko",
        "tags": "",
        "email_marketing_consent": {
            "state": "not_subscribed",
            "opt_in_level": None,
            "consent_updated_at": None,
        },
        "sms_marketing_consent": None,
    } | overrides


def order(
    number: int = 1001,
    email: str | None = "olena@example.com",
    lines: list[dict] | None = None,
    currency: str = "EUR",
    shipping_cost: str = "5.00",
    at: str = "2026-03-02T10:15:00+02:00",
    **overrides: Any,
) -> dict:
    """A paid order of one line, unless told otherwise; totals follow from ``lines`` and ``shipping_cost``."""
    lines = [line()] if lines is None else lines
    goods = sum((Decimal(each["price"]) * each["quantity"] for each in lines), Decimal(0))
    total = goods + Decimal(shipping_cost)
    return {
        "id": FIRST_ID + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{FIRST_ID + number}",
        "name": f"#{number}",
        "number": number - 1000,
        "order_number": number,
        "email": email,
        "contact_email": email,
        "phone": None,
        "customer": customer(email),
        "customer_locale": "uk-UA",
        "created_at": at,
        "processed_at": at,
        "updated_at": at,
        "cancelled_at": None,
        "cancel_reason": None,
        "closed_at": None,
        "confirmed": True,
        "financial_status": "paid",
        "fulfillment_status": None,
        "currency": currency,
        "presentment_currency": currency,
        "total_line_items_price": f"{goods:.2f}",
        "subtotal_price": f"{goods:.2f}",
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "total_shipping_price_set": money_set(shipping_cost, currency),
        "total_price": f"{total:.2f}",
        "current_total_price": f"{total:.2f}",
        "taxes_included": True,
        "payment_gateway_names": ["Card"],
        "billing_address": address(),
        "shipping_address": address(),
        "shipping_lines": [{"id": 1, "code": "courier", "title": "Courier", "price": shipping_cost}],
        "line_items": lines,
        "fulfillments": [],
        "refunds": [],
        "note_attributes": [],
        "tags": "",
        "test": False,
    } | overrides


def fulfilment(
    order: dict,
    numbers: tuple[str, ...] = ("20450000000001",),
    carrier: str | None = "Nova Poshta",
    part: int = 1,
    at: str = "2026-03-03T09:00:00+02:00",
    **overrides: Any,
) -> dict:
    """The whole order on its way in one fulfilment, unless ``line_items`` says otherwise."""
    own_id = order["id"] * 10 + part
    return {
        "id": own_id,
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{own_id}",
        "order_id": order["id"],
        "name": f"{order['name']}.{part}",
        "status": "success",
        "shipment_status": None,
        "created_at": at,
        "updated_at": at,
        "tracking_company": carrier,
        "tracking_number": numbers[0] if numbers else None,
        "tracking_numbers": list(numbers),
        "tracking_url": None,
        "tracking_urls": [],
        "line_items": order["line_items"],
        "location_id": 1,
    } | overrides


def money_set(amount: str, currency: str) -> dict:
    money = {"amount": amount, "currency_code": currency}
    return {"shop_money": money, "presentment_money": money}


def signed(
    body: bytes, secret: str, topic: str = "orders/create", webhook_id: str = "", **headers: str
) -> dict[str, str]:
    """The headers of a delivery, in lower case; the webhook id follows from the signature unless given."""
    signature = hmac_base64(secret, body)
    return {
        "content-type": "application/json",
        "x-shopify-topic": topic,
        "x-shopify-shop-domain": SHOP,
        "x-shopify-api-version": "2026-01",
        "x-shopify-webhook-id": webhook_id or f"{topic}:{signature[:12]}",
        "x-shopify-hmac-sha256": signature,
    } | headers


def delivery(
    payload: dict, secret: str = "shopify-secret", topic: str = "orders/create", **headers: str
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body, signed(body, secret, topic, **headers)

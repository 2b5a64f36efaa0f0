"""Horoshop's orders by hand, from the documentation of orders/get, and the API itself as far as we ask it."""

import json
from typing import Any

from tests.builders.stand_in import Answer, Asked, StandIn, in_json

KEY = "api:pa:ss"


def product(article: str = "T-1", price: float = 799, quantity: float = 1, **overrides: Any) -> dict:
    return {
        "article": article,
        "title": "Чайник",
        "price": price,
        "quantity": quantity,
        "total_price": price * quantity,
        "type": "product",
        "discount_marker": "NONE",
    } | overrides


def order(number: int = 123, **overrides: Any) -> dict:
    """A new order with a coupon, to be paid at a Nova Poshta branch, unless told otherwise; times are Kyiv's."""
    return {
        "order_id": number,
        "user": 5408,
        "stat_status": 1,
        "stat_created": "2026-11-23 11:04:00",
        "delivery_name": "Коваль Олена",
        "delivery_email": "olena@example.com",
        "delivery_phone": "+380501112233",
        "delivery_city": "Київ",
        "delivery_address": "Відділення №1: вул. Пирогівський шлях, 135",
        "delivery_price": -1,
        "delivery_type": {"id": 3, "title": "Новою поштою"},
        "payment_type": {"id": 14, "title": "Накладений платіж"},
        "payed": 0,
        "total_default": 799,
        "total_sum": 599.5,
        "total_quantity": 1,
        "discount_value": 0,
        "coupon_percent": 25,
        "coupon_discount_value": 199.5,
        "currency": "UAH",
        "products": [product()],
        "delivery_data": {
            "deliveryOperatorType": None,
            "tnNumber": None,
            "tnStatusName": None,
            "estimatedDeliveryDate": None,
            "departure": {},
            "destination": {},
        },
        "analytics": {"utm_source": "(none)", "utm_campaign": 23964436493},
    } | overrides


def asked(at: str = "2026-11-23T09:10:00+00:00", **overrides: Any) -> dict:
    """What is kept of an order when it is asked for."""
    return {"asked_at": at, "order": order(**overrides)}


def speak(shop: StandIn, asked: Asked) -> Answer:
    """``auth`` gives passes, ``orders/get`` goes by the day of the order; everything comes with 200."""
    given = json.loads(asked.body)
    signed_in = sum(one.path == "/api/auth/" for one in shop.asked)
    if asked.path == "/api/auth/":
        if f"{given['login']}:{given['password']}" != KEY:
            return in_json({"status": "ERROR", "response": {"message": "Wrong login or password"}})
        return in_json({"status": "OK", "response": {"token": f"pass-{signed_in}"}})
    if given["token"] != f"pass-{signed_in}":
        return in_json({"status": "UNAUTHORIZED", "response": {"message": "Token expired"}})
    found = [o for o in shop.orders if o["stat_created"] >= given["from"]]
    shown = found[given["offset"] : given["offset"] + given["limit"]]
    return in_json({"status": "OK", "response": {"orders": shown}} if shown else {"status": "EMPTY", "response": {}})

"""Prom.ua's orders by hand, from the field list of its Public API v1, and the API itself as far as we ask it."""

from datetime import UTC, datetime
from typing import Any

from tests.builders.stand_in import Answer, Asked, StandIn, in_json

TOKEN = "prom-token"
AT = "2026-11-23T10:58:00.588791+02:00"


def product(title: str = "Чайник", price: str = "1 250,50 грн", quantity: float = 1, **overrides: Any) -> dict:
    return {
        "id": 1_900_000_055,
        "external_id": "T-1",
        "name": title,
        "name_multilang": {"uk": title, "ru": title},
        "sku": "TEA-1",
        "price": price,
        "quantity": quantity,
        "total_price": price,
        "measure_unit": "шт.",
        "image": "https://images.prom.ua/55.jpg",
        "url": "https://my-shop.prom.ua/p55",
        "cpa_commission": {"amount": "12"},
    } | overrides


def order(number: int = 205_000_001, at: str = AT, **overrides: Any) -> dict:
    """A paid order from Prom's catalogue, on its way by Nova Poshta, unless told otherwise."""
    return {
        "id": number,
        "date_created": AT,
        "date_modified": at,
        "client_first_name": "Олена",
        "client_second_name": "Іванівна",
        "client_last_name": "Коваль",
        "client_id": 77,
        "client_notes": "",
        "phone": "+380501112233",
        "email": "olena@example.com",
        "products": [product()],
        "price": "1 250,50 грн",
        "full_price": "1 320,50 грн",
        "delivery_cost": 70,
        "delivery_option": {"id": 13013934, "name": "Нова Пошта", "shipping_service": "Нова Пошта"},
        "delivery_address": "Київ, Відділення №1: вул. Пирогівський шлях, 135",
        "delivery_provider_data": {
            "provider": "nova_poshta",
            "type": "W2W",
            "sender_warehouse_id": "",
            "recipient_warehouse_id": "1ec09d88-e1c2-11e3-8c4a-0050568002cf",
            "declaration_number": "20450000000001",
        },
        "delivery_recipient": {"first_name": "Петро", "last_name": "Коваль", "phone": "+380671112233"},
        "payment_option": {"id": 7, "name": "Пром-оплата"},
        "payment_data": {"type": "evopay", "status": "paid", "status_modified": "2026-11-23T10:59:00+02:00"},
        "special_offer_discount": None,
        "special_offer_promocode": None,
        "status": "received",
        "status_name": "Прийнято",
        "source": "portal",
        "cancellation": None,
    } | overrides


def by_cash(**overrides: Any) -> dict:
    return order(payment_option={"id": 8, "name": "Післяплата «Нова пошта»"}, payment_data=None, **overrides)


def speak(shop: StandIn, asked: Asked) -> Answer:
    """``/orders/list``: changed after, from ``last_id`` down. It leaves out one order of each full page, as it may."""
    if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
        return in_json({"error": "Unauthorized"}, 403)
    if asked.path != "/orders/list":
        return in_json({"error": "Not found"}, 404)
    since = datetime.fromisoformat(asked.query["last_modified_from"]).replace(tzinfo=UTC)
    highest = int(asked.query.get("last_id", 10**18))
    changed = (o for o in shop.orders if datetime.fromisoformat(o["date_modified"]) >= since and o["id"] <= highest)
    found = sorted(changed, key=lambda o: -o["id"])
    return in_json({"orders": found[: int(asked.query["limit"]) - 1]})

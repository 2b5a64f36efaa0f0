"""Rozetka's orders by hand, from the example of its Seller API, and the API itself as far as we ask it."""

import json
from base64 import b64decode
from typing import Any

from tests.builders.stand_in import Answer, Asked, StandIn, in_json

KEY = "shop@example.com:pa:ss"
PAGE = 20


def purchase(title: str = "Чайник", price: str = "640.00", **overrides: Any) -> dict:
    return {
        "id": 158_280_800,
        "cost": price,
        "cost_with_discount": price,
        "price": price,
        "price_with_discount": price,
        "quantity": 1,
        "item_id": 38_221_768,
        "item_name": title,
        "item": {
            "id": 38_221_768,
            "name": title,
            "name_ua": None,
            "article": "",
            "price_offer_id": "T-1",
            "photo_preview": "https://rozetka.com.ua/goods/38221768.jpg",
        },
        "kit_id": 0,
        "conf_details": None,
        "ttn": None,
        "order_status": None,
        "status": 1,
        "is_additional_item": False,
    } | overrides


def cash() -> dict:
    return {
        "payment_method_id": 1,
        "payment_method_name": "Оплата під час отримання товару",
        "payment_type": "cash",
        "payment_type_title": "Готівкова",
        "payment_status": None,
        "credit": None,
    }


def card(status: str) -> dict:
    return cash() | {
        "payment_method_name": "Оплата картою",
        "payment_type": "card",
        "payment_status": {"name": status, "title": "…", "value": 1, "created_at": "2026-11-23 10:59:11"},
    }


def order(number: int = 248_888_186, at: str = "2026-11-23 10:58:00", **overrides: Any) -> dict:
    """A new order, to be paid at the door of a Nova Poshta branch, unless told otherwise; times are Kyiv's."""
    return {
        "id": number,
        "created": "2026-11-23 10:58:00",
        "changed": at,
        "amount": "690.00",
        "amount_with_discount": "640.00",
        "cost": "740.00",
        "cost_with_discount": "690.00",
        "status": 1,
        "status_group": 1,
        "items_photos": [],
        "comment": "",
        "user_phone": "380501112233",
        "user_title": {"first_name": "Олена", "last_name": "Коваль", "second_name": "", "full_name": "Коваль Олена"},
        "recipient_title": {"first_name": "Петро", "last_name": "Коваль", "full_name": "Коваль Петро"},
        "ttn": "",
        "total_quantity": 1,
        "status_data": {"id": 1, "name": "Новый заказ", "name_uk": "Нове замовлення", "status_group": 1},
        "payment": cash(),
        "carrier": None,
        "user": {"id": 39_919_762, "has_email": True, "contact_fio": "Коваль Олена", "email": "true"},
        "delivery": {
            "delivery_service_id": 5,
            "delivery_service_name": "Нова Пошта",
            "recipient_title": "Коваль Петро",
            "recipient_phone": "380671112233",
            "place_street": "вул. Пирогівський шлях",
            "place_number": "1",
            "place_house": "135",
            "place_flat": None,
            "cost": "50.00",
            "city": {"id": 1, "name": "Киев", "name_ua": "Київ", "region_title": "", "title": "Киев"},
            "email": None,
        },
        "purchases": [purchase()],
    } | overrides


def refusal(code: int, message: str) -> dict:
    return {"success": False, "errors": {"message": message, "code": code, "details": None}}


def speak(shop: StandIn, asked: Asked) -> Answer:
    """``/sites`` gives passes, ``/orders/search`` goes by the day of the change, twenty a page, by id."""
    if asked.path == "/sites":
        given = json.loads(asked.body)
        if f"{given['username']}:{b64decode(given['password']).decode()}" != KEY:
            return in_json(refusal(1004, "incorrect_username_password"))
        signed_in = sum(one.path == "/sites" for one in shop.asked)
        return in_json({"success": True, "content": {"id": 111, "access_token": f"pass-{signed_in}"}})
    signed_in = sum(one.path == "/sites" for one in shop.asked)
    if asked.headers.get("Authorization") != f"Bearer pass-{signed_in}":
        return in_json(refusal(1020, "incorrect_access_token"))
    found = [o for o in shop.orders if o["changed"][:10] >= asked.query["changed_from"]]
    at, pages = int(asked.query["page"]), -(-len(found) // PAGE)
    shown = sorted(found, key=lambda o: o["id"])[(at - 1) * PAGE : at * PAGE]
    meta = {"totalCount": len(found), "pageCount": pages, "currentPage": at, "perPage": PAGE}
    return in_json({"success": True, "content": {"orders": shown, "_meta": meta}})

"""OpenCart's orders as aftercare.php tells them, and that file's answers as far as we ask it."""

from datetime import datetime
from typing import Any

from tests.builders.stand_in import Answer, Asked, StandIn, in_json

KEY = "k" * 32
AT = "2026-11-23T10:58:00+02:00"
PAGE = 100


def product(number: int = 42, title: str = "Чайник «А»", price: str = "100.00", quantity: int = 2) -> dict:
    return {
        "product_id": str(number),
        "name": title,
        "sku": "T-1",
        "quantity": str(quantity),
        "price": price,
        "total": f"{float(price) * quantity:.2f}",
        "image": "https://tea.example/image/catalog/a%20b.jpg",
    }


def order(number: int = 1, at: str = AT, **overrides: Any) -> dict:
    """A guest's new order with a coupon, to be paid at a Nova Poshta branch, unless told otherwise; all is text."""
    return {
        "order_id": str(number),
        "customer_id": "0",
        "firstname": "Олена",
        "lastname": "Коваль",
        "email": f"n{number}@example.com",
        "telephone": "+380501112233",
        "payment_method": "Оплата при доставці",
        "payment_code": "cod",
        "shipping_method": "Нова Пошта",
        "shipping_firstname": "Петро",
        "shipping_lastname": "Коваль",
        "shipping_company": "",
        "shipping_address_1": "Відділення №1",
        "shipping_address_2": "",
        "shipping_city": "Київ",
        "shipping_postcode": "",
        "shipping_zone": "Київ",
        "currency_code": "UAH",
        "order_status_id": "1",
        "stage": "",
        "status_name": "Очікування",
        "language": "uk-ua",
        "country": "UA",
        "date_added": AT,
        "date_modified": at,
        "total": "250.00",
        "products": [product()],
        "totals": [
            {"code": "sub_total", "title": "Сума", "value": "200.00"},
            {"code": "coupon", "title": "Купон (TEA10)", "value": "-20.00"},
            {"code": "shipping", "title": "Нова Пошта", "value": "70.00"},
            {"code": "total", "title": "Разом", "value": "250.00"},
        ],
    } | overrides


def speak(shop: StandIn, asked: Asked) -> Answer:
    """``aftercare.php``: changed since, by id, a hundred at once."""
    if asked.headers.get("X-Aftercare-Key") != KEY:
        return in_json({"error": "This key is not known."}, 403)
    if asked.path != "/aftercare.php":
        return in_json({}, 404)
    since, after = int(asked.query["since"]), int(asked.query["after"])
    changed = (o for o in shop.orders if datetime.fromisoformat(o["date_modified"]).timestamp() >= since)
    found = sorted((o for o in changed if int(o["order_id"]) > after), key=lambda o: int(o["order_id"]))[:PAGE]
    return in_json({"orders": found, "more": len(found) == PAGE})

"""CDEK messages as they arrive, written by hand from the field list of its webhooks.

``cdek.status("DELIVERED", "1106321645")``; every further keyword replaces an attribute. ``cdek.delivery(payload,
secret)`` gives bytes and headers, with the token in the address.
"""

import json
from typing import Any

AT = "2026-03-03T12:00:00+0300"
UUID = "72753031-2801-4186-a091-0be58cedfee7"


def status(code: str = "SENT_TO_RECIPIENT_CITY", number: str = "1106321645", at: str = AT, **overrides: Any) -> dict:
    told = {
        "is_return": False,
        "is_reverse": False,
        "is_client_return": False,
        "cdek_number": number,
        "number": "1001",
        "code": code,
        "status_code": "1000",
        "status_date_time": at,
        "city_name": "Новосибирск",
        "city_code": "270",
    }
    return message("ORDER_STATUS", told | overrides)


def order(*statuses: tuple[str, str], number: str = "1106321645", **overrides: Any) -> dict:
    """The order as ``/v2/orders`` tells it, newest status first: ``cdek.order(("DELIVERED", AT))``."""
    told = [{"code": code, "name": "", "date_time": at, "city": "Новосибирск"} for code, at in reversed(statuses)]
    return {
        "uuid": UUID,
        "cdek_number": number,
        "number": "1001",
        "is_return": False,
        "recipient": {"name": "Петров Пётр", "phones": [{"number": "+79990000000"}]},
        "statuses": told,
    } | overrides


def place(code: str = "MSK27", week: str = "10:00/20:00", **overrides: Any) -> dict:
    """An office of the directory, open alike from Monday to Saturday."""
    return {
        "code": code,
        "name": "Чертановская",
        "type": "PVZ",
        "phones": [{"number": "+79990000000"}],
        "location": {"city": "Москва", "address": "Балаклавский, 5", "address_full": "Москва, Балаклавский, 5"},
        "work_time": "Пн-Сб 10:00-20:00",
        "work_time_list": [{"day": day, "time": week} for day in range(1, 7)],
    } | overrides


def message(topic: str, told: dict, uuid: str = UUID) -> dict:
    return {"type": topic, "date_time": AT, "uuid": uuid, "attributes": told}


def delivery(payload: dict, secret: str = "cdek-secret", **headers: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body, {"content-type": "application/json", "?token": secret} | headers

"""Yandex Delivery's answers, by hand from its reference: ``yandex_delivery.state("CREATED", 1)``."""

from typing import Any

NUMBER = "77241d8009bb46d0bff5c65a73077bcd-udp"
HERE = "77241D8009BB46D0BFF5C65A73077BCDUDP"  # as numbers are compared


def state(status: str = "DELIVERY_TRANSPORTATION", day: int = 3, reason: str = "", **overrides: Any) -> dict:
    told = {
        "status": status,
        "description": "Заказ выехал в пункт назначения",
        "timestamp": 1772528400 + day * 86_400,
        "timestamp_utc": f"2026-03-{day:02}T09:00:00.000000Z",
    }
    return told | ({"reason": reason} if reason else {}) | overrides


def payload(*states: dict, number: str = NUMBER) -> dict:
    return {"request_id": number, "state_history": list(states)}

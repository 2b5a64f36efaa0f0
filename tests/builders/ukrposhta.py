"""Ukrposhta's answers, by hand from the fields that its clients read: ``ukrposhta.event("21700", 3)``."""

from typing import Any

NUMBER = "0500100031143"


def event(code: str = "20800", day: int = 3, step: int | None = None, number: str = NUMBER, **overrides: Any) -> dict:
    return {
        "barcode": number,
        "step": day if step is None else step,
        "date": f"2026-03-{day:02}T12:00:00",
        "index": "01001",
        "name": "Київ",
        "event": int(code),
        "eventName": "Надходження до сортувального центру",
        "country": "Україна",
        "eventReason": None,
        "eventReason_id": None,
        "mailType": "Укрпошта Експрес",
        "indexOrder": 0,
    } | overrides


def payload(*events: dict, number: str = NUMBER) -> dict:
    return {"barcode": number, "statuses": list(events)}

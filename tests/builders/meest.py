"""Meest's answers, by hand from the fields that its clients read: ``meest.event(606, 2)``."""

from typing import Any

NUMBER = "CV999002233UA"


def event(code: int | str = 8081, day: int = 3, upu: str = "", words: str = "У дорозі", **overrides: Any) -> dict:
    return {
        "parcelNumber": NUMBER,
        "barCode": "1000000000001",
        "eventDateTime": f"2026-03-{day:02} 12:00:00",
        "eventCode": code,
        "eventCodeUPU": upu,
        "eventPlaces": "1",
        "eventCountryDescr": {"descrUA": "Україна", "descrRU": "Украина", "descrEN": "Ukraine"},
        "eventCityDescr": {"descrUA": "Львів", "descrRU": "Львов", "descrEN": "Lviv"},
        "eventDescr": {"descrUA": words, "descrRU": "", "descrEN": ""},
        "eventDetailDescr": {"descrUA": "", "descrRU": "", "descrEN": ""},
    } | overrides


def payload(*events: dict, number: str = NUMBER) -> dict:
    return {"number": number, "result": list(events)}


def answer(*events: dict) -> dict:
    return {"status": "OK", "info": "", "result": list(events)}

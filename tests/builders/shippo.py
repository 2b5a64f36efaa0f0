"""Shippo events as they arrive, written by hand from the field list of its tracks.

``shippo.event(shippo.track("9205590164917312751089", "DELIVERED"))``; every further keyword replaces a field of the
track. ``shippo.delivery(payload, secret)`` gives bytes and headers, with the token in the address.
"""

import json
from typing import Any

from shelf.signatures import hmac_hex

AT = "2026-03-03T09:00:00Z"


def status(word: str = "TRANSIT", at: str = AT, substatus: str = "", **overrides: Any) -> dict:
    return {
        "object_id": "0f1b",
        "object_created": at,
        "object_updated": at,
        "status": word,
        "substatus": {"code": substatus, "text": "", "action_required": False} if substatus else None,
        "status_details": f"Parcel is {word}",
        "status_date": at,
        "location": {"city": "Kyiv", "state": "", "zip": "01001", "country": "UA"},
    } | overrides


def track(
    number: str = "9205590164917312751089", word: str = "TRANSIT", history: list[dict] | None = None, **overrides: Any
) -> dict:
    """One status in the history, the track's own, unless told otherwise."""
    latest = overrides.pop("latest", None) or status(word)
    return {
        "carrier": "usps",
        "tracking_number": number,
        "address_from": {"city": "", "country": "US"},
        "address_to": {"city": "Lviv", "country": "UA"},
        "transaction": None,
        "original_eta": None,
        "eta": None,
        "servicelevel": {"token": "usps_priority", "name": "Priority Mail"},
        "metadata": None,
        "tracking_status": latest,
        "tracking_history": [latest] if history is None else history,
        "messages": [],
    } | overrides


def event(track: dict, topic: str = "track_updated", **overrides: Any) -> dict:
    return {"event": topic, "test": False, "data": track} | overrides


def hmac_header(body: bytes, secret: str, at: int = 1772528400) -> dict[str, str]:
    return {"shippo-auth-signature": f"t={at},v1={hmac_hex(secret, f'{at}.'.encode() + body)}"}


def delivery(payload: dict, secret: str = "shippo-secret", **headers: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body, {"content-type": "application/json", "?token": secret} | headers

"""Karrio events as they arrive, written by hand from the field list of its trackers.

``karrio.event(karrio.tracker("1Z999AA10123456784", "delivered"))``; every further keyword replaces a field of the
tracker. ``karrio.delivery(payload, secret)`` gives bytes and headers.
"""

import json
from typing import Any


def scan(status: str = "in_transit", on: str = "2026-03-03", at: str = "09:00 AM", **overrides: Any) -> dict:
    return {
        "date": on,
        "time": at,
        "status": status,
        "code": "XX",
        "reason": None,
        "description": f"Parcel is {status}",
        "location": "Kyiv",
    } | overrides


def tracker(
    number: str = "20450000000001", status: str = "in_transit", events: list[dict] | None = None, **overrides: Any
) -> dict:
    """One event with the tracker's own status, unless told otherwise."""
    return {
        "id": f"trk_{number}",
        "carrier_name": "nova_poshta",
        "tracking_number": number,
        "status": status,
        "delivered": status == "delivered",
        "estimated_delivery": None,
        "info": {},
        "metadata": {},
        "events": [scan(status)] if events is None else events,
    } | overrides


def event(tracker: dict, topic: str = "tracker_updated") -> dict:
    return {"event": topic, "data": tracker}


def delivery(payload: dict, secret: str = "karrio-secret", **headers: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body, {"content-type": "application/json", "x-event-id": secret} | headers

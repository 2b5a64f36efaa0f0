"""AfterShip events as they arrive, written by hand from the field list of its trackings.

``aftership.event(aftership.tracking("20450000000001", "Delivered", checkpoints=[aftership.checkpoint("Delivered",
at)]))``; every further keyword replaces a field. ``aftership.delivery(payload, secret)`` gives bytes and headers.
"""

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from shelf.signatures import hmac_base64

AT = "2026-03-03T09:00:00+00:00"


def checkpoint(tag: str = "InTransit", at: str = AT, subtag: str = "", **overrides: Any) -> dict:
    return {
        "slug": "nova-poshta",
        "created_at": AT,
        "checkpoint_time": at,
        "tag": tag,
        "subtag": subtag or f"{tag}_001",
        "subtag_message": tag,
        "raw_tag": None,
        "message": f"Parcel is {tag}",
        "location": None,
        "city": "Kyiv",
        "state": None,
        "zip": None,
        "country_iso3": "UKR",
        "country_name": "Ukraine",
        "coordinates": [],
    } | overrides


def tracking(
    number: str = "20450000000001",
    tag: str = "InTransit",
    checkpoints: list[dict] | None = None,
    at: str = AT,
    subtag: str = "",
    **overrides: Any,
) -> dict:
    """One checkpoint with the tracking's own tag, unless told otherwise."""
    return {
        "id": f"trk{number}",
        "tracking_number": number,
        "slug": "nova-poshta",
        "title": number,
        "tag": tag,
        "subtag": subtag or f"{tag}_001",
        "subtag_message": tag,
        "active": tag != "Delivered",
        "order_id": None,
        "order_number": None,
        "custom_fields": None,
        "emails": [],
        "smses": [],
        "created_at": at,
        "updated_at": at,
        "last_updated_at": at,
        "expected_delivery": None,
        "first_estimated_delivery": None,
        "latest_estimated_delivery": None,
        "shipment_pickup_date": None,
        "shipment_delivery_date": None,
        "first_attempted_at": None,
        "signed_by": None,
        "return_to_sender": False,
        "courier_tracking_link": f"https://novaposhta.ua/tracking/{number}",
        "checkpoints": [checkpoint(tag, at, subtag)] if checkpoints is None else checkpoints,
    } | overrides


def event(tracking: dict, topic: str = "tracking_update", event_id: str = "", at: str = AT, **overrides: Any) -> dict:
    return {
        "event_id": event_id or str(uuid4()),
        "event": topic,
        "is_tracking_first_tag": True,
        "msg": tracking,
        "ts": int(datetime.fromisoformat(at).timestamp()),
    } | overrides


def signed(body: bytes, secret: str, **headers: str) -> dict[str, str]:
    """The headers of a delivery, in lower case."""
    return {"content-type": "application/json", "aftership-hmac-sha256": hmac_base64(secret, body)} | headers


def delivery(payload: dict, secret: str = "aftership-secret", **headers: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body, signed(body, secret, **headers)

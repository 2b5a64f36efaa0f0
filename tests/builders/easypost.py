"""EasyPost events as they arrive, written by hand from the field list of its trackers.

``easypost.event(easypost.tracker("1Z999AA10123456784", "delivered", scans=[easypost.scan("delivered", at)]))``;
every further keyword replaces a field. ``easypost.delivery(payload, secret)`` gives bytes and headers.
"""

import json
import unicodedata
from itertools import count
from typing import Any

from shelf.signatures import hmac_hex

AT = "2026-03-03T09:00:00Z"
numbers = count(1)


def scan(status: str = "in_transit", at: str = AT, detail: str = "", **overrides: Any) -> dict:
    return {
        "object": "TrackingDetail",
        "message": f"Parcel is {status}",
        "description": "",
        "status": status,
        "status_detail": detail or "status_update",
        "datetime": at,
        "source": "UPS",
        "carrier_code": "",
        "tracking_location": {
            "object": "TrackingLocation",
            "city": "KYIV",
            "state": None,
            "country": "UA",
            "zip": None,
        },
    } | overrides


def tracker(
    number: str = "1Z999AA10123456784",
    status: str = "in_transit",
    scans: list[dict] | None = None,
    at: str = AT,
    detail: str = "status_update",
    **overrides: Any,
) -> dict:
    """One scan with the tracker's own status, unless told otherwise."""
    return {
        "id": f"trk_{number.lower()}",
        "object": "Tracker",
        "mode": "production",
        "tracking_code": number,
        "status": status,
        "status_detail": detail,
        "created_at": at,
        "updated_at": at,
        "signed_by": None,
        "weight": None,
        "est_delivery_date": None,
        "shipment_id": None,
        "carrier": "UPS",
        "tracking_details": [scan(status, at, detail)] if scans is None else scans,
        "carrier_detail": None,
        "fees": [],
        "public_url": f"https://track.easypost.com/{number}",
    } | overrides


def event(
    tracker: dict | None, topic: str = "tracker.updated", event_id: str = "", at: str = AT, **overrides: Any
) -> dict:
    return {
        "id": event_id or f"evt_{next(numbers):032x}",
        "object": "Event",
        "description": topic,
        "mode": "production",
        "previous_attributes": {},
        "created_at": at,
        "updated_at": at,
        "pending_urls": [],
        "completed_urls": [],
        "status": "pending",
        "result": tracker,
    } | overrides


def signed(body: bytes, secret: str, **headers: str) -> dict[str, str]:
    """The headers of a delivery, in lower case."""
    digest = hmac_hex(unicodedata.normalize("NFKD", secret), body)
    return {"content-type": "application/json", "x-hmac-signature": f"hmac-sha256-hex={digest}"} | headers


def delivery(payload: dict, secret: str = "easypost-secret", **headers: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body, signed(body, secret, **headers)

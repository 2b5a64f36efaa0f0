"""17TRACK events as they arrive, written by hand from the field list of its trackings.

``seventeen_track.update("RR473124829CN", "InTransit_Arrival", [seventeen_track.event("InTransit_Arrival", at)])``;
every further keyword replaces a field of ``track_info``. ``delivery(payload, secret)`` gives bytes and headers.
"""

import json
from hashlib import sha256
from typing import Any

AT = "2026-03-03T09:00:00Z"


def event(sub_status: str = "InTransit_Other", at: str = AT, **overrides: Any) -> dict:
    return {
        "time_iso": at,
        "time_utc": at,
        "time_raw": {"date": at[:10], "time": at[11:19], "timezone": "+00:00"},
        "description": f"Parcel: {sub_status}",
        "location": "KYIV",
        "stage": None,
        "sub_status": sub_status,
        "address": {"country": "UA", "state": None, "city": "Kyiv", "postal_code": None},
    } | overrides


def provider(name: str = "Nova Poshta", events: list[dict] | None = None, **overrides: Any) -> dict:
    return {
        "provider": {"key": 100001, "name": name, "alias": name, "country": "UA"},
        "latest_sync_status": "Success",
        "latest_sync_time": AT,
        "events": events or [],
    } | overrides


def update(
    number: str = "20450000000001",
    sub_status: str = "InTransit_Other",
    events: list[dict] | None = None,
    topic: str = "TRACKING_UPDATED",
    tag: str = "",
    **overrides: Any,
) -> dict:
    """One event with the tracking's own status, unless told otherwise; ``providers`` replaces all of them."""
    told = [event(sub_status)] if events is None else events
    providers = overrides.pop("providers", [provider(events=told)])
    info = {
        "shipping_info": {"shipper_address": {}, "recipient_address": {}},
        "latest_status": {"status": sub_status.partition("_")[0], "sub_status": sub_status, "sub_status_descr": None},
        "latest_event": told[0] if told else None,
        "time_metrics": {"estimated_delivery_date": {"source": None, "from": None, "to": None}},
        "misc_info": {"service_type": None, "local_number": None, "local_provider": None},
        "tracking": {"providers_hash": 1, "providers": providers},
    }
    return {"event": topic, "data": {"number": number, "carrier": 1, "tag": tag, "track_info": info | overrides}}


def signed(body: bytes, secret: str, **headers: str) -> dict[str, str]:
    """The headers of a delivery, in lower case."""
    return {"content-type": "application/json", "sign": sha256(body + f"/{secret}".encode()).hexdigest()} | headers


def delivery(payload: dict, secret: str = "17track-key", **headers: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body, signed(body, secret, **headers)

"""Karrio's webhooks: ``{"event", "data"}`` with the whole tracker in ``data``.

Karrio signs nothing: it shows the webhook's secret itself in ``X-Event-Id``. A delivery has no id: it is known by its
body.

Decisions:

- **The tracker's status wins** over its events.
- **An event without a status** of Karrio's is known by the carrier's own code (``ups/DP``), which is in no table of
  ours: the owner may say what it means.
- **Times are local to wherever the scan was**, on a 12-hour clock and without an offset; Karrio's own ``timestamp`` is
  the same clock with a Z behind it. They are read in the carrier's zone and marked as uncertain.
"""

import re
from collections.abc import Sequence
from datetime import datetime, time, tzinfo
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_noop

from events.payloads import (
    MISSING,
    NOT_A_TIME,
    Payload,
    country,
    day,
    fields,
    group,
    label,
    link,
    moment,
    parsed,
    required,
    rows,
    shown,
    text,
)
from events.sources import Envelope, Headers, Ignored, Unreadable
from shelf.reasons import Reason
from shelf.signatures import is_one_of
from tracking.carriers.names import carrier_slug, zone_of
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen, Proof
from tracking.carriers.summary import with_summary

TOPICS = ("tracker_created", "tracker_updated")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?\s*([AP]M)?", re.ASCII | re.IGNORECASE)

NOT_READ = gettext_noop("Karrio's “%(topic)s” is not read: only trackers are.")
NOT_AN_EVENT = gettext_noop("This is no event of Karrio: it has no event name. Nothing to read here.")

STATUSES = {
    "unknown": Meaning("pending"),
    "pending": Meaning("info_received"),
    "picked_up": Meaning("picked_up"),
    "in_transit": Meaning("in_transit"),
    "out_for_delivery": Meaning("out_for_delivery"),
    "ready_for_pickup": Meaning("ready_for_pickup"),
    "delivery_failed": Meaning("attempt_failed"),
    "delivered": Meaning("delivered"),
    "on_hold": Meaning("exception", "held"),
    "delivery_delayed": Meaning("exception", "carrier_delay"),
    "return_to_sender": Meaning("returning"),
    "cancelled": Meaning("cancelled"),
}
# ``reason`` beside a status says why.
REASONS = {
    "carrier_damaged_parcel": "damaged",
    "carrier_sorting_error": "carrier_delay",
    "carrier_address_not_found": "address",
    "carrier_parcel_lost": "lost",
    "carrier_not_enough_time": "carrier_delay",
    "carrier_vehicle_issue": "carrier_delay",
    "consignee_refused": "refused",
    "consignee_business_closed": "recipient_absent",
    "consignee_not_available": "recipient_absent",
    "consignee_not_home": "recipient_absent",
    "consignee_incorrect_address": "address",
    "consignee_access_restricted": "address",
    "customs_delay": "customs",
    "customs_documentation": "documents",
    "customs_duties_unpaid": "payment_due",
    "weather_delay": "weather",
    "natural_disaster": "weather",
    "delivery_exception_hold": "held",
    "delivery_exception_undeliverable": "other",
}


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return is_one_of(headers.get("x-event-id"), secrets)


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=label(parsed(body).get("event")))


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    if topic not in TOPICS:
        return Ignored(Reason(NOT_READ, {"topic": topic}) if topic else Reason(NOT_AN_EVENT))
    return (read_tracker(group(fields(payload), "data")),)


def read_tracker(tracker: Payload) -> ParcelSeen:
    number = required(text(tracker, "tracking_number", longest=100), "tracking_number")
    carrier = carrier_slug(text(tracker, "carrier_name"), number)
    zone = zone_of(carrier)
    info = group(tracker, "info")
    told_at = moment(tracker, "updated_at", "created_at")
    return ParcelSeen(
        number=number,
        told_at=told_at,
        carrier=carrier,
        checkpoints=with_summary(
            tuple(_scan(event, carrier, zone) for event in rows(tracker, "events")),
            _of_whole(tracker),
            told_at=told_at,
            raw_code=_words(tracker),
        ),
        estimated_on=day(tracker, "estimated_delivery"),
        url=link(info, "carrier_tracking_link"),
        order_number=text(info, "order_id", longest=64) or text(group(tracker, "metadata"), "order_id", longest=64),
        service=text(info, "shipment_service", longest=100),
        origin=country(info, "shipment_origin_country"),
        destination=country(info, "shipment_destination_country"),
        proof=_proof(tracker, info),
    )


def meaning(thing: Payload) -> Meaning:
    """What a tracker or an event says; a reason stands only beside trouble."""
    found = STATUSES.get(text(thing, "status"), UNKNOWN)
    why = REASONS.get(text(thing, "reason"), "")
    return (
        found._replace(reason=why) if why and found.milestone in ("exception", "attempt_failed", "returning") else found
    )


def _of_whole(tracker: Payload) -> Meaning:
    if tracker.get("delivered") is True and text(tracker, "status") != "return_to_sender":
        return STATUSES["delivered"]
    return meaning(tracker) if text(tracker, "status") else STATUSES["unknown"]


def _scan(event: Payload, carrier: str, zone: tzinfo) -> CheckpointSeen:
    milestone, reason, known = meaning(event)
    at, local = _when(event, zone)
    code = _words(event) if known else "/".join(filter(None, (carrier, text(event, "status", "code"))))
    return CheckpointSeen(
        occurred_at=at,
        milestone=milestone,
        reason=reason,
        raw_code=code[:100],
        message=text(event, "description", longest=500),
        city=text(event, "location", longest=120),
        occurred_local=local,
        tz_known=False,
        unknown=not known,
    )


def _when(event: Payload, zone: tzinfo) -> tuple[datetime, str]:
    """Day and clock as they are written, in the carrier's zone; without a clock the day begins."""
    on, clock = day(event, "date"), text(event, "time")
    if on is None:
        at = moment(event, "timestamp", zone=zone)
        if at is None:
            raise Unreadable(MISSING, field="date")
        return at, text(event, "timestamp", longest=40)
    try:
        found = datetime.combine(on, _clock(clock), zone)
    except ValueError:
        raise Unreadable(NOT_A_TIME, field="time", value=shown(clock)) from None
    told: Payload = {"date": found.isoformat()}
    return moment(told, "date") or found, " ".join(filter(None, (on.isoformat(), clock)))


def _clock(written: str) -> time:
    if not written:
        return time(0)
    found = CLOCK.fullmatch(written)
    if not found:
        raise ValueError(written)
    hour, half = int(found[1]), (found[3] or "").upper()
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    return time(hour, int(found[2]))


def _words(thing: Payload) -> str:
    return "/".join(filter(None, (text(thing, "status"), text(thing, "reason"))))[:100]


def _proof(tracker: Payload, info: Payload) -> Proof | None:
    name = text(info, "signed_by", longest=120)
    picture = link(tracker, "delivery_image_url", "signature_image_url")
    return Proof(signed_by=name, picture_url=picture) if name or picture else None

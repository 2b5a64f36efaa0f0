"""EasyPost's webhooks: ``tracker.created`` and ``tracker.updated``; each holds the whole tracker.

Signature: ``X-Hmac-Signature: hmac-sha256-hex=<hex>`` over the raw body, keyed with the NFKD form of the secret.
A delivery is known by the event's own id.

Decisions:

- **The tracker's status wins** over its scans: their times are unreliable, down to deliveries dated before the
  pick-up. It becomes a summary checkpoint.
- **An event without a tracker** in it (``result`` is missing) is ignored, not parked: there is nothing in it
  that a replay could ever read, and the next update brings the whole history anyway.
- **The alternate identifier** is another number of the same parcel only where its format belongs to a carrier.
- ``est_delivery_date`` at midnight UTC is a date and is never moved by a time zone; the carrier's own local
  date wins where it is given.
"""

import re
import unicodedata
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_noop

from events.payloads import (
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
    required_moment,
    rows,
    text,
)
from events.sources import Envelope, Headers, Ignored
from shelf.reasons import Reason
from shelf.signatures import hmac_hex, signed_by_any
from tracking.carriers.names import carrier_slug
from tracking.carriers.numbers import other_numbers
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen, signed_by
from tracking.carriers.summary import with_summary

TOPICS = ("tracker.created", "tracker.updated")

NOT_READ = gettext_noop("EasyPost's “%(topic)s” is not read: only trackers are.")
NOT_AN_EVENT = gettext_noop("This is no event of EasyPost: it has no description. Nothing to read here.")
NO_TRACKER = gettext_noop("The event holds no tracker. The next one will hold the parcel's whole history.")

BY_STATUS = {
    "unknown": Meaning("pending"),
    "error": Meaning("pending"),
    "pre_transit": Meaning("info_received"),
    "in_transit": Meaning("in_transit"),
    "out_for_delivery": Meaning("out_for_delivery"),
    "available_for_pickup": Meaning("ready_for_pickup"),
    "delivered": Meaning("delivered"),
    "return_to_sender": Meaning("returning"),
    "failure": Meaning("exception"),
    "cancelled": Meaning("cancelled"),
    "canceled": Meaning("cancelled"),
}
# Where ``status_detail`` says more than a status of in_transit or failure.
FINER = {
    "received_at_origin_facility": "picked_up",
    "out_for_delivery": "out_for_delivery",
    "arrived_at_pickup_location": "ready_for_pickup",
    "delivery_exception": "attempt_failed",
    "transit_exception": "exception",
    "address_correction": "exception",
    "awaiting_information": "exception",
    "damaged": "exception",
    "delayed": "exception",
    "held": "exception",
    "lost": "exception",
    "refused": "exception",
    "weather_delay": "exception",
    "return": "returning",
    "cancelled": "cancelled",
}
REASONS = {
    "address_correction": "address",
    "awaiting_information": "documents",
    "damaged": "damaged",
    "delayed": "carrier_delay",
    "held": "held",
    "lost": "lost",
    "missorted": "carrier_delay",
    "refused": "refused",
    "transit_exception": "other",
    "weather_delay": "weather",
}
# The tables above as one, for the page of carriers; a status not listed with a detail means what it means alone.
STATUSES = BY_STATUS | {
    f"in_transit/{detail}, failure/{detail}": Meaning(milestone, REASONS.get(detail, ""))
    for detail, milestone in FINER.items()
}


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return signed_by_any(headers.get("x-hmac-signature"), body, secrets, sign)


def sign(secret: str, body: bytes) -> str:
    return f"hmac-sha256-hex={hmac_hex(unicodedata.normalize('NFKD', secret), body)}"


def envelope(headers: Headers, body: bytes) -> Envelope:
    event = parsed(body)
    event_id = label(event.get("id"))
    known = re.fullmatch(r"evt_\w+", event_id)  # the manuals' samples all share the id "evt_..."
    return Envelope(
        key=event_id if known else f"sha256:{sha256(body).hexdigest()}", topic=label(event.get("description"))
    )


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    if topic not in TOPICS:
        return Ignored(Reason(NOT_READ, {"topic": topic}) if topic else Reason(NOT_AN_EVENT))
    event = fields(payload)
    tracker = group(event, "result")
    if not tracker or text(tracker, "object") not in ("", "Tracker"):
        return Ignored(Reason(NO_TRACKER))
    return (read_tracker(tracker, event),)


def read_tracker(tracker: Payload, event: Payload) -> ParcelSeen:
    number = required(text(tracker, "tracking_code", longest=100), "tracking_code")
    scans = tuple(map(_scan, rows(tracker, "tracking_details")))
    detail = group(tracker, "carrier_detail")
    told_at = moment(tracker, "updated_at", "created_at") or moment(event, "created_at")
    return ParcelSeen(
        number=number,
        told_at=told_at,
        carrier=carrier_slug(text(tracker, "carrier"), number),
        checkpoints=with_summary(
            scans,
            meaning(tracker),
            told_at=told_at,
            raw_code=_code(tracker),
        ),
        estimated_on=day(detail, "est_delivery_date_local") or day(tracker, "est_delivery_date"),
        url=link(tracker, "public_url"),
        aliases=other_numbers(number, text(detail, "alternate_identifier", longest=100)),
        service=text(detail, "service", longest=100),
        origin=_end(detail, "origin"),
        destination=_end(detail, "destination"),
        promised_on=day(detail, "guaranteed_delivery_date"),
        proof=signed_by(text(tracker, "signed_by", longest=120)),
    )


def meaning(thing: Payload) -> Meaning:
    """What a tracker or a scan says."""
    status, detail = text(thing, "status"), text(thing, "status_detail")
    found = BY_STATUS.get(status, UNKNOWN)
    if detail == "expired" and found.milestone != "delivered":
        return Meaning("expired")
    finer = FINER.get(detail) if status in ("in_transit", "failure") else None
    return Meaning(finer or found.milestone, REASONS.get(detail, ""), found.known)


def _scan(scan: Payload) -> CheckpointSeen:
    milestone, reason, known = meaning(scan)
    place = group(scan, "tracking_location")
    return CheckpointSeen(
        occurred_at=required_moment(scan, "datetime"),
        milestone=milestone,
        reason=reason,
        raw_code=_code(scan),
        message=text(scan, "message", "description", longest=500),
        city=text(place, "city"),
        country=country(place, "country"),
        unknown=not known,
    )


def _end(detail: Payload, end: str) -> str:
    """Where the parcel's way begins or ends: a city or a country, or the carrier's own line of text."""
    return text(group(detail, f"{end}_tracking_location"), "city", "country") or text(detail, f"{end}_location")


def _code(thing: Payload) -> str:
    return "/".join(filter(None, (text(thing, "status"), text(thing, "status_detail"))))[:100]

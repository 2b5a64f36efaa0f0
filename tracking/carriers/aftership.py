"""AfterShip's tracking webhooks: an event with the whole tracking in ``msg``.

Signature: ``aftership-hmac-sha256``, base64 HMAC of the raw body with the webhook's secret. A delivery is known
by ``event_id``, the same on each of its up to 14 attempts.

Decisions:

- **The tracking's tag wins** over its checkpoints, of which there may be none although the tag says Delivered.
  It becomes a summary checkpoint.
- **Checkpoint times** may lack an offset: then they are read in the carrier's own zone, where we know one, and
  marked as uncertain.
- **Delivered with** ``return_to_sender`` is delivered to the sender: returned.
- **The first promise** is the shop's (``order_promised_delivery_date``), else AfterShip's first estimate.
- **An answer of the API** (``meta`` and ``data``) is no webhook and is ignored.
"""

import re
from collections.abc import Sequence
from datetime import date, tzinfo
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
    unix_moment,
)
from events.sources import Envelope, Headers, Ignored
from shelf.reasons import Reason
from shelf.signatures import signed_by_any
from tracking.carriers.names import carrier_slug, zone_of
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen, PickupPoint, signed_by
from tracking.carriers.summary import with_summary

TOPICS = ("tracking_update", "edd_revise", "tracking_pending_time")

NOT_READ = gettext_noop("AfterShip's “%(topic)s” is not read: only updates of trackings are.")
NOT_AN_EVENT = gettext_noop("This is no event of AfterShip: it has no event name. Nothing to read here.")

# A subtag says more than its tag; one that is not listed means what its tag means.
STATUSES = {
    "Pending": Meaning("pending"),
    "InfoReceived": Meaning("info_received"),
    "InTransit": Meaning("in_transit"),
    "OutForDelivery": Meaning("out_for_delivery"),
    "AvailableForPickup": Meaning("ready_for_pickup"),
    "AttemptFail": Meaning("attempt_failed"),
    "Delivered": Meaning("delivered"),
    "Exception": Meaning("exception"),
    "Expired": Meaning("expired"),
    "InTransit_002": Meaning("picked_up"),
    "InTransit_006": Meaning("in_transit", "customs"),
    "AttemptFail_002": Meaning("attempt_failed", "recipient_absent"),
    "AttemptFail_003": Meaning("attempt_failed", "recipient_absent"),
    "Exception_002": Meaning("exception", "address"),
    "Exception_003": Meaning("exception", "refused"),
    "Exception_004": Meaning("exception", "customs"),
    "Exception_005": Meaning("exception", "carrier_delay"),
    "Exception_006": Meaning("exception", "payment_due"),
    "Exception_007": Meaning("exception", "address"),
    "Exception_008": Meaning("exception", "storage_expired"),
    "Exception_009": Meaning("exception", "other"),
    "Exception_010": Meaning("returning"),
    "Exception_011": Meaning("returned"),
    "Exception_012": Meaning("exception", "damaged"),
    "Exception_013": Meaning("exception", "lost"),
    "Exception_016": Meaning("exception", "carrier_delay"),
    "Exception_017": Meaning("exception", "weather"),
    "Exception_018": Meaning("exception", "documents"),
}
HAS_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return signed_by_any(headers.get("aftership-hmac-sha256"), body, secrets)


def envelope(headers: Headers, body: bytes) -> Envelope:
    event = parsed(body)
    return Envelope(
        key=label(event.get("event_id")) or f"sha256:{sha256(body).hexdigest()}",
        topic=label(event.get("event")),
    )


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    if topic not in TOPICS:
        return Ignored(Reason(NOT_READ, {"topic": topic}) if topic else Reason(NOT_AN_EVENT))
    event = fields(payload)
    return (read_tracking(group(event, "msg"), event),)


def read_tracking(tracking: Payload, event: Payload) -> ParcelSeen:
    number = required(text(tracking, "tracking_number", longest=100), "tracking_number")
    carrier = carrier_slug(text(tracking, "slug"), number)
    zone = zone_of(carrier)
    scans = tuple(_scan(scan, zone) for scan in rows(tracking, "checkpoints"))
    told_at = moment(tracking, "last_updated_at", "updated_at") or unix_moment(event, "ts")
    return ParcelSeen(
        number=number,
        told_at=told_at,
        carrier=carrier,
        checkpoints=with_summary(
            scans,
            _of_whole(tracking),
            told_at=told_at,
            raw_code=_code(tracking),
        ),
        estimated_on=_estimated_on(tracking),
        url=link(tracking, "courier_tracking_link"),
        order_number=text(tracking, "order_number", "order_id", longest=64),
        aliases=_aliases(tracking, number),
        service=text(tracking, "shipping_method", "shipment_type", longest=100),
        origin=text(tracking, "origin_city") or country(tracking, "origin_country_iso3", "origin_country_region"),
        destination=text(tracking, "destination_city")
        or country(tracking, "destination_country_iso3", "destination_country_region"),
        promised_on=day(tracking, "order_promised_delivery_date") or _first_promise(tracking),
        pickup_point=_pickup_point(tracking),
        proof=signed_by(
            text(tracking, "signed_by", longest=120), moment(tracking, "shipment_delivery_date", zone=zone)
        ),
    )


def meaning(thing: Payload) -> Meaning:
    """What a tracking or a checkpoint says."""
    return STATUSES.get(text(thing, "subtag")) or STATUSES.get(text(thing, "tag"), UNKNOWN)


def _of_whole(tracking: Payload) -> Meaning:
    said = meaning(tracking)
    back = tracking.get("return_to_sender") is True
    return Meaning("returned") if back and said.milestone == "delivered" else said


def _scan(scan: Payload, zone: tzinfo) -> CheckpointSeen:
    milestone, reason, known = meaning(scan)
    written = text(scan, "checkpoint_time", "created_at")
    certain = bool(HAS_OFFSET.search(written))
    return CheckpointSeen(
        occurred_at=required_moment(scan, "checkpoint_time", "created_at", zone=zone),
        milestone=milestone,
        reason=reason,
        raw_code=_code(scan),
        message=text(scan, "message", longest=500),
        city=text(scan, "city", "location"),
        country=country(scan, "country_iso3"),
        occurred_local="" if certain else written,
        tz_known=certain,
        unknown=not known,
    )


def _aliases(tracking: Payload, number: str) -> tuple[tuple[str, str], ...]:
    """Those who carry it on, and the numbers that they know it by."""
    told = [(text(c, "slug"), text(c, "tracking_number", longest=100)) for c in rows(tracking, "next_couriers")]
    return tuple((carrier_slug(slug, other), other) for slug, other in told if other and other != number)


def _first_promise(tracking: Payload) -> date | None:
    first = group(tracking, "first_estimated_delivery")
    return day(first, "datetime", "datetime_max")


def _pickup_point(tracking: Payload) -> PickupPoint | None:
    """Text, as far as we have seen it; anything else is no reason to refuse a parcel."""
    name, note = label(tracking.get("pickup_location"), 255), label(tracking.get("pickup_note"), 255)
    return PickupPoint(name=name, hours=note) if name else None


def _code(thing: Payload) -> str:
    return text(thing, "subtag", "tag", longest=100)


def _estimated_on(tracking: Payload) -> date | None:
    latest = group(tracking, "latest_estimated_delivery")
    return day(latest, "datetime", "datetime_max") or day(tracking, "expected_delivery")

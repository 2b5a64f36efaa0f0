"""Shippo's webhooks: ``track_updated`` with the whole tracking in ``data``.

Shippo signs nothing by itself: the secret stands in the address (``?token=``). Who has had HMAC switched on gets
``Shippo-Auth-Signature: t=<unix>,v1=<hex>`` over time, full stop and raw body; where that header is there, it must be
right. A delivery has no id: it is known by its body.

Decisions:

- **The status wins** over the history; a substatus only tells its own status finer: their manual's sample is
  DELIVERED with ``information_received``.
- **The signed time is not judged**: a delivery that is replayed is the same row, and Shippo repeats late ones.
- **A time at midnight UTC is a date**: carriers give no hour then. It is marked as uncertain.
- ``eta`` and ``original_eta`` are dates and never moved by a time zone.
"""

import re
from collections.abc import Sequence
from datetime import UTC, time
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
    moment,
    parsed,
    required,
    required_moment,
    rows,
    text,
)
from events.sources import IN_ADDRESS, Envelope, Headers, Ignored
from shelf.reasons import Reason
from shelf.signatures import hmac_hex, is_one_of, signed_by_any
from tracking.carriers.names import carrier_slug
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen
from tracking.carriers.summary import with_summary

SECRET_IN_ADDRESS = True
TOPIC = "track_updated"
SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)

NOT_READ = gettext_noop("Shippo's “%(topic)s” is not read: only updates of trackings are.")
NOT_AN_EVENT = gettext_noop("This is no event of Shippo: it has no event name. Nothing to read here.")

STATUSES = {
    "UNKNOWN": Meaning("pending"),
    "PRE_TRANSIT": Meaning("info_received"),
    "TRANSIT": Meaning("in_transit"),
    "TRANSIT/address_issue": Meaning("exception", "address"),
    "TRANSIT/contact_carrier": Meaning("exception", "held"),
    "TRANSIT/delayed": Meaning("exception", "carrier_delay"),
    "TRANSIT/delivery_attempted": Meaning("attempt_failed", "recipient_absent"),
    "TRANSIT/location_inaccessible": Meaning("attempt_failed", "address"),
    "TRANSIT/notice_left": Meaning("attempt_failed", "recipient_absent"),
    "TRANSIT/out_for_delivery": Meaning("out_for_delivery"),
    "TRANSIT/package_accepted": Meaning("picked_up"),
    "TRANSIT/package_damaged": Meaning("exception", "damaged"),
    "TRANSIT/package_held": Meaning("exception", "held"),
    "TRANSIT/pickup_available": Meaning("ready_for_pickup"),
    "TRANSIT/reschedule_delivery": Meaning("attempt_failed"),
    "DELIVERED": Meaning("delivered"),
    "RETURNED": Meaning("returning"),
    "RETURNED/package_unclaimed": Meaning("returning", "storage_expired"),
    "FAILURE": Meaning("exception"),
    "FAILURE/package_undeliverable": Meaning("exception", "other"),
    "FAILURE/package_disposed": Meaning("exception", "destroyed"),
    "FAILURE/package_lost": Meaning("exception", "lost"),
}


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    given = headers.get("shippo-auth-signature")
    if given is None:
        return is_one_of(headers.get(IN_ADDRESS), secrets)
    found = SIGNATURE.fullmatch(given)
    return found is not None and signed_by_any(found[2], f"{found[1]}.".encode() + body, secrets, hmac_hex)


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=label(parsed(body).get("event")))


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    if topic != TOPIC:
        return Ignored(Reason(NOT_READ, {"topic": topic}) if topic else Reason(NOT_AN_EVENT))
    return (read_track(group(fields(payload), "data")),)


def read_track(track: Payload) -> ParcelSeen:
    number = required(text(track, "tracking_number", longest=100), "tracking_number")
    status = group(track, "tracking_status")
    told_at = moment(status, "object_updated", "object_created", "status_date")
    return ParcelSeen(
        number=number,
        told_at=told_at,
        carrier=carrier_slug(text(track, "carrier"), number),
        checkpoints=with_summary(
            tuple(map(_scan, rows(track, "tracking_history"))),
            meaning(status),
            told_at=told_at,
            raw_code=_code(status),
        ),
        estimated_on=day(track, "eta"),
        promised_on=day(track, "original_eta"),
        order_number=text(track, "metadata", longest=64),
        service=text(group(track, "servicelevel"), "name", "token", longest=100),
        origin=_place(group(track, "address_from")),
        destination=_place(group(track, "address_to")),
    )


def meaning(thing: Payload) -> Meaning:
    """What a status of the history, or the latest one, says; there is none before the carrier knows the parcel."""
    if not text(thing, "status"):
        return Meaning("pending")
    return STATUSES.get(_code(thing)) or STATUSES.get(text(thing, "status"), UNKNOWN)


def _scan(scan: Payload) -> CheckpointSeen:
    milestone, reason, known = meaning(scan)
    place, at = group(scan, "location"), required_moment(scan, "status_date", "object_created", zone=UTC)
    certain = at.time() != time(0)
    return CheckpointSeen(
        occurred_at=at,
        milestone=milestone,
        reason=reason,
        raw_code=_code(scan),
        message=text(scan, "status_details", longest=500),
        city=text(place, "city"),
        country=country(place, "country"),
        occurred_local="" if certain else at.date().isoformat(),
        tz_known=certain,
        unknown=not known,
    )


def _code(thing: Payload) -> str:
    finer = thing.get("substatus")  # a group; once it was text
    code = text(finer, "code") if isinstance(finer, dict) else text(thing, "substatus")
    return "/".join(filter(None, (text(thing, "status"), code)))[:100]


def _place(address: Payload) -> str:
    return text(address, "city") or country(address, "country")

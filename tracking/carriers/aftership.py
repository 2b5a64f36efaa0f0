"""AfterShip's tracking webhooks: an event with the whole tracking in ``msg``.

Signature: ``aftership-hmac-sha256``, base64 HMAC of the raw body with the webhook's secret. A delivery is known
by ``event_id``, the same on each of its up to 14 attempts.

Decisions:

- **The tracking's tag wins** over its checkpoints, of which there may be none although the tag says Delivered.
  It becomes a summary checkpoint.
- **Checkpoint times** may lack an offset: then they are read in the carrier's own zone, where we know one, and
  marked as uncertain.
- **An answer of the API** (``meta`` and ``data``) is no webhook and is ignored.
"""

import json
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
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.carriers.summary import with_summary

TOPICS = ("tracking_update", "edd_revise", "tracking_pending_time")

NOT_READ = gettext_noop("AfterShip's “%(topic)s” is not read: only updates of trackings are.")
NOT_AN_EVENT = gettext_noop("This is no event of AfterShip: it has no event name. Nothing to read here.")

MILESTONES = {
    "Pending": "pending",
    "InfoReceived": "info_received",
    "InTransit": "in_transit",
    "OutForDelivery": "out_for_delivery",
    "AvailableForPickup": "ready_for_pickup",
    "AttemptFail": "attempt_failed",
    "Delivered": "delivered",
    "Exception": "exception",
    "Expired": "expired",
}
# Where the subtag says more than its tag: milestone and reason.
FINER = {
    "InTransit_002": ("picked_up", ""),
    "InTransit_006": ("in_transit", "customs"),
    "AttemptFail_002": ("attempt_failed", "recipient_absent"),
    "AttemptFail_003": ("attempt_failed", "recipient_absent"),
    "Exception_002": ("exception", "address"),
    "Exception_003": ("exception", "refused"),
    "Exception_004": ("exception", "customs"),
    "Exception_005": ("exception", "carrier_delay"),
    "Exception_006": ("exception", "payment_due"),
    "Exception_007": ("exception", "address"),
    "Exception_008": ("exception", "storage_expired"),
    "Exception_009": ("exception", "other"),
    "Exception_010": ("returning", ""),
    "Exception_011": ("returned", ""),
    "Exception_012": ("exception", "damaged"),
    "Exception_013": ("exception", "lost"),
    "Exception_016": ("exception", "carrier_delay"),
    "Exception_017": ("exception", "weather"),
    "Exception_018": ("exception", "documents"),
}
HAS_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return signed_by_any(headers.get("aftership-hmac-sha256"), body, secrets)


def envelope(headers: Headers, body: bytes) -> Envelope:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        event = {}
    event = event if isinstance(event, dict) else {}
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
    scans = tuple(_scan(scan, zone_of(carrier)) for scan in rows(tracking, "checkpoints"))
    milestone, reason = meaning(tracking)
    return ParcelSeen(
        number=number,
        carrier=carrier,
        checkpoints=with_summary(
            scans,
            milestone,
            told_at=moment(tracking, "last_updated_at", "updated_at") or unix_moment(event, "ts"),
            reason=reason,
            raw_code=_code(tracking),
        ),
        estimated_on=_estimated_on(tracking),
        url=link(tracking, "courier_tracking_link"),
        order_number=text(tracking, "order_number", "order_id", longest=64),
    )


def meaning(thing: Payload) -> tuple[str, str]:
    """Milestone and reason of a tracking or of a checkpoint. A tag we do not know is pending: it moves nothing."""
    return FINER.get(text(thing, "subtag")) or (MILESTONES.get(text(thing, "tag"), "pending"), "")


def _scan(scan: Payload, zone: tzinfo) -> CheckpointSeen:
    milestone, reason = meaning(scan)
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
    )


def _code(thing: Payload) -> str:
    return text(thing, "subtag", "tag", longest=100)


def _estimated_on(tracking: Payload) -> date | None:
    latest = group(tracking, "latest_estimated_delivery")
    return day(latest, "datetime", "datetime_max") or day(tracking, "expected_delivery")

"""17TRACK's webhooks (v2): ``{"event", "data"}`` with the whole history of a number, from all of its carriers.

Signature: ``sign``, SHA-256 in hex of the raw body, a slash and the API key; no HMAC, and the key is the secret. A
delivery has no id: it is known by its body.

Decisions:

- **The latest status wins** over the events. Its sub-status says more than the status, and a new one that we do not
  list means what its status means.
- **Several carriers** tell one parcel: their events are one set, the last carrier is the one that has it now, and the
  number of the last mile is another number of the same parcel.
- **Times**: ``time_utc``. Where the carrier gave no zone (``time_raw`` without one), 17TRACK has guessed it, and the
  time is marked as uncertain.
- **TRACKING_STOPPED** says that nobody looks any more, not what became of the parcel: no news, never "lost".
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
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
from events.sources import Envelope, Headers, Ignored
from shelf.reasons import Reason
from shelf.signatures import signed_by_any
from tracking.carriers.names import carrier_slug
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen
from tracking.carriers.summary import with_summary

SOURCE = "17track"
UPDATED, STOPPED = "TRACKING_UPDATED", "TRACKING_STOPPED"

NOT_READ = gettext_noop("17TRACK's “%(topic)s” is not read: only updates of trackings are.")
NOT_AN_EVENT = gettext_noop("This is no event of 17TRACK: it has no event name. Nothing to read here.")
LOOKS_NO_MORE = gettext_noop("17TRACK looks for this parcel no more. That says nothing about the parcel itself.")

STATUSES = {
    "NotFound": Meaning("pending"),
    "InfoReceived": Meaning("info_received"),
    "InTransit": Meaning("in_transit"),
    "InTransit_PickedUp": Meaning("picked_up"),
    "InTransit_CustomsProcessing": Meaning("in_transit", "customs"),
    "InTransit_CustomsRequiringInformation": Meaning("exception", "documents"),
    "Expired": Meaning("expired"),
    "AvailableForPickup": Meaning("ready_for_pickup"),
    "OutForDelivery": Meaning("out_for_delivery"),
    "DeliveryFailure": Meaning("attempt_failed"),
    "DeliveryFailure_NoBody": Meaning("attempt_failed", "recipient_absent"),
    "DeliveryFailure_Security": Meaning("attempt_failed", "security"),
    "DeliveryFailure_Rejected": Meaning("attempt_failed", "refused"),
    "DeliveryFailure_InvalidAddress": Meaning("attempt_failed", "address"),
    "Delivered": Meaning("delivered"),
    "Exception": Meaning("exception"),
    "Exception_Returning": Meaning("returning"),
    "Exception_Returned": Meaning("returned"),
    "Exception_NoBody": Meaning("exception", "recipient_absent"),
    "Exception_Security": Meaning("exception", "security"),
    "Exception_Damage": Meaning("exception", "damaged"),
    "Exception_Rejected": Meaning("exception", "refused"),
    "Exception_Delayed": Meaning("exception", "carrier_delay"),
    "Exception_Lost": Meaning("exception", "lost"),
    "Exception_Destroyed": Meaning("exception", "destroyed"),
    "Exception_Cancel": Meaning("cancelled"),
    # Stages of single events, where no sub-status stands beside them.
    "PickedUp": Meaning("picked_up"),
    "Departure": Meaning("in_transit"),
    "Arrival": Meaning("in_transit"),
    "Returning": Meaning("returning"),
    "Returned": Meaning("returned"),
}


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return signed_by_any(headers.get("sign"), body, secrets, sign)


def sign(secret: str, body: bytes) -> str:
    return sha256(body + b"/" + secret.encode()).hexdigest()


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=label(parsed(body).get("event")))


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    if topic not in (UPDATED, STOPPED):
        return Ignored(Reason(NOT_READ, {"topic": topic}) if topic else Reason(NOT_AN_EVENT))
    data = group(fields(payload), "data")
    if topic == STOPPED and not group(data, "track_info"):
        return Ignored(Reason(LOOKS_NO_MORE))
    return (read_tracking(data),)


def read_tracking(data: Payload) -> ParcelSeen:
    number = required(text(data, "number", longest=100), "number")
    info = group(data, "track_info")
    providers = rows(group(info, "tracking"), "providers")
    scans = [_scan(event) for provider in providers for event in rows(provider, "events")]
    latest, extra = group(info, "latest_status"), group(info, "misc_info")
    shipping = group(info, "shipping_info")
    told_at = _looked_at(providers)
    return ParcelSeen(
        number=number,
        told_at=told_at,
        carrier=carrier_slug(_carrier_name(providers), number),
        checkpoints=with_summary(
            tuple(dict.fromkeys(scans)),
            meaning(text(latest, "sub_status"), text(latest, "status")),
            told_at=told_at,
            raw_code=text(latest, "sub_status", "status", longest=100),
        ),
        estimated_on=day(group(group(info, "time_metrics"), "estimated_delivery_date"), "to", "from"),
        order_number=text(data, "tag", longest=64),
        aliases=_last_mile(extra, number),
        service=text(extra, "service_type", longest=100),
        origin=_place(group(shipping, "shipper_address")),
        destination=_place(group(shipping, "recipient_address")),
    )


def meaning(*words: str) -> Meaning:
    """What the first word says that we know; of a sub-status that we do not list, its status."""
    known = (STATUSES.get(word) or STATUSES.get(word.partition("_")[0]) for word in words if word)
    return next(filter(None, known), UNKNOWN if any(words) else Meaning("pending"))


def _scan(event: Payload) -> CheckpointSeen:
    milestone, reason, known = meaning(text(event, "sub_status"), text(event, "stage"))
    place, raw = group(event, "address"), group(event, "time_raw")
    certain = not raw or bool(text(raw, "timezone"))
    return CheckpointSeen(
        occurred_at=required_moment(event, "time_utc", "time_iso"),
        milestone=milestone,
        reason=reason,
        raw_code=text(event, "sub_status", "stage", longest=100),
        message=text(event, "description", longest=500),
        city=text(place, "city") or text(event, "location"),
        country=country(place, "country"),
        occurred_local="" if certain else " ".join(filter(None, (text(raw, "date"), text(raw, "time")))),
        tz_known=certain,
        unknown=not known,
    )


def _looked_at(providers: Iterable[Payload]) -> datetime | None:
    return max(filter(None, (moment(provider, "latest_sync_time") for provider in providers)), default=None)


def _carrier_name(providers: Sequence[Payload]) -> str:
    """The last carrier that has something to tell: the first one handed the parcel over to it."""
    telling = [provider for provider in providers if rows(provider, "events")] or providers
    return text(group(telling[-1], "provider"), "alias", "name") if telling else ""


def _last_mile(extra: Payload, number: str) -> tuple[tuple[str, str], ...]:
    other = text(extra, "local_number", longest=100)
    return ((carrier_slug(text(extra, "local_provider"), other), other),) if other and other != number else ()


def _place(address: Payload) -> str:
    return text(address, "city") or country(address, "country")

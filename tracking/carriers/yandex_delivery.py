"""Yandex Delivery, to another day: ``request/history``, asked for; it sends nothing of its own accord.

A receipt holds one request with all its states, under ``request_id`` and ``state_history``.

Decisions:

- **The number is the request's id** (``77241d8009bb46d0bff5c65a73077bcd-udp``): Yandex has no other to ask with. It is
  compared here without its dash and in capitals, and asked about as Yandex writes it.
- **CANCELLED has a reason** beside it: the pair is looked up first. Not collected in time is the way back; lost and
  broken are trouble, not a cancellation.
- **A confirmation code** was asked for at the point: the parcel is still there.
- **A moved interval** says neither who moved it nor to when: it is a scan of the way.
- Express delivery ("claims") is another service with another address, and is not asked.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_noop

from events.payloads import Payload, fields, moment, parse_object, required, rows, text, unix_moment
from events.sources import Asking, Delivery, Envelope, Headers, Ignored, NotAnswered, Polled
from shelf.reasons import Reason
from tracking.carriers.questions import delivery_of, one_by_one, told_rows
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen

TOPIC = "request/history"
HOST = "https://b2b-authproxy.taxi.yandex.net"
AT_ONCE = 15
REQUEST_ID = re.compile(r"([0-9A-F]{32})(UDP)?", re.ASCII)

NOTHING_TOLD = gettext_noop("Yandex Delivery knows no state of this request yet.")

ACCEPTED, MOVING, READY = Meaning("info_received"), Meaning("in_transit"), Meaning("ready_for_pickup")
DELIVERED, BACK, RETURNED = Meaning("delivered"), Meaning("returning"), Meaning("returned")
STATUSES = {
    "DRAFT": Meaning("pending"),
    "VALIDATING": Meaning("pending"),
    "VALIDATING_ERROR": Meaning("exception", "other"),
    "CREATED": ACCEPTED,
    "DELIVERY_PROCESSING_STARTED": ACCEPTED,
    "DELIVERY_TRACK_RECIEVED": ACCEPTED,  # so it is spelt
    "SORTING_CENTER_PROCESSING_STARTED": ACCEPTED,
    "SORTING_CENTER_TRACK_RECEIVED": ACCEPTED,
    "SORTING_CENTER_TRACK_LOADED": ACCEPTED,
    "DELIVERY_LOADED": ACCEPTED,
    "SORTING_CENTER_LOADED": ACCEPTED,
    "SORTING_CENTER_AT_START": Meaning("picked_up"),
    "SORTING_CENTER_PREPARED": MOVING,
    "SORTING_CENTER_TRANSMITTED": MOVING,
    "DELIVERY_AT_START": MOVING,
    "DELIVERY_AT_START_SORT": MOVING,
    "DELIVERY_TRANSPORTATION": MOVING,
    "DELIVERY_TRANSPORTATION_RECIPIENT": Meaning("out_for_delivery"),
    "DELIVERY_TIME_INTERVALS_UPDATED": MOVING,
    "DELIVERY_ARRIVED_PICKUP_POINT": READY,
    "DELIVERY_STORAGE_PERIOD_EXTENDED": READY,
    "CONFIRMATION_CODE_RECEIVED": READY,
    "DELIVERY_STORAGE_PERIOD_EXPIRED": Meaning("exception", "storage_expired"),
    "DELIVERY_ATTEMPT_FAILED": Meaning("attempt_failed"),
    "DELIVERY_TRANSMITTED_TO_RECIPIENT": DELIVERED,
    "DELIVERY_DELIVERED": DELIVERED,
    "PARTICULARLY_DELIVERED": Meaning("delivered", "partly"),
    "FINISHED": DELIVERED,
    "CANCELLED": Meaning("cancelled"),
    "CANCELLED/PICKUP_EXPIRED": Meaning("returning", "storage_expired"),
    "CANCELLED/ORDER_WAS_LOST": Meaning("exception", "lost"),
    "CANCELLED/BROKEN_ITEM": Meaning("exception", "damaged"),
    "SORTING_CENTER_RETURN_PREPARING": BACK,
    "SORTING_CENTER_RETURN_PREPARING_SENDER": BACK,
    "SORTING_CENTER_RETURN_ARRIVED": BACK,
    "SORTING_CENTER_RETURN_RETURNED": RETURNED,
    "RETURN_PREPARING": BACK,
    "RETURN_TRANSPORTATION_STARTED": BACK,
    "RETURN_ARRIVED_DELIVERY": BACK,
    "RETURN_TRANSMITTED_FULFILMENT": BACK,
    "RETURN_READY_FOR_PICKUP": BACK,
    "RETURN_RETURNED": RETURNED,
}
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not Yandex


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=TOPIC)


def poll(asking: Asking) -> Polled:
    return one_by_one(asking, lambda number: _asked(asking, number))


def _asked(asking: Asking, number: str) -> Delivery | None:
    if not (written := request_id(number)):
        return None
    try:
        answer = asking.fetch(
            "GET",
            f"{asking.address or HOST}/api/b2b/platform/request/history?{urlencode({'request_id': written})}",
            headers={"authorization": f"Bearer {asking.token}", "accept": "application/json"},
        )
    except NotAnswered as error:
        if error.status == 404:  # no such request of this client
            return None
        raise
    states = told_rows(parse_object(answer.body), "state_history")
    return delivery_of(TOPIC, {"request_id": written, "state_history": states}) if states else None


def request_id(number: str) -> str:
    """As Yandex writes it; "" for what is none."""
    found = REQUEST_ID.fullmatch(number)
    return "-".join(filter(None, found.groups())).lower() if found else ""


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    told = fields(payload)
    number = required(text(told, "request_id", longest=100), "request_id")
    states = rows(told, "state_history")
    if not states:
        return Ignored(Reason(NOTHING_TOLD))
    return (ParcelSeen(number=number, carrier="yandex_delivery", checkpoints=tuple(_scans(states))),)


def _scans(states: Iterable[Payload]) -> Iterable[CheckpointSeen]:
    for state in states:
        status, at = (
            text(state, "status", longest=60),
            moment(state, "timestamp_utc") or unix_moment(state, "timestamp"),
        )
        if not status or at is None:
            continue
        pair = f"{status}/{text(state, 'reason', longest=39)}"
        code = pair if pair in STATUSES else status
        said = STATUSES.get(code, UNKNOWN)
        yield CheckpointSeen(
            occurred_at=at,
            milestone=said.milestone,
            reason=said.reason,
            raw_code=code,
            message=text(state, "description", longest=300),
            country="RU",
            unknown=not said.known,
        )

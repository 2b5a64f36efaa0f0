"""Ukrposhta: ``statuses/with-not-found`` of its status tracking, asked for; it sends nothing of its own accord.

A receipt holds one parcel with all its events, under ``barcode`` and ``statuses``.

Decisions:

- **The table** holds the events that public integrations name; Ukrposhta's own appendix was not at hand. Any other one
  is kept and counted, for the owner to say.
- **21700, at the point of issue**, is ready to collect. Where the parcel is brought to a door, it waits there for the
  courier; nothing in the answer tells the two apart.
- **31200 begins the way back**; every event after it is one of the way back.
- **Times are Kyiv's**, without an offset. **No promise**: Ukrposhta names no day.
- **Only numbers of its two forms are asked about**: one of another form would refuse all fifty.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_noop

from events.payloads import Payload, count, fields, group, parse_object, required, rows, text
from events.sources import Asking, Envelope, Headers, Ignored, Polled, Unreadable
from shelf.reasons import Reason
from tracking.carriers.local_times import local_time
from tracking.carriers.names import zone_of
from tracking.carriers.questions import NOT_TOLD, SOON, askable, delivery_of, of_the_way_back
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen

TOPIC = "statuses"
HOST = "https://www.ukrposhta.ua"
AT_ONCE = 50
NUMBER = re.compile(r"\d{13}|[A-Z]{2}\d{9}[A-Z]{2}", re.ASCII)
ZONE = zone_of("ukrposhta")

NOTHING_TOLD = gettext_noop("Ukrposhta knows no event of this parcel yet.")

MOVING, READY = Meaning("in_transit"), Meaning("ready_for_pickup")
STATUSES = {
    "10100": Meaning("picked_up"),
    "10600": Meaning("cancelled"),
    "10602": Meaning("cancelled"),
    "10603": Meaning("cancelled"),
    "20700": MOVING,
    "20800": MOVING,
    "20900": MOVING,
    "21400": READY,
    "21500": MOVING,
    "21700": READY,
    "31200": Meaning("returning"),
    "31300": MOVING,
    "31400": Meaning("attempt_failed"),
    "41000": Meaning("delivered"),
    "41010": Meaning("returned"),
    "48000": Meaning("delivered"),
}
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not Ukrposhta


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=TOPIC)


def poll(asking: Asking) -> Polled:
    numbers = [number for number in askable(asking) if NUMBER.fullmatch(number)]
    told = _asked(asking, numbers) if numbers else {}
    found = [{"barcode": number, "statuses": rows(told, number)} for number in numbers if rows(told, number)]
    again_in = timedelta(0) if len(asking.wanted) >= AT_ONCE else SOON
    return Polled(tuple(delivery_of(TOPIC, one) for one in found), {}, again_in)


def _asked(asking: Asking, numbers: Sequence[str]) -> Payload:
    answer = asking.fetch(
        "POST",
        f"{asking.address or HOST}/status-tracking/0.0.1/statuses/with-not-found",
        headers={
            "authorization": f"Bearer {asking.token}",
            "content-type": "application/json",
            "accept": "application/json",
        },
        body=json.dumps(numbers).encode(),
    )
    told = parse_object(answer.body)
    if "found" not in told:
        raise Unreadable(NOT_TOLD, field="found")
    return group(told, "found")


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    told = fields(payload)
    number = required(text(told, "barcode", longest=100), "barcode")
    events = rows(told, "statuses")
    if not events:
        return Ignored(Reason(NOTHING_TOLD))
    ordered = sorted(events, key=lambda event: count(event, "step"))
    scans = tuple(of_the_way_back(_scans(ordered)))
    return (ParcelSeen(number=number, carrier="ukrposhta", checkpoints=scans, service=_service(ordered)),)


def _service(events: Sequence[Payload]) -> str:
    return next((told for event in events if (told := text(event, "mailType", longest=60))), "")


def _scans(events: Iterable[Payload]) -> Iterable[CheckpointSeen]:
    for event in events:
        code, at = text(event, "event", longest=100), local_time(event, ZONE, "date")
        if not code or at is None:
            continue
        said = STATUSES.get(code, UNKNOWN)
        yield CheckpointSeen(
            occurred_at=at.at,
            milestone=said.milestone,
            reason=said.reason,
            raw_code=code,
            message=": ".join(filter(None, (text(event, "eventName"), text(event, "eventReason")))),
            city=text(event, "name", longest=120),
            occurred_local=at.written,
            tz_known=False,
            unknown=not said.known,
        )

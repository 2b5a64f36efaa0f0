"""Meest: ``tracking/<number>`` of its open API (version 3), asked for; it sends nothing of its own accord.

A receipt holds one parcel with all its events, under ``number`` and ``result``.

Decisions:

- **An event says what it is three times**: by Meest's own number, by the post's international code (UPU), and in words.
  Meest's table of its numbers was not at hand: the few that public integrations agree on come first, then the post's
  code, then the first word. What none of the three knows is kept and counted.
- **A return has the same number**: after an event of the way back all are of the way back.
- **Times are Kyiv's**, without an offset. **No promise** stands in this answer.
- **No parcel** is an empty result, or "Error" with 200: no news, for a number is often unknown for hours. An error that
  speaks of the token is a refused key.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_noop

from events.payloads import Payload, fields, group, parse_object, required, rows, text
from events.sources import Asking, Delivery, Envelope, Headers, Ignored, KeyRefused, Polled
from shelf.reasons import Reason
from tracking.carriers.local_times import local_time
from tracking.carriers.names import zone_of
from tracking.carriers.questions import delivery_of, of_the_way_back, one_by_one, told_rows
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen

TOPIC = "tracking"
HOST = "https://api.meest.com"
AT_ONCE = 15
ZONE = zone_of("meest")

REFUSED = gettext_noop("Meest answered with an error: “%(error)s”.")
NOTHING_TOLD = gettext_noop("Meest knows no event of this parcel yet.")

ACCEPTED, MOVING, READY = Meaning("info_received"), Meaning("in_transit"), Meaning("ready_for_pickup")
TAKEN, COURIER, DELIVERED = Meaning("picked_up"), Meaning("out_for_delivery"), Meaning("delivered")
CUSTOMS = Meaning("exception", "customs")
STATUSES = {
    "2": ACCEPTED,
    "606": TAKEN,
    "8081": MOVING,
    "1622": DELIVERED,
    "EMA": TAKEN,
    "EMB": MOVING,
    "EMC": MOVING,
    "EMD": MOVING,
    "EME": CUSTOMS,
    "EMF": MOVING,
    "EMG": MOVING,
    "EMH": Meaning("attempt_failed"),
    "EMI": DELIVERED,
    "EMJ": MOVING,
    "EMK": MOVING,
    "EDB": MOVING,
    "EDC": MOVING,
    "EDD": MOVING,
    "EDE": MOVING,
    "EDF": Meaning("exception", "held"),
    "EDG": COURIER,
    "EDH": READY,
    "EXA": MOVING,
    "EXB": CUSTOMS,
    "EXC": MOVING,
    "EXD": Meaning("exception", "held"),
    "оформлено": ACCEPTED,
    "прийнято": TAKEN,
    "надходження": MOVING,
    "відправка": MOVING,
    "транзит": MOVING,
    "прибуло": MOVING,
    "видано": COURIER,
    "надійшло": READY,
    "доручено": DELIVERED,
    "відмова": Meaning("attempt_failed", "refused"),
    "повернуто": Meaning("returned"),
    "повернуте": Meaning("returned"),
}
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not Meest


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=TOPIC)


def poll(asking: Asking) -> Polled:
    return one_by_one(asking, lambda number: _asked(asking, number))


def _asked(asking: Asking, number: str) -> Delivery | None:
    answer = asking.fetch(
        "GET",
        f"{asking.address or HOST}/v3.0/openAPI/tracking/{quote(number, safe='')}",
        headers={"token": asking.token, "accept": "application/json"},
    )
    told = parse_object(answer.body)
    if text(told, "status") == "Error":
        words = text(told, "info", "message", "messageDetails", longest=200)
        if "token" in words.lower():
            raise KeyRefused(REFUSED, error=words)
        return None
    events = told_rows(told, "result")
    return delivery_of(TOPIC, {"number": number, "result": events}) if events else None


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    told = fields(payload)
    number = required(text(told, "number", longest=100), "number")
    events = rows(told, "result")
    if not events:
        return Ignored(Reason(NOTHING_TOLD))
    scans = sorted(_scans(events), key=lambda scan: scan.occurred_at)
    further = {other for event in events for other in (text(event, "barCode"), text(event, "parcelNumber")) if other}
    aliases = tuple(("", other) for other in sorted(further - {number}))
    return (ParcelSeen(number=number, carrier="meest", checkpoints=tuple(of_the_way_back(scans)), aliases=aliases),)


def meaning(event: Payload) -> Meaning:
    words = text(group(event, "eventDescr"), "descrUA").casefold().split()
    told = (text(event, "eventCode"), text(event, "eventCodeUPU").upper(), words[0].strip(".,:") if words else "")
    return next((STATUSES[code] for code in told if code in STATUSES), UNKNOWN)


def _scans(events: Iterable[Payload]) -> Iterable[CheckpointSeen]:
    for event in events:
        code, at = text(event, "eventCode", "eventCodeUPU", longest=100), local_time(event, ZONE, "eventDateTime")
        if not code or at is None:
            continue
        said = meaning(event)
        yield CheckpointSeen(
            occurred_at=at.at,
            milestone=said.milestone,
            reason=said.reason,
            raw_code=code,
            message=_in_ukrainian(event, "eventDescr"),
            city=_in_ukrainian(event, "eventCityDescr")[:120],
            occurred_local=at.written,
            tz_known=False,
            unknown=not said.known,
        )


def _in_ukrainian(event: Payload, name: str) -> str:
    return text(group(event, name), "descrUA", "descrEN")

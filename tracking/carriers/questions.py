"""What the carriers that are asked have in common: numbers one after the other, and answers as deliveries."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_noop

from events.payloads import Payload, rows
from events.sources import Asking, Delivery, KeyRefused, Polled, Unreadable
from shelf.reasons import Refusal
from tracking.carriers.seen import CheckpointSeen

SOON = timedelta(minutes=5)  # so that those that become due meanwhile go in one call
LONGEST_NUMBER = 40
PLACES_AGAIN, PLACES_AT_ONCE = timedelta(days=7), 10

NOT_TOLD = gettext_noop("The answer has no “%(field)s”: it is of another kind than was asked for.")


def delivery_of(topic: str, told: Any) -> Delivery:
    """What was answered about one parcel; told again word for word, it is the same delivery."""
    body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    return Delivery(f"sha256:{sha256(body).hexdigest()}", topic, body)


def askable(asking: Asking) -> list[str]:
    """The wanted numbers that can be some carrier's: what shops write into that field goes into no address."""
    numbers = (one.number for one in asking.wanted)
    return [n for n in numbers if n.isascii() and n.isalnum() and len(n) <= LONGEST_NUMBER]


def one_by_one(asking: Asking, ask: Callable[[str], Delivery | None], again_in: timedelta = SOON) -> Polled:
    """Ask about each wanted number; what was answered before an odd answer is kept, and that one comes first next."""
    found: list[Delivery | None] = []
    numbers = askable(asking)
    for place, number in enumerate(numbers):
        try:
            found.append(ask(number))
        except Refusal as error:
            if not place or isinstance(error, KeyRefused):
                raise
            skipped = {one.number for one in asking.wanted} - set(numbers)
            return Polled(_told(found), dict(asking.cursor), SOON, asked=(*numbers[:place], *skipped))
    return Polled(_told(found), dict(asking.cursor), again_in)


def ask_places(
    asking: Asking, refs: Iterable[str], ask: Callable[[str], Iterable[Delivery]]
) -> tuple[list[Delivery], dict[str, Any]]:
    """What is told of these places of a directory, of each once a week; the cursor remembers which were asked about.

    An extra, whose failure costs nothing.
    """
    long_ago = (asking.now - PLACES_AGAIN).isoformat()
    fresh = {ref: at for ref, at in asking.cursor.get("places", {}).items() if at > long_ago}
    found: list[Delivery] = []
    for ref in [ref for ref in dict.fromkeys(refs) if ref and ref not in fresh][:PLACES_AT_ONCE]:
        try:
            found += ask(ref)
        except Refusal:
            break
        fresh[ref] = asking.now.isoformat()
    return found, {"places": fresh}


def _told(found: Iterable[Delivery | None]) -> tuple[Delivery, ...]:
    return tuple(filter(None, found))


def told_rows(told: Payload, name: str) -> list[Payload]:
    """The list of this name, which an answer to our question has even where it is empty."""
    if name not in told:
        raise Unreadable(NOT_TOLD, field=name)
    return rows(told, name)


def of_the_way_back(scans: Iterable[CheckpointSeen]) -> Iterable[CheckpointSeen]:
    """Scans in their order: those after the first one of the way back are of the way back too."""
    back = False
    for scan in scans:
        back = back or scan.milestone in ("returning", "returned")
        yield replace(scan, returning=True) if back else scan

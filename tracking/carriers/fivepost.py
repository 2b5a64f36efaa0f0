"""5Post: ``getOrderHistory`` of its partners' API, asked for; it sends nothing of its own accord.

A receipt holds one order with all its states, under ``number`` and ``history``. The key is changed for a pass of
an hour (JWT) before each round of questions.

Decisions:

- **The number** is 5Post's id of the order (a UUID), or the shop's own number of it (``senderOrderId``): asked as
  whichever it looks like.
- **A state is a pair**: the order's, and what is being done. The pair is looked up first, then what is being done.
  What an *unclaimed* order goes through is the way back.
- **Received in the store** is ready to collect: where there is no locker, nothing more is told before it is taken.
- **The table** holds the states that public clients name; the vendor's document was not at hand.
"""

import json
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext_noop

from events.payloads import Payload, fields, moment, parse_list, parse_object, required, rows, text
from events.sources import Asking, Delivery, Envelope, Headers, Ignored, KeyRefused, NotAnswered, Polled
from shelf.reasons import Reason
from tracking.carriers.questions import delivery_of, one_by_one
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen

TOPIC = "getOrderHistory"
HOST = "https://api-omni.x5.ru"
AT_ONCE = 15
UUID_FORM = re.compile(r"[0-9A-F]{32}", re.ASCII)

NO_PASS = gettext_noop("5Post gave no pass for this key.")
NOTHING_TOLD = gettext_noop("5Post knows no state of this order yet.")

MOVING, READY, BACK = Meaning("in_transit"), Meaning("ready_for_pickup"), Meaning("returning")
STATUSES = {
    "CREATED": Meaning("info_received"),
    "APPROVED": Meaning("info_received"),
    "REJECTED": Meaning("cancelled"),
    "CANCELLED": Meaning("cancelled"),
    "PROBLEM": Meaning("exception", "other"),
    "RECEIVED_IN_DROP": Meaning("picked_up"),
    "RECEIVED_IN_WAREHOUSE_BY_PLACES": Meaning("picked_up"),
    "PRESORTED": MOVING,
    "RECEIVED_IN_WAREHOUSE_IN_DETAILS": MOVING,
    "RECEIVED_IN_TRANSIT_WAREHOUSE": MOVING,
    "SORTED_IN_WAREHOUSE": MOVING,
    "PLACED_IN_CONSOLIDATION_CELL_IN_WAREHOUSE": MOVING,
    "COMPLECTED_IN_WAREHOUSE": MOVING,
    "READY_TO_BE_SHIPPED_FROM_WAREHOUSE": MOVING,
    "SHIPPED": MOVING,
    "RECEIVED_IN_STORE": READY,
    "PLACED_IN_POSTAMAT": READY,
    "WAITING_FOR_REPICKUP": READY,
    "PICKED_UP": Meaning("delivered"),
    "READY_FOR_WITHDRAW_FROM_PICKUP_POINT": Meaning("exception", "storage_expired"),
    "UNCLAIMED/READY_FOR_WITHDRAW_FROM_PICKUP_POINT": Meaning("returning", "storage_expired"),
    "WITHDRAWN_FROM_PICKUP_POINT": BACK,
    "READY_FOR_RETURN": BACK,
    "RETURNED_TO_PARTNER": Meaning("returned"),
    "LOST": Meaning("exception", "lost"),
    "READY_FOR_UTILIZE": Meaning("exception", "destroyed"),
    "UTILIZED": Meaning("exception", "destroyed"),
}
BEFORE_THE_WAY_BACK = ("UNCLAIMED/WAITING_FOR_REPICKUP", "UNCLAIMED/PLACED_IN_POSTAMAT", "UNCLAIMED/RECEIVED_IN_STORE")
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not 5Post


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=TOPIC)


def poll(asking: Asking) -> Polled:
    own_pass = _pass(asking)
    return one_by_one(asking, lambda number: _asked(asking, own_pass, number))


def _pass(asking: Asking) -> str:
    answer = asking.fetch(
        "POST",
        f"{asking.address or HOST}/jwt-generate-claims/rs256/1?{urlencode({'apikey': asking.token})}",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode({"subject": "OpenAPI", "audience": "A122019!"}).encode(),
    )
    given = text(parse_object(answer.body), "jwt", longest=10_000)
    if not given:
        raise KeyRefused(NO_PASS)
    return given


def _asked(asking: Asking, own_pass: str, number: str) -> Delivery | None:
    try:
        answer = asking.fetch(
            "POST",
            f"{asking.address or HOST}/api/v1/{TOPIC}",
            headers={"authorization": f"Bearer {own_pass}", "content-type": "application/json"},
            body=json.dumps(question(number)).encode(),
        )
    except NotAnswered as error:
        if error.status == 404:  # no such order of this client
            return None
        raise
    history = parse_list(answer.body)
    return delivery_of(TOPIC, {"number": number, "history": history}) if history else None


def question(number: str) -> dict[str, str]:
    return {"orderId": str(UUID(number))} if UUID_FORM.fullmatch(number) else {"senderOrderId": number}


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    told = fields(payload)
    number = required(text(told, "number", longest=100), "number")
    history = rows(told, "history")
    if not history:
        return Ignored(Reason(NOTHING_TOLD))
    ids = sorted({own for state in history if (own := text(state, "orderId"))})
    return (
        ParcelSeen(
            number=number,
            carrier="fivepost",
            checkpoints=tuple(_scans(history)),
            order_number=next((own for state in history if (own := text(state, "senderOrderId", longest=64))), ""),
            aliases=tuple(("", own) for own in ids),
        ),
    )


def _scans(history: Iterable[Payload]) -> Iterable[CheckpointSeen]:
    for state in history:
        status, done, at = text(state, "status"), text(state, "executionStatus", "status"), moment(state, "changeDate")
        if not done or at is None:
            continue
        pair = f"{status}/{done}"
        code = pair if pair in STATUSES else done
        said = STATUSES.get(code, UNKNOWN)
        yield CheckpointSeen(
            occurred_at=at,
            milestone=said.milestone,
            reason=said.reason,
            raw_code=code[:100],
            country="RU",
            returning=status == "UNCLAIMED" and pair not in BEFORE_THE_WAY_BACK,
            unknown=not said.known,
        )

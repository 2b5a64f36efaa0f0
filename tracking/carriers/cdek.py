"""CDEK: one status a push (``ORDER_STATUS``), news of the day and place of delivery, and the order itself, asked for.

CDEK signs nothing: the secret stands in the address (``?token=``). A delivery has no id, and a second subscription
doubles each: a status is known by order, code, time and whether it is taken back, anything else by its body.

Decisions:

- **The code** may have spaces behind it; two spellings of many codes live side by side; the numeric ``status_code`` is
  obsolete and not read.
- **RETURNED_TO_…_WAREHOUSE does not mean the way back**, says CDEK: a carrier on the way did not take it, or the next
  attempt follows.
- **A return has a number of its own** and names the parcel it brings back: its scans belong to that parcel, as scans of
  the way back. One that names none stands for itself.
- **Handed over in part** (DELIVERED with reason 20) is delivered, partly.
- **A status that is taken back** (``deleted``) retracts the scan with its time and code.
- **With a key a push is a hint**: its parcel is asked about at once (``order``), and only the answer is believed.
- **ORDER_MODIFIED names no number**, only CDEK's uuid: each status leaves it with the parcel.
- **The office where a parcel waits** is asked for in the directory, once a week: its address and its hours. An extra,
  whose failure costs nothing.
- **An agreed day** is the recipient's choice, not lateness of the shop. **DELIV_PROBLEM** has codes that we have seen
  no list of: kept, counted, for the owner to say.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_noop

from events.payloads import (
    Payload,
    day,
    fields,
    group,
    label,
    parse_list,
    parse_object,
    parsed,
    plain,
    required,
    required_moment,
    rows,
    text,
)
from events.sources import (
    IN_ADDRESS,
    Asking,
    Delivery,
    Envelope,
    Headers,
    Ignored,
    KeyRefused,
    NotAnswered,
    Polled,
    Unreadable,
    two_parts,
)
from shelf.reasons import Reason
from shelf.signatures import is_one_of
from tracking.carriers.cdek_places import READ, read_place
from tracking.carriers.names import zone_of
from tracking.carriers.questions import NOT_TOLD, ask_places, delivery_of, one_by_one
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Meaning, ParcelSeen, PickupPoint, PlaceSeen

SECRET_IN_ADDRESS = True
PUSHES_ARE_HINTS = True  # where there is a key to ask with
HOST = "https://api.cdek.ru"
AT_ONCE = 15
ORDER, PLACE = "order", "deliverypoint"  # the topics of what was asked for
HAS_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
ZONE = zone_of("cdek")

READ_OF_ORDER = (  # nothing of the people in it
    "uuid",
    "cdek_number",
    "number",
    "is_return",
    "is_client_return",
    "related_entities",
    "planned_delivery_date",
    "keep_free_until",
    "delivery_point",
    "statuses",
)

NO_PASS = gettext_noop("CDEK gave no pass for this account.")
NOT_READ = gettext_noop("CDEK's “%(topic)s” is not read: it says nothing about a parcel's way.")
NOT_AN_EVENT = gettext_noop("This is no message of CDEK: it has no type. Nothing to read here.")
NOT_A_DATE_CHANGE = gettext_noop("The order was changed at CDEK (%(change)s); only a new day of delivery is read.")

ACCEPTED, MOVING, CUSTOMS = Meaning("info_received"), Meaning("in_transit"), Meaning("exception", "customs")
READY, TRY_AGAIN = Meaning("ready_for_pickup"), Meaning("attempt_failed")
STATUSES = {
    "ACCEPTED": ACCEPTED,
    "CREATED": ACCEPTED,
    "INVALID": Meaning("pending"),
    "REMOVED": Meaning("cancelled"),
    "RECEIVED_AT_SHIPMENT_WAREHOUSE": Meaning("picked_up"),
    "READY_TO_SHIP_AT_SENDING_OFFICE": MOVING,
    "READY_FOR_SHIPMENT_IN_SENDER_CITY": MOVING,
    "RETURNED_TO_SENDER_WAREHOUSE": MOVING,
    "RETURNED_TO_SENDER_CITY_WAREHOUSE": MOVING,
    "PASSED_TO_CARRIER_AT_SENDING_OFFICE": MOVING,
    "TAKEN_BY_TRANSPORTER_FROM_SENDER_CITY": MOVING,
    "SEND_TO_TRANSIT_OFFICE": MOVING,
    "SENT_TO_TRANSIT_CITY": MOVING,
    "MET_AT_TRANSIT_OFFICE": MOVING,
    "ACCEPTED_IN_TRANSIT_CITY": MOVING,
    "ACCEPTED_TO_OFFICE_TRANSIT_WAREHOUSE": MOVING,
    "ACCEPTED_AT_TRANSIT_WAREHOUSE": MOVING,
    "ENTERED_TO_OFFICE_TRANSIT_WAREHOUSE": MOVING,
    "ENTERED_TO_TRANSIT_WAREHOUSE": MOVING,
    "RETURNED_TO_TRANSIT_WAREHOUSE": MOVING,
    "READY_TO_SHIP_IN_TRANSIT_OFFICE": MOVING,
    "READY_FOR_SHIPMENT_IN_TRANSIT_CITY": MOVING,
    "PASSED_TO_CARRIER_AT_TRANSIT_OFFICE": MOVING,
    "TAKEN_BY_TRANSPORTER_FROM_TRANSIT_CITY": MOVING,
    "SEND_TO_SENDING_OFFICE": MOVING,
    "SENT_TO_SENDER_CITY": MOVING,
    "MET_AT_SENDING_OFFICE": MOVING,
    "ACCEPTED_IN_SENDER_CITY": MOVING,
    "SEND_TO_RECIPIENT_OFFICE": MOVING,
    "SENT_TO_RECIPIENT_CITY": MOVING,
    "MET_AT_RECIPIENT_OFFICE": MOVING,
    "ACCEPTED_IN_RECIPIENT_CITY": MOVING,
    "ACCEPTED_AT_DELIVERY_WAREHOUSE": MOVING,
    "ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE": MOVING,
    "ENTERED_TO_DELIVERY_WAREHOUSE": MOVING,
    "ENTERED_TO_RECIPIENT_CITY_WAREHOUSE": MOVING,
    "ENTERED_TO_WAREHOUSE_ON_DEMAND": MOVING,
    "ENTERED_TO_PICK_UP_POINT": MOVING,
    "IN_CUSTOMS_INTERNATIONAL": CUSTOMS,
    "IN_CUSTOMS_LOCAL": CUSTOMS,
    "CUSTOMS_COMPLETE": MOVING,
    "SHIPPED_TO_DESTINATION": MOVING,
    "PASSED_TO_TRANSIT_CARRIER": MOVING,
    "ACCEPTED_AT_WAREHOUSE_ON_DEMAND": READY,
    "ACCEPTED_AT_PICK_UP_POINT": READY,
    "POSTOMAT_POSTED": READY,
    "ISSUED_FOR_DELIVERY": Meaning("out_for_delivery"),
    "TAKEN_BY_COURIER": Meaning("out_for_delivery"),
    "RETURNED_TO_DELIVERY_WAREHOUSE": TRY_AGAIN,
    "RETURNED_TO_RECIPIENT_CITY_WAREHOUSE": TRY_AGAIN,
    "DELIVERED": Meaning("delivered"),
    "DELIVERED/20": Meaning("delivered", "partly"),
    "POSTOMAT_RECEIVED": Meaning("delivered"),
    "POSTOMAT_SEIZED": Meaning("exception", "storage_expired"),
    "NOT_DELIVERED": Meaning("returning"),
    "NOT_DELIVERED/1": Meaning("returning", "address"),
    "NOT_DELIVERED/2": Meaning("returning", "recipient_absent"),
    **{f"NOT_DELIVERED/{code}": Meaning("returning", "refused") for code in range(11, 23)},
    "NOT_DELIVERED/23": Meaning("returning", "storage_expired"),
    "NOT_DELIVERED/24": Meaning("returning", "customs"),
    "NOT_DELIVERED/26": Meaning("exception", "lost"),
    "NOT_DELIVERED/27": Meaning("exception", "destroyed"),
}


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return is_one_of(headers.get(IN_ADDRESS), secrets)


def envelope(headers: Headers, body: bytes) -> Envelope:
    event = parsed(body)
    topic, told = label(event.get("type")), event.get("attributes")
    told = told if isinstance(told, dict) else {}
    parts = [label(event.get("uuid")), *(label(told.get(name)) for name in ("code", "status_date_time"))]
    if topic == "ORDER_STATUS" and all(parts):
        taken_back = "deleted" if told.get("deleted") is True else "told"
        return Envelope(key=":".join([topic, *parts, label(told.get("status_reason_code")), taken_back]), topic=topic)
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=topic)


def poll(asking: Asking) -> Polled:
    own_pass, points = _pass(asking), []

    def ask(number: str) -> Delivery | None:
        order = _asked(asking, own_pass, number)
        points.append(waits_at(order))
        return delivery_of(ORDER, {"entity": order}) if order else None

    polled = one_by_one(asking, ask)
    places, cursor = ask_places(asking, points, lambda code: _places(asking, own_pass, code))
    return replace(polled, deliveries=(*places, *polled.deliveries), cursor=cursor)


def waits_at(order: Payload) -> str:
    """The code of the office where the parcel waits to be collected; CDEK tells the newest status first."""
    newest = next(iter(rows(order, "statuses")), {})
    ready = STATUSES.get(text(newest, "code"), UNKNOWN) is READY
    code = text(order, "delivery_point", longest=60)
    return code if ready and code.isascii() and code.isalnum() else ""


def _pass(asking: Asking) -> str:
    account, password = two_parts(asking.token, "account:password")
    asked = {"grant_type": "client_credentials", "client_id": account, "client_secret": password}
    answer = asking.fetch(
        "POST",
        f"{asking.address or HOST}/v2/oauth/token",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(asked).encode(),
    )
    given = text(parse_object(answer.body), "access_token", longest=10_000)
    if not given:
        raise KeyRefused(NO_PASS)
    return given


def _asked(asking: Asking, own_pass: str, number: str) -> Payload:
    """The order with this number, without its people; empty where it is not this client's, or nothing happened yet."""
    try:
        order = parse_object(_get(asking, own_pass, "orders", cdek_number=number))
    except NotAnswered as error:
        if error.status in (400, 404):  # no such order of this client
            return {}
        raise
    if "entity" not in order:
        raise Unreadable(NOT_TOLD, field="entity")
    entity = group(order, "entity")
    told = {name: entity[name] for name in READ_OF_ORDER if name in entity}
    return told if rows(told, "statuses") else {}


def _places(asking: Asking, own_pass: str, code: str) -> list[Delivery]:
    found = parse_list(_get(asking, own_pass, "deliverypoints", code=code))
    return [delivery_of(PLACE, {name: place[name] for name in READ if name in place}) for place in found]


def _get(asking: Asking, own_pass: str, what: str, **question: str) -> bytes:
    headers = {"authorization": f"Bearer {own_pass}", "accept": "application/json"}
    return asking.fetch("GET", f"{asking.address or HOST}/v2/{what}?{urlencode(question)}", headers=headers).body


def read(topic: str, payload: Any) -> tuple[ParcelSeen | PlaceSeen, ...] | Ignored:
    if topic == PLACE:
        return (read_place(fields(payload)),)
    reader = READERS.get(topic)
    if reader is None:
        return Ignored(Reason(NOT_READ, {"topic": topic}) if topic else Reason(NOT_AN_EVENT))
    event = fields(payload)
    seen = reader(event, group(event, "attributes"))
    return seen if isinstance(seen, Ignored) else (seen,)


def read_status(event: Payload, told: Payload) -> ParcelSeen:
    own = required(text(told, "cdek_number", longest=100), "cdek_number")
    direct = _brought_back(told)
    return ParcelSeen(
        number=direct or own,
        carrier="cdek",
        checkpoints=(_scan(told),),
        order_number="" if direct else text(told, "number", longest=64),
        aliases=() if direct else _uuid(event),
        return_number=own if direct else "",
    )


def read_order(event: Payload, told: Payload) -> ParcelSeen:
    """The order as CDEK keeps it, all its statuses; on the way back, of the parcel that it brings back."""
    entity = group(event, "entity")
    own = required(text(entity, "cdek_number", longest=100), "cdek_number")
    direct = _brought_back(entity)
    scans = tuple(_scan(_as_pushed(entity, status)) for status in rows(entity, "statuses"))
    point = "" if direct else text(entity, "delivery_point", longest=60)
    return ParcelSeen(
        number=direct or own,
        carrier="cdek",
        checkpoints=scans,
        estimated_on=None if direct else day(entity, "planned_delivery_date"),
        order_number="" if direct else text(entity, "number", longest=64),
        aliases=() if direct else _uuid(entity),
        pickup_point=PickupPoint(code=point, ref=point) if point else None,
        stored_until=None if direct else day(entity, "keep_free_until"),
        return_number=own if direct else "",
    )


def _as_pushed(entity: Payload, status: Payload) -> Payload:
    """The same fields under the names that a push has, so that a status is one scan whichever way it came."""
    return {
        "code": status.get("code"),
        "status_reason_code": status.get("reason_code"),
        "status_date_time": status.get("date_time"),
        "city_name": status.get("city"),
        "deleted": status.get("deleted"),
        "is_return": entity.get("is_return"),
        "is_client_return": entity.get("is_client_return"),
    }


def read_change(event: Payload, told: Payload) -> ParcelSeen | Ignored:
    change = text(told, "modification_type")
    on = day(group(told, "new_value"), "value") if change == "PLANED_DELIVERY_DATE_CHANGED" else None
    if on is None:
        return Ignored(Reason(NOT_A_DATE_CHANGE, {"change": change}))
    return ParcelSeen(number=_number_or_uuid(event, told), carrier="cdek", estimated_on=on)


def read_agreement(event: Payload, told: Payload) -> ParcelSeen:
    point, kind = text(told, "delivery_point"), text(told, "type")
    on = day(told, "date")
    return ParcelSeen(
        number=_number_or_uuid(event, told),
        carrier="cdek",
        estimated_on=on,
        moved_by_recipient=on is not None,
        pickup_point=PickupPoint(code=point, locker=kind == "POSTAMAT") if point and kind != "DOOR" else None,
    )


def read_problem(event: Payload, told: Payload) -> ParcelSeen:
    """Its codes are a list that we have not seen."""
    scan = CheckpointSeen(
        occurred_at=required_moment(told | {"event": event.get("date_time")}, "create_date", "event", zone=ZONE),
        milestone=UNKNOWN.milestone,
        raw_code=f"DELIV_PROBLEM/{text(told, 'code', longest=60)}",
        unknown=True,
    )
    return ParcelSeen(
        number=_number_or_uuid(event, told),
        carrier="cdek",
        checkpoints=(scan,),
        order_number=text(told, "number", longest=64),
    )


READERS = {
    ORDER: read_order,
    "ORDER_STATUS": read_status,
    "ORDER_MODIFIED": read_change,
    "DELIV_AGREEMENT": read_agreement,
    "DELIV_PROBLEM": read_problem,
}


def meaning(told: Payload) -> Meaning:
    """What a status says; on the way back, handed over is returned and any step is a step of the way back."""
    code = text(told, "code").upper()
    said = STATUSES.get(_code(told)) or STATUSES.get(code, UNKNOWN)
    if not (_is_back(told) and said.known) or said.milestone in ("pending", "info_received", "cancelled", "exception"):
        return said
    return Meaning("returned" if said.milestone == "delivered" else "returning")


def _scan(told: Payload) -> CheckpointSeen:
    milestone, reason, known = meaning(told)
    written = required(text(told, "status_date_time"), "status_date_time")
    certain = bool(HAS_OFFSET.search(written))
    return CheckpointSeen(
        occurred_at=required_moment(told, "status_date_time", zone=ZONE),
        milestone=milestone,
        reason=reason,
        raw_code=_code(told),
        city=text(told, "city_name", "city"),
        occurred_local="" if certain else written,
        tz_known=certain,
        retracts=told.get("deleted") is True,
        returning=_is_back(told),
        unknown=not known,
    )


def _code(told: Payload) -> str:
    return "/".join(filter(None, (text(told, "code").upper(), text(told, "status_reason_code"))))[:100]


def _is_back(told: Payload) -> bool:
    return told.get("is_return") is True or told.get("is_client_return") is True


def _brought_back(told: Payload) -> str:
    """The number of the parcel that this return brings back."""
    if not _is_back(told):
        return ""
    direct = [e for e in rows(told, "related_entities") if text(e, "type") in ("direct_order", "client_direct_order")]
    return next((number for entity in direct if (number := text(entity, "cdek_number", longest=100))), "")


def _uuid(event: Payload) -> tuple[tuple[str, str], ...]:
    found = text(event, "uuid", longest=100)
    return (("", found),) if found else ()


def _number_or_uuid(event: Payload, told: Payload) -> str:
    number = text(told, "cdek_number", longest=100) or plain(event.get("uuid"), "uuid")[:100]
    return required(number, "cdek_number")

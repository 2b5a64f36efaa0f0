"""Nova Poshta: ``TrackingDocument.getStatusDocuments``, asked for; it sends nothing of its own accord.

A receipt holds one document of an answer (``poll`` takes the answer apart), so that one odd parcel parks alone; a whole
answer is read as well. Its key is its body: a parcel that has not moved is no news. An answer that refuses a hundred
numbers is asked for again in halves, until the odd one stands alone.

Decisions:

- **Only the latest status is told.** The history is ours: each status becomes a scan, dated by ``RecipientDateTime``
  when it was handed over, else by ``DateScan`` or ``TrackingUpdateDate``; ``DateCreated`` makes the scan "label".
- **Times are Kyiv's**, in five spellings within one document, without an offset.
- **106** is handed over, and a waybill of the way back was made: the parcel is delivered. **112** is the recipient's
  own wish for another day: the new day is no lateness.
- **What is due**: the money for the goods where there is some, else what is to pay for carrying when the recipient
  pays; the two are never added, because we have seen no answer that shows whether one holds the other.
- **Opening hours** are asked of its address directory (``getWarehouses``) for the branches where parcels wait, each
  once a week and ten in a round: an extra, whose failure costs nothing. That the branch of a waybill
  (``WarehouseRecipientInternetAddressRef``) is the directory's ``Ref`` was not seen live.
- **Paid storage** begins on ``DatePayedKeeping``; nothing says when a parcel goes back.
- **3, not found**, is no news and not even kept: a waybill is often unknown for hours. Without the recipient's phone
  names and sums are empty: nothing said, not nothing due.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_noop

from events.payloads import Payload, amount, fields, group, parse_object, plain, required, rows, shown, text
from events.sources import (
    Asking,
    Delivery,
    Envelope,
    Headers,
    Ignored,
    KeyRefused,
    NotAnswered,
    Polled,
    Unreadable,
    Wanted,
)
from shelf.reasons import Reason
from tracking.carriers.local_times import LocalTime, local_day, local_time
from tracking.carriers.names import zone_of
from tracking.carriers.questions import SOON, ask_places, askable, delivery_of, told_rows
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Dues, Meaning, ParcelSeen, PickupPoint, PlaceSeen, Proof

TOPIC = "getStatusDocuments"
ZONE = zone_of("nova_poshta")
HOST = "https://api.novaposhta.ua"
AT_ONCE = 100  # documents in one call
MOST_CALLS = 16  # two for each halving of a hundred: one odd number is found, and a sick service is left alone
NOT_FOUND = "3"
PLACES, PLACE = "getWarehouses", "WarehouseRecipientInternetAddressRef"
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

REFUSED = gettext_noop("Nova Poshta answered with an error: “%(error)s”.")
NOTHING_TOLD = gettext_noop("The answer names no parcel.")

MOVING, READY, DELIVERED = Meaning("in_transit"), Meaning("ready_for_pickup"), Meaning("delivered")
STATUSES = {
    "1": Meaning("info_received"),
    "2": Meaning("cancelled"),
    "3": Meaning("pending"),
    "4": MOVING,
    "41": MOVING,
    "5": MOVING,
    "6": MOVING,
    "7": READY,
    "8": READY,
    "9": DELIVERED,
    "10": DELIVERED,
    "11": DELIVERED,
    "12": Meaning("info_received"),
    "14": READY,
    "101": Meaning("out_for_delivery"),
    "102": Meaning("returning", "refused"),
    "103": Meaning("returning", "refused"),
    "104": MOVING,
    "105": Meaning("exception", "storage_expired"),
    "106": DELIVERED,
    "107": Meaning("ready_for_pickup", "payment_due"),
    "108": Meaning("returning", "refused"),
    "111": Meaning("attempt_failed", "recipient_absent"),
    "112": MOVING,
}
MONEY_IS_PAID = ("10", "11")  # handed over, and the money is on its way or with the sender
POSSIBLE = {
    "PossibilityChangeEW": "address",
    "PossibilityChangeDeliveryIntervals": "day",
    "PossibilityCreateRedirecting": "pickup_point",
    "PossibilityTermExtension": "storage",
    "PossibilityCreateReturn": "return",
}
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not Nova Poshta


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=TOPIC)


class QuestionRefused(Unreadable):
    """Nova Poshta understood the question, and will not answer it."""


def poll(asking: Asking) -> Polled:
    right = set(askable(asking))
    documents = _documents(asking, [one for one in asking.wanted if one.number in right], [])
    known = [told for told in documents if text(told, "StatusCode") != NOT_FOUND]
    again_in = timedelta(0) if len(asking.wanted) >= AT_ONCE else SOON
    places, cursor = _places(asking, known)
    return Polled((*places, *(delivery_of(TOPIC, told) for told in known)), cursor, again_in)


def _places(asking: Asking, documents: Iterable[Payload]) -> tuple[list[Delivery], dict[str, Any]]:
    """The branches where parcels wait."""
    waiting = [
        told for told in documents if STATUSES.get(text(told, "StatusCode"), UNKNOWN).milestone == "ready_for_pickup"
    ]

    def ask(ref: str) -> list[Delivery]:
        return [delivery_of(PLACES, place) for place in _call(asking, "AddressGeneral", PLACES, {"Ref": ref})]

    return ask_places(asking, (text(told, PLACE) for told in waiting), ask)


def _documents(asking: Asking, wanted: Sequence[Wanted], calls: list[int]) -> list[Payload]:
    """What is told of these numbers; ``calls`` counts, over all halves of an asking."""
    if not wanted:
        return []
    calls.append(len(wanted))
    try:
        return _call(asking, "TrackingDocument", TOPIC, {"Documents": question(wanted)})
    except QuestionRefused:
        middle = len(wanted) // 2
        if len(calls) >= MOST_CALLS:
            raise
    return _documents(asking, wanted[:middle], calls) + _documents(asking, wanted[middle:], calls) if middle else []


def _call(asking: Asking, model: str, method: str, properties: dict[str, Any]) -> list[Payload]:
    asked = {
        "apiKey": asking.token,
        "modelName": model,
        "calledMethod": method,
        "methodProperties": properties,
    }
    answer = asking.fetch(
        "POST",
        f"{asking.address or HOST}/v2.0/json/",
        headers={"content-type": "application/json"},
        body=json.dumps(asked).encode(),
    )
    told = parse_object(answer.body)
    if told.get("success") is False:
        raise _refusal(told)
    return told_rows(told, "data")


def _refusal(told: Payload) -> KeyRefused | NotAnswered | Unreadable:
    """An error comes with 200, and says what it is about in words."""
    said = told.get("errors") or ["?"]
    words = "; ".join(shown(one, longest=200) for one in (said if isinstance(said, list) else [said]))[:200]
    if "api key" in words.lower():
        return KeyRefused(REFUSED, error=words)
    if "many requests" in words.lower():
        return NotAnswered(429, None, REFUSED, error=words)
    return QuestionRefused(REFUSED, error=words)


def question(wanted: Iterable[Wanted]) -> list[dict[str, str]]:
    return [{"DocumentNumber": number, "Phone": phone.lstrip("+")} for number, phone in wanted]


def read(topic: str, payload: Any) -> tuple[ParcelSeen | PlaceSeen, ...] | Ignored:
    answer = fields(payload)
    if topic == PLACES:
        return (read_place(answer),)
    if answer.get("success") is False:
        raise Unreadable(REFUSED, **_refusal(answer).reason.values)
    documents = rows(answer, "data") if "data" in answer else [answer]
    if not documents:
        return Ignored(Reason(NOTHING_TOLD))
    return tuple(map(read_document, documents))


def read_place(told: Payload) -> PlaceSeen:
    hours = group(told, "Schedule")
    week = tuple(text(hours, day, longest=40).replace("-", "–").strip("– ") for day in WEEK)  # "-" is closed
    return PlaceSeen(
        carrier="nova_poshta",
        ref=required(text(told, "Ref", longest=60), "Ref"),
        name=text(told, "Description"),
        address=text(told, "ShortAddress"),
        week=week if any(week) else (),
        locker=text(told, "CategoryOfWarehouse") == "Postomat",
    )


def read_document(told: Payload) -> ParcelSeen:
    code = text(told, "StatusCode")
    handed_over = STATUSES.get(code) == DELIVERED
    return ParcelSeen(
        number=required(text(told, "Number", longest=100), "Number"),
        carrier="nova_poshta",
        checkpoints=tuple(_scans(told, code)),
        estimated_on=local_day(told, "ScheduledDeliveryDate"),
        order_number=text(told, "ClientBarcode", longest=64),
        service=text(told, "ServiceType", longest=60),
        origin=text(told, "CitySender"),
        destination=text(told, "CityRecipient"),
        moved_by_recipient=code == "112",
        pickup_point=_pickup_point(told),
        storage_paid_from=_storage_paid_from(told),
        dues=_dues(told, code),
        proof=_proof(told) if handed_over else None,
        return_number=_way_back(told, code),
        possible=tuple(dict.fromkeys(ours for flag, ours in POSSIBLE.items() if told.get(flag) is True)),
    )


def _scans(told: Payload, code: str) -> Iterable[CheckpointSeen]:
    said = STATUSES.get(code, UNKNOWN)
    created = local_time(told, ZONE, "DateCreated")
    if created and said.milestone not in ("pending", "info_received"):
        yield _scan(created, Meaning("info_received"), "1", city=text(told, "CitySender"))
    if code and (at := local_time(told, ZONE, *_dated_by(said))):
        why = text(told, "UndeliveryReasonsSubtypeDescription", "UndeliveryReasons")
        message = ". ".join(filter(None, (text(told, "Status", longest=300), why)))
        yield _scan(at, said, code, message, _city(told, said))


def _dated_by(said: Meaning) -> tuple[str, ...]:
    if said.milestone == "info_received":
        return ("DateCreated",)
    first = ("RecipientDateTime",) if said == DELIVERED else ()
    return (*first, "DateScan", "TrackingUpdateDate", "DateCreated")


def _scan(at: LocalTime, said: Meaning, code: str, message: str = "", city: str = "") -> CheckpointSeen:
    return CheckpointSeen(
        occurred_at=at.at,
        milestone=said.milestone,
        reason=said.reason,
        raw_code=code[:100],
        message=message,
        city=city,
        country="UA",
        occurred_local=at.written,
        tz_known=False,
        unknown=not said.known,
    )


def _city(told: Payload, said: Meaning) -> str:
    at_the_end = said.milestone in ("ready_for_pickup", "delivered", "attempt_failed", "out_for_delivery")
    return text(told, "CityRecipient") if at_the_end else ""


def _pickup_point(told: Payload) -> PickupPoint | None:
    name = text(told, "WarehouseRecipient")
    if not name or text(told, "ServiceType").endswith("Doors"):
        return None
    return PickupPoint(
        name=name,
        code=text(told, "WarehouseRecipientNumber"),
        address=text(told, "WarehouseRecipientAddress", "RecipientAddress"),
        locker=text(told, "CategoryOfWarehouse") == "Postomat",
        ref=text(told, PLACE, longest=60),
    )


def _storage_paid_from(told: Payload) -> date | None:
    return local_day(told, "DatePayedKeeping", "DateFirstDayStorage")


def _dues(told: Payload, code: str) -> Dues | None:
    goods = _sum(told, "AfterpaymentOnGoodsCost", "RedeliverySum")
    if goods:
        return Dues(goods, "UAH", True if code in MONEY_IS_PAID else None)
    carrying = _sum(told, "AmountToPay", "ExpressWaybillAmountToPay")
    if not carrying or text(told, "PayerType") != "Recipient":
        return None
    status = text(told, "PaymentStatus", "ExpressWaybillPaymentStatus").upper()
    return Dues(carrying, "UAH", status in ("PAYED", "PAID") if status else None, of_goods=False)


def _sum(told: Payload, *names: str) -> Decimal:
    found = (amount(told, name, default=Decimal(0)) for name in names)
    return next((sum_ for sum_ in found if sum_), Decimal(0))


def _proof(told: Payload) -> Proof:
    at = local_time(told, ZONE, "RecipientDateTime")
    return Proof(signed_by=text(told, "RecipientFullName"), at=at.at if at else None)


def _way_back(told: Payload, code: str) -> str:
    """The waybill of the way back: made on the ground of this one by a return, not by a change of address."""
    if number := text(told, "LightReturnNumber", longest=100):
        return number
    of_a_return = "return" in text(told, "LastCreatedOnTheBasisDocumentType").lower()
    if of_a_return or code in ("102", "103", "106", "108"):
        return plain(told.get("LastCreatedOnTheBasisNumber"), "LastCreatedOnTheBasisNumber")[:100]
    return ""

"""Nova Poshta: ``TrackingDocument.getStatusDocuments``, asked for; it sends nothing of its own accord.

A receipt holds one document of an answer (``poll`` takes the answer apart), so that one odd parcel parks alone; a whole
answer is read as well. Its key is its body: a parcel that has not moved is no news.

Decisions:

- **Only the latest status is told.** The history is ours: each status becomes a scan, dated by ``RecipientDateTime``
  when it was handed over, else by ``DateScan`` or ``TrackingUpdateDate``; ``DateCreated`` makes the scan "label".
- **Times are Kyiv's**, in five spellings within one document, without an offset.
- **106** is handed over, and a waybill of the way back was made: the parcel is delivered. **112** is the recipient's
  own wish for another day: the new day is no lateness.
- **What is due**: the money for the goods where there is some, else what is to pay for carrying when the recipient
  pays; the two are never added, because we have seen no answer that shows whether one holds the other.
- **Paid storage** begins on ``DatePayedKeeping``; nothing says when a parcel goes back.
- **3, not found**, is no news: a waybill is often unknown for hours. Without the recipient's phone names and sums are
  empty: nothing said, not nothing due.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_noop

from events.payloads import Payload, amount, fields, plain, required, rows, text
from events.sources import Envelope, Headers, Ignored, Unreadable
from shelf.reasons import Reason
from tracking.carriers.local_times import LocalTime, local_day, local_time
from tracking.carriers.names import zone_of
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Dues, Meaning, ParcelSeen, PickupPoint, Proof

TOPIC = "getStatusDocuments"
ZONE = zone_of("nova_poshta")
AT_ONCE = 100  # documents in one call

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


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not Nova Poshta


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=TOPIC)


def question(key: str, wanted: Iterable[tuple[str, str]]) -> bytes:
    """The body of a call: (number, the recipient's phone or "")."""
    documents = [{"DocumentNumber": number, "Phone": phone.lstrip("+")} for number, phone in wanted]
    asked = {
        "apiKey": key,
        "modelName": "TrackingDocument",
        "calledMethod": TOPIC,
        "methodProperties": {"Documents": documents},
    }
    return json.dumps(asked).encode()


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    answer = fields(payload)
    if answer.get("success") is False:
        errors = answer.get("errors") or ["?"]
        raise Unreadable(REFUSED, error="; ".join(str(e) for e in errors)[:200])
    documents = rows(answer, "data") if "data" in answer else [answer]
    if not documents:
        return Ignored(Reason(NOTHING_TOLD))
    return tuple(map(read_document, documents))


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

"""Russian Post: SOAP ``getOperationHistory``, asked for; it sends nothing of its own accord.

``poll`` turns the XML into the plain fields that a receipt holds (``payload_of``), under the service's own names: one
parcel with all its operations.

Decisions:

- **An operation is a pair**: type and attribute. The pair is looked up first, then the type alone.
- **2, handed over, says to whom** in its attribute: thirteen of them mean the sender, and the parcel is returned.
- **3 begins the way back**; every operation after it is one of the way back.
- **26 takes back the operation before it**: that one is told as a retraction of itself, and 26 adds nothing.
- **Times** have an offset in every published answer; one without is read as Moscow's.
- **Money on delivery** is ``Payment``, in kopecks.
- **A hundred answers a day** is what a new contract has, so one number is asked about every quarter of an hour; who has
  more says so (``options["a_day"]``). A refusal of one number is kept as its answer, for a person to read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext_noop

from events.payloads import Payload, fields, required, rows, shown, text
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
    two_parts,
)
from shelf.reasons import Reason
from shelf.xml_trees import Tree, found, text_at, tree_of
from tracking.carriers.local_times import local_time
from tracking.carriers.names import zone_of
from tracking.carriers.questions import delivery_of, one_by_one
from tracking.carriers.seen import UNKNOWN, CheckpointSeen, Dues, Meaning, ParcelSeen, Proof

TOPIC = "getOperationHistory"
HOST = "https://tracking.russianpost.ru"
AT_ONCE, FREE_A_DAY = 1, 100
ZONE = zone_of("russian_post")

REFUSED = gettext_noop("Russian Post answered with an error: “%(error)s”.")
NO_ENVELOPE = gettext_noop("The answer is no SOAP: it begins with “%(tag)s”.")
NOTHING_TOLD = gettext_noop("Russian Post knows no operation of this parcel yet.")

ACCEPTED, MOVING, READY = Meaning("info_received"), Meaning("in_transit"), Meaning("ready_for_pickup")
EXPIRING, CUSTOMS, HELD = (
    Meaning("ready_for_pickup", "storage_expiring"),
    Meaning("exception", "customs"),
    Meaning("exception", "held"),
)
TRY_AGAIN, ADDRESS = Meaning("attempt_failed"), Meaning("attempt_failed", "address")
ABSENT, COURIER = Meaning("attempt_failed", "recipient_absent"), Meaning("out_for_delivery")
TO_SENDER = (2, 4, 7, 9, 16, 20, 22, 24, 28, 29, 30, 31)
STATUSES = {
    "1": Meaning("picked_up"),
    "2": Meaning("delivered"),
    **{f"2/{attribute}": Meaning("returned") for attribute in TO_SENDER},
    "2/14": MOVING,
    "3": Meaning("returning"),
    "3/1": Meaning("returning", "storage_expired"),
    "3/3": Meaning("returning", "recipient_absent"),
    "3/4": Meaning("returning", "refused"),
    "3/6": Meaning("returning", "address"),
    "3/7": Meaning("returning", "customs"),
    "3/8": Meaning("returning", "address"),
    "3/10": Meaning("returning", "address"),
    "3/12": Meaning("returning", "security"),
    "3/13": Meaning("returning", "customs"),
    "3/22": Meaning("returning", "address"),
    "3/23": Meaning("returning", "damaged"),
    "4": MOVING,
    "5/1": Meaning("exception", "lost"),
    "5/2": Meaning("exception", "security"),
    "5/3": MOVING,
    "5/8": CUSTOMS,
    "6": READY,
    "7": HELD,
    "8": MOVING,
    **{f"8/{attribute}": READY for attribute in (2, 9, 14, 24, 25, 39, 52, 58, 60, 62, 74)},
    **{f"8/{attribute}": EXPIRING for attribute in (10, 27, 28, 33, 35, 42, 43, 56)},
    **{f"8/{attribute}": COURIER for attribute in (15, 18, 68, 69, 70)},
    "8/21": Meaning("exception", "address"),
    "8/29": HELD,
    "8/40": Meaning("exception", "storage_expired"),
    "8/47": Meaning("exception", "security"),
    "8/53": HELD,
    "8/65": Meaning("exception", "lost"),
    "9": MOVING,
    "10": MOVING,
    "11": CUSTOMS,
    "12": TRY_AGAIN,
    **{f"12/{attribute}": ABSENT for attribute in (1, 5, 10, 16, 21)},
    **{f"12/{attribute}": ADDRESS for attribute in (3, 4, 18)},
    "12/6": Meaning("attempt_failed", "refused"),
    "12/14": Meaning("attempt_failed", "damaged"),
    "12/15": Meaning("attempt_failed", "payment_due"),
    "12/19": Meaning("attempt_failed", "customs"),
    "12/20": Meaning("attempt_failed", "documents"),
    "12/28": Meaning("exception", "lost"),
    "13": MOVING,
    "14": CUSTOMS,
    **{f"14/{attribute}": MOVING for attribute in (1, 13, 16, 26)},
    "15": HELD,
    "16": Meaning("exception", "destroyed"),
    "17": Meaning("exception", "destroyed"),
    "18": Meaning("exception", "lost"),
    "19": MOVING,
    "20": MOVING,
    "21": Meaning("delivered"),
    "22": TRY_AGAIN,
    **{f"22/{attribute}": ADDRESS for attribute in (1, 2, 3, 4, 7)},
    "22/5": Meaning("attempt_failed", "refused"),
    "22/8": ABSENT,
    "23": HELD,
    "24": CUSTOMS,
    "25": HELD,
    "27": ACCEPTED,
    "28": ACCEPTED,
    "29": MOVING,
    "30": ACCEPTED,
    "31": MOVING,
    "32": MOVING,
    "33": MOVING,
    "34": ACCEPTED,
    "35": TRY_AGAIN,
    "36": ACCEPTED,
    "37": ACCEPTED,
    "38": HELD,
    "39": MOVING,
    "40": CUSTOMS,
    "40/1": MOVING,
    "41": MOVING,
    "42": TRY_AGAIN,
}
CANCELS, POSTPONED = "26", "12/2"
WAY_BACK = ("returning", "returned")
ON_THE_WAY_BACK = ("picked_up", "in_transit", "ready_for_pickup", "out_for_delivery", "attempt_failed")
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not Russian Post


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=TOPIC)


def poll(asking: Asking) -> Polled:
    a_day = asking.options.get("a_day")
    pause = timedelta(days=1) / (a_day if isinstance(a_day, int) and a_day > 0 else FREE_A_DAY)
    return one_by_one(asking, lambda number: _asked(asking, number), pause)


def _asked(asking: Asking, number: str) -> Delivery | None:
    login, password = two_parts(asking.token, "login:password")
    try:
        body = asking.fetch(
            "POST",
            f"{asking.address or HOST}/rtm34",
            headers={"content-type": "application/soap+xml; charset=utf-8"},
            body=question(login, password, number),
        ).body
    except NotAnswered as error:
        if b"Fault" not in error.body:  # SOAP tells its refusals with 500
            raise
        body = error.body
    told = payload_of(number, body)
    if fault := told.get("Fault"):
        if "авториз" in fault.lower() or b"AuthorizationFault" in body:
            raise KeyRefused(REFUSED, error=fault[:200])
    elif not told["historyRecord"]:
        return None
    return delivery_of(TOPIC, told)


def question(login: str, password: str, number: str) -> bytes:
    soap, oper = "http://www.w3.org/2003/05/soap-envelope", "http://russianpost.org/operationhistory"
    data = f"{oper}/data"
    asked = (
        f"<d:OperationHistoryRequest><d:Barcode>{escape(number)}</d:Barcode><d:MessageType>0</d:MessageType>"
        "<d:Language>RUS</d:Language></d:OperationHistoryRequest>"
        f'<d:AuthorizationHeader s:mustUnderstand="1"><d:login>{escape(login)}</d:login>'
        f"<d:password>{escape(password)}</d:password></d:AuthorizationHeader>"
    )
    body = f"<s:Body><o:getOperationHistory>{asked}</o:getOperationHistory></s:Body>"
    return f'<s:Envelope xmlns:s="{soap}" xmlns:o="{oper}" xmlns:d="{data}"><s:Header/>{body}</s:Envelope>'.encode()


def payload_of(number: str, body: bytes) -> Payload:
    """An answer as plain fields; a fault keeps the service's words under ``Fault``."""
    tree = tree_of(body)
    if tree["tag"] != "Envelope":
        raise Unreadable(NO_ENVELOPE, tag=shown(tree["tag"]))
    if faults := found(tree, "Fault"):
        words = [
            node["text"].strip() for fault in faults for name in ("Text", "faultstring") for node in found(fault, name)
        ]
        return {"Barcode": number, "Fault": "; ".join(filter(None, words)) or "?"}
    return {"Barcode": number, "historyRecord": [_record(record) for record in found(tree, "historyRecord")]}


def _record(record: Tree) -> Payload:
    operation, address = "OperationParameters", "AddressParameters"
    wanted = {
        "OperType": (operation, "OperType", "Id"),
        "OperTypeName": (operation, "OperType", "Name"),
        "OperAttr": (operation, "OperAttr", "Id"),
        "OperAttrName": (operation, "OperAttr", "Name"),
        "OperDate": (operation, "OperDate"),
        "Place": (address, "OperationAddress", "Description"),
        "Index": (address, "OperationAddress", "Index"),
        "Country": (address, "CountryOper", "Code2A"),
        "Destination": (address, "DestinationAddress", "Description"),
        "Payment": ("FinanceParameters", "Payment"),
        "Service": ("ItemParameters", "ComplexItemName"),
        "Recipient": ("UserParameters", "Rcpn"),
    }
    told = {name: text_at(record, *path) for name, path in wanted.items()}
    return {name: value for name, value in told.items() if value}


def read(topic: str, payload: Any) -> tuple[ParcelSeen, ...] | Ignored:
    answer = fields(payload)
    number = required(text(answer, "Barcode", longest=100), "Barcode")
    if error := text(answer, "Fault", longest=200):
        raise Unreadable(REFUSED, error=error)
    operations = rows(answer, "historyRecord")
    if not operations:
        return Ignored(Reason(NOTHING_TOLD))
    return (read_parcel(number, operations),)


def read_parcel(number: str, operations: list[Payload]) -> ParcelSeen:
    scans = tuple(_as_told(sorted(filter(None, map(_scan, operations)), key=lambda scan: scan.occurred_at)))
    delivered = next((scan for scan in scans if scan.milestone == "delivered" and not scan.retracts), None)
    named = {field: _first(operations, field) for field in ("Service", "Destination", "Recipient", "Place")}
    return ParcelSeen(
        number=number,
        carrier="russian_post",
        checkpoints=scans,
        service=named["Service"],
        origin=named["Place"],
        destination=named["Destination"],
        moved_by_recipient=bool(scans) and scans[-1].raw_code == POSTPONED,
        dues=_dues(operations),
        proof=Proof(named["Recipient"], at=delivered.occurred_at) if delivered else None,
    )


def meaning(code: str) -> Meaning:
    return STATUSES.get(code) or STATUSES.get(code.partition("/")[0], UNKNOWN)


def _scan(operation: Payload) -> CheckpointSeen | None:
    at = local_time(operation, ZONE, "OperDate")
    kind = text(operation, "OperType")
    if at is None or not kind:
        return None
    attribute = text(operation, "OperAttr")
    code = f"{kind}/{attribute}" if attribute not in ("", "0") else kind
    said = UNKNOWN if kind == CANCELS else meaning(code)
    certain = "+" in at.written or at.written.endswith("Z")
    return CheckpointSeen(
        occurred_at=at.at,
        milestone=said.milestone,
        reason=said.reason,
        raw_code=code,
        message=": ".join(filter(None, (text(operation, "OperTypeName"), text(operation, "OperAttrName")))),
        city=text(operation, "Place", longest=120),
        country=text(operation, "Country", longest=3),
        occurred_local="" if certain else at.written,
        tz_known=certain,
        unknown=not said.known and kind != CANCELS,
    )


def _as_told(scans: Iterable[CheckpointSeen]) -> Iterable[CheckpointSeen]:
    """The operations as they hold: those that 26 took back retract themselves, those after 3 are of the way back."""
    kept: list[CheckpointSeen] = []
    for scan in scans:
        if scan.raw_code.partition("/")[0] != CANCELS:
            kept.append(scan)
        elif standing := [place for place, before in enumerate(kept) if not before.retracts]:
            kept[standing[-1]] = replace(kept[standing[-1]], retracts=True)
    back = False
    for scan in kept:
        back = back or (scan.milestone in WAY_BACK and not scan.retracts)
        yield _of_the_way_back(scan) if back else scan


def _of_the_way_back(scan: CheckpointSeen) -> CheckpointSeen:
    milestone = "returning" if scan.milestone in ON_THE_WAY_BACK else scan.milestone
    milestone = "returned" if milestone == "delivered" else milestone
    return replace(scan, milestone=milestone, returning=True)


def _dues(operations: list[Payload]) -> Dues | None:
    kopecks = max((int(told) for o in operations if (told := text(o, "Payment")).isdecimal()), default=0)
    return Dues(Decimal(kopecks) / 100, "RUB") if 0 < kopecks < 10**12 else None


def _first(operations: list[Payload], field: str) -> str:
    return next((told for operation in operations if (told := text(operation, field))), "")

"""What a carrier says about the parcel itself, beside its scans.

The newest message is believed, told by its source's own version, or else by when it was received; an older one, read
later, only fills what nobody said.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from tracking.actions.promises import PROMISE, promise
from tracking.carriers.seen import ParcelSeen
from tracking.models import Shipment

FIRST_STANDS = ("carrier", "url")  # the shop knew before, or the carrier said so at once
PRESENT = (
    "estimated_on",
    "service",
    "origin",
    "destination",
    "pickup_point",
    "stored_until_on",
    "storage_paid_from_on",
    "dues_amount",
    "dues_currency",
    "dues_paid",
    "signed_by",
    "proof_url",
    "proof_at",
    "return_number",
)
NOTHING: tuple = ("", None, {})
LEARNT = ["told_at", "told", "possible", "moved_by_recipient", *FIRST_STANDS, *PRESENT, *PROMISE]


def learn(shipment: Shipment, parcel: ParcelSeen, received_at: datetime) -> None:
    """The caller locked the order and saves ``LEARNT``."""
    told_at = version_of(parcel, received_at)
    newer = shipment.told_at is None or told_at >= shipment.told_at
    for name, value in _said(parcel).items():
        if value not in NOTHING and _counts(shipment, name, value, told_at):
            setattr(shipment, name, value)
            shipment.told = {**shipment.told, name: told_at.isoformat()}
    if newer:  # what is possible is what the last message says, also when that is nothing
        shipment.told_at, shipment.possible = told_at, list(parcel.possible)
    shipment.moved_by_recipient = shipment.moved_by_recipient or parcel.moved_by_recipient
    promise(shipment, parcel.estimated_on, "carrier", told_at)
    promise(shipment, parcel.promised_on, "kept", told_at)


def _counts(shipment: Shipment, name: str, value: Any, told_at: datetime) -> bool:
    """Each field is as new as the last message that spoke of it; of two words of one moment the greater stays."""
    known, told = getattr(shipment, name), shipment.told.get(name)
    if known in NOTHING:
        return True
    if name in FIRST_STANDS:
        return False
    since = datetime.fromisoformat(told) if told else shipment.told_at
    return since is None or (told_at, str(value)) >= (since, str(known))


def version_of(parcel: ParcelSeen, received_at: datetime) -> datetime:
    """How new a message is: a delayed one does not undo what came before it, and none is newer than its arrival."""
    return min(parcel.told_at, received_at) if parcel.told_at else received_at


def _said(parcel: ParcelSeen) -> dict[str, Any]:
    dues, proof, point = parcel.dues, parcel.proof, parcel.pickup_point
    return {
        "carrier": parcel.carrier,
        "url": parcel.url[:500],
        "estimated_on": parcel.estimated_on,
        "service": parcel.service[:100],
        "origin": parcel.origin[:120],
        "destination": parcel.destination[:120],
        "pickup_point": asdict(point) if point else {},
        "stored_until_on": parcel.stored_until,
        "storage_paid_from_on": parcel.storage_paid_from,
        "dues_amount": dues.amount if dues else None,
        "dues_currency": dues.currency[:3] if dues else "",
        "dues_paid": dues.paid if dues else None,
        "signed_by": proof.signed_by[:120] if proof else "",
        "proof_url": proof.picture_url[:500] if proof else "",
        "proof_at": proof.at if proof else None,
        "return_number": parcel.return_number[:100],
    }

"""Facts about parcels. Subject: the shipment; ``order_id`` ties it to its order."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class ShipmentShipped(Fact):
    """The carrier scanned the parcel for the first time; a printed label is not enough."""

    kind: ClassVar[str] = "shipment.shipped"
    order_id: int
    carrier: str


@dataclass(frozen=True)
class ShipmentProgressed(Fact):
    """The parcel's milestone changed; also recorded for those that have a fact of their own."""

    kind: ClassVar[str] = "shipment.progressed"
    order_id: int
    milestone: str
    reason: str


@dataclass(frozen=True)
class ShipmentDelivered(Fact):
    kind: ClassVar[str] = "shipment.delivered"
    order_id: int


@dataclass(frozen=True)
class ShipmentCorrected(Fact):
    """A person changed the parcel; who did stands beside the fact. ``what``: a stage, scan, scan_taken_back, number,
    day."""

    kind: ClassVar[str] = "shipment.corrected"
    order_id: int
    what: str


@dataclass(frozen=True)
class DeliveryDisputed(Fact):
    """A carrier scanned a parcel again after reporting it delivered; a person should look."""

    kind: ClassVar[str] = "shipment.disputed"
    order_id: int


# --- What somebody should be told of; once per parcel and way (out or back) -----------------------------------------


@dataclass(frozen=True)
class DeliveryFailed(Fact):
    """The courier came, and could not hand the parcel over."""

    kind: ClassVar[str] = "shipment.attempt_failed"
    order_id: int
    reason: str


@dataclass(frozen=True)
class ParcelHeld(Fact):
    """It goes on when somebody does something. ``reason``: customs, address, documents, payment_due, held."""

    kind: ClassVar[str] = "shipment.held"
    order_id: int
    reason: str


@dataclass(frozen=True)
class ReturnStarted(Fact):
    """It was not handed over and is on its way back to the shop."""

    kind: ClassVar[str] = "shipment.return_started"
    order_id: int
    reason: str


@dataclass(frozen=True)
class ParcelReturned(Fact):
    kind: ClassVar[str] = "shipment.returned"
    order_id: int
    reason: str


# --- What we say ourselves (tracking.flags); once per parcel, stage and way -----------------------------------------


@dataclass(frozen=True)
class ParcelDelayed(Fact):
    """``why``: late, stalled (no scan at ``stage`` for too long), trouble (the carrier's exception, ``stage`` its
    reason)."""

    kind: ClassVar[str] = "shipment.delayed"
    order_id: int
    why: str
    stage: str
    leg: str


@dataclass(frozen=True)
class PromiseEndangered(Fact):
    """It will hardly come by the promised day. ``expected_on``: the carrier's present word, ISO or empty."""

    kind: ClassVar[str] = "shipment.endangered"
    order_id: int
    expected_on: str


@dataclass(frozen=True)
class StorageEndAnnounced(Fact):
    """It waits at the pick-up point; on ``on`` storage ends, or begins to cost (``costs``)."""

    kind: ClassVar[str] = "shipment.storage_end_announced"
    order_id: int
    on: str
    costs: bool

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

"""Facts about orders."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class OrderPlaced(Fact):
    """The shop reported a new order. Subject: the order."""

    kind: ClassVar[str] = "order.placed"
    number: str
    currency: str
    total: Decimal


@dataclass(frozen=True)
class OrderChanged(Fact):
    """The shop showed a newer version of an order we know."""

    kind: ClassVar[str] = "order.changed"
    number: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class OrderPaid(Fact):
    kind: ClassVar[str] = "order.paid"
    number: str
    currency: str
    total: Decimal


@dataclass(frozen=True)
class OrderCancelled(Fact):
    kind: ClassVar[str] = "order.cancelled"
    number: str
    reason: str


@dataclass(frozen=True)
class FulfilmentReported(Fact):
    """The shop says that (part of) an order was sent; tracking makes the parcels.

    ``lines``: (the shop's line id, quantity).
    """

    kind: ClassVar[str] = "order.fulfilment_reported"
    order_id: int
    external_id: str
    status: str
    carrier: str
    numbers: tuple[str, ...]
    urls: tuple[str, ...]
    lines: tuple[tuple[str, int], ...]
    milestone: str
    updated_at: str


@dataclass(frozen=True)
class DocumentIssued(Fact):
    """``document``: invoice or delivery_note."""

    kind: ClassVar[str] = "order.document_issued"
    document: str
    number: str


@dataclass(frozen=True)
class DocumentRevoked(Fact):
    kind: ClassVar[str] = "order.document_revoked"
    document: str
    number: str

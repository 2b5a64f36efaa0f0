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
class PaymentReceived(Fact):
    """Money came in; ``on_delivery``: it was handed over with the parcel. Subject: the order."""

    kind: ClassVar[str] = "payment.received"
    payment_id: int
    amount: Decimal
    currency: str
    on_delivery: bool


@dataclass(frozen=True)
class PaymentFailed(Fact):
    kind: ClassVar[str] = "payment.failed"
    payment_id: int
    amount: Decimal
    currency: str
    on_delivery: bool


@dataclass(frozen=True)
class RefundRecorded(Fact):
    """Money is on its way back to the customer."""

    kind: ClassVar[str] = "refund.recorded"
    payment_id: int
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class LineCompleted(Fact):
    """A line that travels in no parcel is done: the visit took place, the file was handed over."""

    kind: ClassVar[str] = "line.completed"
    line_id: int
    what: str  # service, digital, subscription


@dataclass(frozen=True)
class RenewalAnnounced(Fact):
    """A subscription renews soon: the customer may still change their mind."""

    kind: ClassVar[str] = "subscription.renewal_announced"
    line_id: int
    renews_on: str


@dataclass(frozen=True)
class PauseRequested(Fact):
    """The customer wants the subscription to rest; an agent pauses it in the shop."""

    kind: ClassVar[str] = "subscription.pause_requested"
    line_id: int


@dataclass(frozen=True)
class RenewalFailed(Fact):
    kind: ClassVar[str] = "subscription.renewal_failed"
    line_id: int
    renews_on: str


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


# --- What customers do alone. Subject: the request, or the return; the order is named by its id. ---------------------


@dataclass(frozen=True)
class OrderCancelRequested(Fact):
    """``reason``: a code of OrderRequest.Reason."""

    kind: ClassVar[str] = "order.cancel_requested"
    order_id: int
    number: str
    reason: str


@dataclass(frozen=True)
class OrderCancelAccepted(Fact):
    """The order is cancelled here; the fact ``order.cancelled`` stands beside it. ``automatic``: by the policy."""

    kind: ClassVar[str] = "order.cancel_accepted"
    order_id: int
    number: str
    automatic: bool


@dataclass(frozen=True)
class OrderCancelRefused(Fact):
    kind: ClassVar[str] = "order.cancel_refused"
    order_id: int
    number: str


@dataclass(frozen=True)
class OrderChangeRequested(Fact):
    """Another address is wanted; which one stands in the request, not here."""

    kind: ClassVar[str] = "order.change_requested"
    order_id: int
    number: str


@dataclass(frozen=True)
class OrderChangeAccepted(Fact):
    kind: ClassVar[str] = "order.change_accepted"
    order_id: int
    number: str
    automatic: bool


@dataclass(frozen=True)
class OrderChangeRefused(Fact):
    kind: ClassVar[str] = "order.change_refused"
    order_id: int
    number: str


@dataclass(frozen=True)
class OrderShopRefused(Fact):
    """The shop's own system did not take what was decided here; a person does it there. ``what``: cancel or change."""

    kind: ClassVar[str] = "order.shop_refused"
    order_id: int
    number: str
    what: str


@dataclass(frozen=True)
class ReturnRequested(Fact):
    """``what``: return or warranty; ``wish`` and ``reason``: codes of Return."""

    kind: ClassVar[str] = "return.requested"
    order_id: int
    what: str
    wish: str
    reason: str
    pieces: int


@dataclass(frozen=True)
class ReturnApproved(Fact):
    kind: ClassVar[str] = "return.approved"
    order_id: int
    what: str
    automatic: bool


@dataclass(frozen=True)
class ReturnRefused(Fact):
    kind: ClassVar[str] = "return.refused"
    order_id: int
    what: str


@dataclass(frozen=True)
class ReturnLabelled(Fact):
    kind: ClassVar[str] = "return.labelled"
    order_id: int


@dataclass(frozen=True)
class ReturnShipped(Fact):
    """The goods are on their way back, in a parcel of their own."""

    kind: ClassVar[str] = "return.shipped"
    order_id: int
    carrier: str
    number: str


@dataclass(frozen=True)
class ReturnReceived(Fact):
    kind: ClassVar[str] = "return.received"
    order_id: int


@dataclass(frozen=True)
class ReturnSettled(Fact):
    """``how``: refunded, exchanged, credited or repaired. Credit is given by whoever keeps coupons."""

    kind: ClassVar[str] = "return.settled"
    order_id: int
    how: str


@dataclass(frozen=True)
class ReturnCancelled(Fact):
    kind: ClassVar[str] = "return.cancelled"
    order_id: int


@dataclass(frozen=True)
class ReplacementPlaced(Fact):
    """A free order goes out in place of another. Subject: the free one; ``original_id``: the one it makes good."""

    kind: ClassVar[str] = "replacement.placed"
    number: str
    original_id: int

"""What a shop platform told us, in our words. Adapters build these; ``orders.actions.save_orders`` stores them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

LineKind = Literal["goods", "service", "digital", "subscription"]
Channel = Literal["web", "pos", "marketplace"]
Financial = Literal["", "pending", "authorized", "partly_paid", "paid", "partly_refunded", "refunded", "voided"]


@dataclass(frozen=True, slots=True)
class LineSeen:
    """One position. ``price`` is per piece, ``total`` after the line's own discount, both in the order's currency."""

    external_id: str
    title: str
    quantity: int
    price: Decimal
    total: Decimal
    sku: str = ""
    product_id: str = ""
    image_url: str = ""
    kind: LineKind = "goods"  # what is not goods travels in no parcel and is completed by its own fact
    completed_at: datetime | None = None
    renews_on: date | None = None  # of a subscription
    variant_id: str = ""  # the shop's own, for the link that orders again
    renewal_failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """Money that moved, or should have. ``amount`` is positive whatever the direction.

    ``kind``: a payment in advance or part of one, the amount due at hand-over, or money going back. ``external_id`` is
    the source's own id and makes a repeated word the same row; of two words the later ``at`` counts, at the same time
    the further state (pending, failed, paid, cancelled). A payment that is no longer named stays as it was.
    """

    external_id: str
    kind: Literal["charge", "on_delivery", "refund"]
    amount: Decimal
    state: Literal["pending", "paid", "failed", "cancelled"]
    at: datetime
    method: str = ""  # in the shop's words
    reason: str = ""  # why it failed, or why money went back
    lines: tuple[tuple[str, int], ...] = ()  # of a refund: (line external id, quantity)
    currency: str = ""  # where it is not the order's
    undated: bool = False  # the source tells no date: ``at`` is when we may have learned of it, and the first one stays


@dataclass(frozen=True, slots=True)
class AddressSeen:
    """A postal address as written by the customer; ``country`` is ISO 3166-1 alpha-2 or empty."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as the shop shows it now. ``updated_at`` is the shop's own version: an older one never overwrites.

    All times are aware UTC datetimes. ``external_id`` is the shop's id as text (ids beyond 2**53 are kept exact).
    ``customer_id`` is the shop's id of the buyer, empty for a guest. ``language`` is a two-letter code or empty.
    """

    external_id: str
    number: str
    currency: str
    total: Decimal
    placed_at: datetime
    updated_at: datetime
    lines: tuple[LineSeen, ...] = ()
    subtotal: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)  # so far, of the total
    discount_codes: tuple[str, ...] = ()  # as the buyer typed them
    financial: Financial = ""
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    customer_id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    address: AddressSeen = AddressSeen()
    shipping_method: str = ""
    payment_method: str = ""
    test: bool = False
    discreet: bool = False  # subjects and previews of mails name no products
    # What the buyer said to advertising by e-mail: yes, no (took it back), or nothing; a box left empty is nothing.
    accepts_marketing: bool | None = None
    accepts_marketing_at: datetime | None = None  # None: at the checkout
    channel: Channel = "web"
    # A marketplace's buyer: the address is a relay's, and advertising is forbidden whatever was ticked.
    relayed: bool = False
    payments: tuple[PaymentSeen, ...] | None = None  # None: this source does not say, what is known stays
    pay_url: str = ""  # where the rest is paid: the shop's own link
    fiscal_url: str = ""  # the fiscal receipt at the tax office or the cash register's operator


@dataclass(frozen=True, slots=True)
class FulfilmentSeen:
    """The shop sent (part of) an order. ``numbers`` and ``urls`` may differ in length; ``lines`` may be unknown.

    ``status``: pending, success, cancelled or failed; or moved, when nothing but the milestone is told.
    ``milestone`` is our word (tracking/milestones.py) when the shop itself reports the parcel's progress, else empty.
    ``lines`` holds (line external id, quantity).
    """

    order_external_id: str
    external_id: str
    created_at: datetime
    updated_at: datetime
    status: Literal["pending", "success", "cancelled", "failed", "moved"] = "success"
    carrier: str = ""
    numbers: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()
    milestone: str = ""


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund told by itself, with or before its order."""

    order_external_id: str
    payments: tuple[PaymentSeen, ...]


@dataclass(frozen=True, slots=True)
class OrderGone:
    """The shop threw the order away; it may bring it back by showing it again."""

    external_id: str


@dataclass(frozen=True, slots=True)
class PrivacySeen:
    """The platform passes on what a person asked of it: hand out their data, or erase them (or the whole shop)."""

    wish: Literal["data_request", "redact", "shop_redact"]
    customer_external_id: str = ""
    email: str = ""
    phone: str = ""
    order_external_ids: tuple[str, ...] = ()

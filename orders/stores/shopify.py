"""Shopify's webhooks: orders, fulfilments and their progress, refunds, privacy requests, in the REST shape.

Signature: ``X-Shopify-Hmac-Sha256``, base64 HMAC of the raw body with the app's client secret; for up to
an hour after a rotation the old secret still signs. ``X-Shopify-Webhook-Id`` is the same on every retry.

Decisions:

- **Money** is in the shop's currency (``currency``), not in the one the buyer looked at
  (``presentment_currency``): sums over orders need one. The total is ``total_price``, which the lines,
  discount, shipping and tax beside it add up to; ``current_total_price`` is what is left after returns.
- **Ids** come from the tail of ``admin_graphql_api_id`` when it is there: JavaScript programs on the way
  round 64-bit numbers, and leave text alone.
- **Fulfilments inside an order** are read too: they heal a lost ``fulfillments/create``.
- **Without a topic header** (some relays strip it) the shape of the body decides, see ``topic_of``.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

from django.utils.translation import gettext_noop

from events.payloads import (
    Payload,
    amount,
    count,
    country,
    currency,
    fields,
    group,
    identifier,
    label,
    language,
    link,
    moment,
    required,
    required_moment,
    rows,
    text,
    texts,
)
from events.sources import Envelope, Headers, Ignored, Unreadable
from orders.stores.asking_shopify import exact_id, poll
from orders.stores.seen import (
    AddressSeen,
    Financial,
    FulfilmentSeen,
    LineSeen,
    OrderSeen,
    PaymentSeen,
    PrivacySeen,
    RefundSeen,
)
from shelf.reasons import Reason
from shelf.signatures import signed_by_any

ORDER_TOPICS = ("orders/create", "orders/updated", "orders/cancelled")
ANNOUNCED = ("orders/create",)  # "this order is new"
FULFILMENT_TOPICS = ("fulfillments/create", "fulfillments/update")

NOT_READ = gettext_noop(
    "Shopify's “%(topic)s” is not read: only orders, fulfillments, refunds and privacy requests are."
)
NO_TOPIC = gettext_noop("Neither a topic nor the fields of an order or a fulfillment: nothing to read here.")
EDITED = gettext_noop("An edit of an order tells lines without prices. The order itself follows as “orders/updated”.")
NO_MONEY = gettext_noop("No money moved with this refund.")

DISCREET = "discreet"  # a tag of the order

FINANCIAL: dict[str, Financial] = {
    "pending": "pending",
    "authorized": "authorized",
    "partially_paid": "partly_paid",
    "paid": "paid",
    "partially_refunded": "partly_refunded",
    "refunded": "refunded",
    "voided": "voided",
    "expired": "voided",
}
FULFILMENT_STATUS: dict[str, Literal["pending", "success", "cancelled", "failed"]] = {
    "pending": "pending",
    "open": "pending",
    "success": "success",
    "cancelled": "cancelled",
    "error": "failed",
    "failure": "failed",
}
# ``shipment_status`` and the statuses of fulfillment events, in the words of tracking/milestones.py.
MILESTONES = {
    "label_printed": "info_received",
    "label_purchased": "info_received",
    "confirmed": "pending",
    "carrier_picked_up": "picked_up",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "ready_for_pickup": "ready_for_pickup",
    "attempted_delivery": "attempt_failed",
    "delayed": "exception",
    "failure": "exception",
    "delivered": "delivered",
    "picked_up": "delivered",
}


PRIVACY_TOPICS: dict[str, Literal["data_request", "redact", "shop_redact"]] = {
    "customers/data_request": "data_request",
    "customers/redact": "redact",
    "shop/redact": "shop_redact",
}
# ``status`` and ``kind`` of a transaction
STATES: dict[str, Literal["pending", "paid", "failed"]] = {
    "success": "paid",
    "pending": "pending",
    "awaiting_response": "pending",
    "failure": "failed",
    "error": "failed",
}
__all__ = ["exact_id", "poll"]  # the adapter's fourth function has a file of its own
Seen = OrderSeen | FulfilmentSeen | RefundSeen | PrivacySeen


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return signed_by_any(headers.get("x-shopify-hmac-sha256"), body, secrets)


def envelope(headers: Headers, body: bytes) -> Envelope:
    key = label(headers.get("x-shopify-webhook-id")) or f"sha256:{sha256(body).hexdigest()}"
    return Envelope(key, topic=label(headers.get("x-shopify-topic")) or topic_of(body))


def topic_of(body: bytes) -> str:
    """The topic that a body without a topic header must have had; "" when its shape is neither of ours.

    ``orders/updated`` and ``fulfillments/update`` are safe names for both kinds: what is unknown is created,
    and an older body never overwrites a newer one.
    """
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(payload, dict):
        return ""
    if "line_items" in payload and "total_price" in payload:
        return "orders/updated"
    if "order_id" in payload and ("tracking_numbers" in payload or "tracking_number" in payload):
        return "fulfillments/update"
    return ""


def read(topic: str, payload: Any) -> tuple[Seen, ...] | Ignored:
    """An order with the fulfilments in it, or one fulfilment, its progress, a refund, a person's wish."""
    if topic in ORDER_TOPICS:
        order = read_order(fields(payload), topic)
        sent = rows(payload, "fulfillments")
        return (order, *(read_fulfilment(each, order.external_id) for each in sent))
    if topic in FULFILMENT_TOPICS:
        return (read_fulfilment(fields(payload)),)
    if topic == "fulfillment_events/create":
        return (read_progress(fields(payload)),)
    if topic == "refunds/create":
        refund = read_refund(fields(payload))
        return (refund,) if refund.payments else Ignored(Reason(NO_MONEY))
    if topic in PRIVACY_TOPICS:
        return (read_wish(fields(payload), PRIVACY_TOPICS[topic]),)
    if topic == "orders/edited":
        return Ignored(Reason(EDITED))
    return Ignored(Reason(NOT_READ, {"topic": topic}) if topic else Reason(NO_TOPIC))


def read_order(order: Payload, topic: str = "orders/updated") -> OrderSeen:
    customer = group(order, "customer")
    billing, shipping = group(order, "billing_address"), group(order, "shipping_address")
    # An order moved here from elsewhere keeps its own day in processed_at; created_at is the day of the move.
    placed_at = required_moment(order, "processed_at", "created_at")
    updated_at = moment(order, "updated_at", "created_at") or placed_at
    lines = tuple(map(_line, rows(order, "line_items")))
    external_id = required(exact_id(order), "id")
    person = customer if text(customer, "first_name", "last_name") else shipping or billing
    return OrderSeen(
        external_id=external_id,
        number=required(text(order, "name", "order_number", longest=64), "name"),
        currency=currency(order),
        total=amount(order, "total_price"),
        placed_at=placed_at,
        updated_at=updated_at,
        lines=lines,
        subtotal=amount(order, "total_line_items_price", default=sum((line.total for line in lines), Decimal(0))),
        shipping=_shipping(order),
        discount=amount(order, "total_discounts", default=Decimal(0)),
        tax=amount(order, "total_tax", default=Decimal(0)),
        refunded=_refunded(order),
        payments=tuple(_paid_back(order, external_id, updated_at)),
        discount_codes=tuple(filter(None, (text(each, "code", longest=60) for each in rows(order, "discount_codes")))),
        financial=FINANCIAL.get(text(order, "financial_status"), ""),
        cancelled_at=moment(order, "cancelled_at") or (updated_at if topic == "orders/cancelled" else None),
        cancel_reason=text(order, "cancel_reason"),
        customer_id=exact_id(customer),
        first_name=text(person, "first_name"),
        last_name=text(person, "last_name"),
        email=text(order, "email", "contact_email") or text(customer, "email"),
        phone=_first(text(data, "phone") for data in (order, customer, billing, shipping)),
        language=language(order, "customer_locale"),
        address=_address(shipping),
        shipping_method=_joined(text(line, "title") for line in rows(order, "shipping_lines")),
        payment_method=_joined(texts(order, "payment_gateway_names")),
        test=order.get("test") is True,
        discreet=DISCREET in {tag.strip().lower() for tag in text(order, "tags", longest=5000).split(",")},
        channel="pos" if text(order, "source_name") == "pos" else "web",
        accepts_marketing=_accepts_marketing(order),
        accepts_marketing_at=moment(group(customer, "email_marketing_consent"), "consent_updated_at"),
    )


def _accepts_marketing(order: Payload) -> bool | None:
    """The customer's standing decides; a guest has the box of the checkout, which says yes or nothing."""
    standing = text(group(group(order, "customer"), "email_marketing_consent"), "state")
    if standing in ("subscribed", "unsubscribed"):
        return standing == "subscribed"
    return True if order.get("buyer_accepts_marketing") is True and not standing else None


def read_fulfilment(fulfilment: Payload, order_id: str = "") -> FulfilmentSeen:
    """One fulfilment; with several numbers it is several parcels, and nobody says what lies in which."""
    created_at = required_moment(fulfilment, "created_at", "updated_at")
    single = text(fulfilment, "tracking_number", longest=100)
    numbers = texts(fulfilment, "tracking_numbers", longest=100) or filter(None, [single])
    return FulfilmentSeen(
        order_external_id=order_id or required(identifier(fulfilment, "order_id"), "order_id"),
        external_id=required(exact_id(fulfilment), "id"),
        created_at=created_at,
        updated_at=moment(fulfilment, "updated_at") or created_at,
        status=FULFILMENT_STATUS.get(text(fulfilment, "status"), "success"),
        carrier=text(fulfilment, "tracking_company"),
        numbers=tuple(dict.fromkeys(numbers)),
        urls=_links(fulfilment),
        lines=tuple((exact_id(x), count(x, "quantity")) for x in rows(fulfilment, "line_items")),
        milestone=MILESTONES.get(text(fulfilment, "shipment_status"), ""),
    )


def read_progress(event: Payload) -> FulfilmentSeen:
    """What the shop heard of a fulfilment's way; numbers and lines stay as they are."""
    happened_at = required_moment(event, "happened_at", "created_at")
    return FulfilmentSeen(
        order_external_id=required(identifier(event, "order_id"), "order_id"),
        external_id=required(identifier(event, "fulfillment_id"), "fulfillment_id"),
        created_at=happened_at,
        updated_at=happened_at,
        status="moved",
        milestone=MILESTONES.get(text(event, "status"), ""),
    )


def read_refund(refund: Payload, order_id: str = "", otherwise_at: datetime | None = None) -> RefundSeen:
    """By its transactions, never by its lines: what was only restocked cost nobody anything."""
    moved = [each for each in rows(refund, "transactions") if text(each, "kind") == "refund"]
    lines = tuple((identifier(x, "line_item_id"), count(x, "quantity")) for x in rows(refund, "refund_line_items"))
    at = moment(refund, "processed_at", "created_at") or otherwise_at
    payments = tuple(
        PaymentSeen(
            external_id=required(exact_id(each), "transactions.id"),
            kind="refund",
            amount=amount(each, "amount"),
            state=STATES.get(text(each, "status"), "pending"),
            at=moment(each, "processed_at", "created_at") or at or required_moment(each, "created_at"),
            method=text(each, "gateway"),
            reason=text(refund, "note"),
            lines=lines if len(moved) == 1 else (),  # of several nobody says which paid for what
            currency=text(each, "currency", longest=3),
        )
        for each in moved
    )
    return RefundSeen(order_id or required(identifier(refund, "order_id"), "order_id"), payments)


def read_wish(wish: Payload, kind: Literal["data_request", "redact", "shop_redact"]) -> PrivacySeen:
    person = group(wish, "customer")
    named = wish.get("orders_to_redact") or wish.get("orders_requested") or []
    return PrivacySeen(
        kind,
        customer_external_id=identifier(person),
        email=text(person, "email"),
        phone=text(person, "phone"),
        order_external_ids=tuple(str(each) for each in named if isinstance(each, int | str)),
    )


def _line(line: Payload) -> LineSeen:
    price, quantity = amount(line, "price"), count(line, "quantity", default=1)
    return LineSeen(
        external_id=required(exact_id(line), "line_items.id"),
        title=text(line, "name", "title"),
        quantity=quantity,
        price=price,
        total=price * quantity - amount(line, "total_discount", default=Decimal(0)),
        sku=text(line, "sku", longest=100),
        product_id=identifier(line, "product_id"),
        variant_id=identifier(line, "variant_id"),
    )


def _address(address: Payload) -> AddressSeen:
    whole_name = f"{text(address, 'first_name')} {text(address, 'last_name')}".strip()
    return AddressSeen(
        name=text(address, "name") or whole_name,
        company=text(address, "company"),
        line1=text(address, "address1"),
        line2=text(address, "address2"),
        city=text(address, "city"),
        region=text(address, "province"),
        postcode=text(address, "zip", longest=32),
        country=country(address, "country_code"),
        phone=text(address, "phone", longest=64),
    )


def _shipping(order: Payload) -> Decimal:
    shop_money = group(group(order, "total_shipping_price_set"), "shop_money")
    if shop_money:
        return amount(shop_money, "amount")
    return sum((amount(x, "price", default=Decimal(0)) for x in rows(order, "shipping_lines")), Decimal(0))


def _paid_back(order: Payload, external_id: str, heard_at: datetime) -> Iterator[PaymentSeen]:
    for refund in rows(order, "refunds"):
        with suppress(Unreadable):  # the webhook of its own parks with the reason; the order is not held back
            yield from read_refund(refund, external_id, heard_at).payments


def _refunded(order: Payload) -> Decimal:
    """What went back, by the transactions of the refunds: what was only restocked cost nobody anything."""
    paid_back = [
        amount(each, "amount", default=Decimal(0))
        for refund in rows(order, "refunds")
        for each in rows(refund, "transactions")
        if text(each, "kind") == "refund" and text(each, "status") == "success"
    ]
    return sum(paid_back, Decimal(0))


def _links(fulfilment: Payload) -> tuple[str, ...]:
    written = texts(fulfilment, "tracking_urls", longest=501)
    found = [link({"tracking_urls": url}, "tracking_urls") for url in written] or [link(fulfilment, "tracking_url")]
    return tuple(filter(None, found))


def _first(values: Iterable[str]) -> str:
    return next(filter(None, values), "")


def _joined(values: Iterable[str]) -> str:
    return ", ".join(filter(None, values))[:255]

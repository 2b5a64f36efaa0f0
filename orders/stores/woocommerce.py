"""WooCommerce's webhooks: ``order.*`` in the REST v3 shape.

Signature: ``X-WC-Webhook-Signature``, base64 HMAC of the raw body. ``X-WC-Webhook-Delivery-ID`` is new on
each send and not unique within a second, so a delivery is known by webhook, topic and body. On creation the
shop sends an unsigned form, ``webhook_id=<n>``, and wants 200: see ``ping``.

Decisions:

- **Times** are the ``*_gmt`` ones; those beside them are in the shop's own zone, which the body leaves out.
- **Payment** follows ``date_paid_gmt`` and ``refunds`` before ``status``: plugins add statuses of their own
  (``shipped``, ``delivered``, ``awaiting-shipment``), and an order in one of them is an order all the same.
- **Parcels** are the entries of the meta field that the shipment-tracking plugins share. A broken entry is
  passed over: a plugin's mistake must not hold back the order.
- **Asked** is REST v3, ``GET /orders`` by ``modified_after``, oldest change first, with the key ``ck_…:cs_…``. The
  cursor follows the last change on a full page, because pages shift while orders change; only where a whole page
  changed in one second the page is turned. Each new walk begins ``OVERLAP`` earlier; the key is id and version.
- ``order_key`` opens the order to whoever holds it, and is not read at all.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import urlencode

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
    parse_list,
    required,
    required_moment,
    rows,
    text,
    unix_moment,
)
from events.sources import Asking, Delivery, Envelope, Headers, Ignored, Polled, Unreadable
from orders.stores.asking import NO_ADDRESS, STILL_A_DRAFT
from orders.stores.seen import AddressSeen, Financial, FulfilmentSeen, LineSeen, OrderGone, OrderSeen, PaymentSeen
from shelf.reasons import Reason
from shelf.signatures import signed_by_any

ORDER_TOPICS = ("order.created", "order.updated", "order.restored")
CALLED_OFF = ("cancelled", "failed", "trash")
ANNOUNCED = ("order.created",)  # "this order is new"
DRAFTS = ("checkout-draft", "auto-draft")
# "Mailchimp for WooCommerce" writes the box of its checkout onto the order.
MARKETING_META = "mailchimp_woocommerce_is_subscribed"
LANGUAGE_META = ("wpml_language", "trp_language")  # WPML, TranslatePress
TRACKING_META = "_wc_shipment_tracking_items"

NOT_READ = gettext_noop("WooCommerce's “%(topic)s” is not read: only orders are.")
NO_TOPIC = gettext_noop("Neither a topic nor the fields of an order: nothing to read here.")

FINANCIAL: dict[str, Financial] = {
    "pending": "pending",
    "on-hold": "pending",
    "processing": "paid",
    "completed": "paid",
    "failed": "voided",
    "refunded": "refunded",
}


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return signed_by_any(headers.get("x-wc-webhook-signature"), body, secrets)


def ping(headers: Headers, body: bytes) -> bool:
    """Is this the unsigned form that only says that the webhook was created? It holds nothing to trust."""
    unsigned = not headers.get("x-wc-webhook-signature") and not headers.get("x-wc-webhook-topic")
    return unsigned and re.fullmatch(rb"webhook_id=\d{1,20}", body) is not None


def envelope(headers: Headers, body: bytes) -> Envelope:
    topic = label(headers.get("x-wc-webhook-topic")) or topic_of(body)
    webhook = label(headers.get("x-wc-webhook-id"), longest=20)
    return Envelope(key=f"{webhook}:{topic}:{sha256(body).hexdigest()}", topic=topic)


def topic_of(body: bytes) -> str:
    """The topic that a body without a topic header must have had; "" when it does not look like an order."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    looks_right = isinstance(payload, dict) and {"line_items", "status", "date_created_gmt"} <= payload.keys()
    return "order.updated" if looks_right and "total" in payload else ""


def read(topic: str, payload: Any) -> tuple[OrderSeen | FulfilmentSeen | OrderGone, ...] | Ignored:
    """An order, followed by one fulfilment for each tracking number in it."""
    if topic == "order.deleted":  # nothing but the id
        return (OrderGone(required(identifier(fields(payload)), "id")),)
    if topic not in ORDER_TOPICS:
        return Ignored(Reason(NOT_READ, {"topic": topic}) if topic else Reason(NO_TOPIC))
    data = fields(payload)
    if text(data, "status") in DRAFTS:
        return Ignored(Reason(STILL_A_DRAFT))
    order = read_order(data)
    return (order, *read_fulfilments(data, order))


def read_order(order: Payload) -> OrderSeen:
    billing = group(order, "billing")
    shipping = group(order, "shipping")
    placed_at = required_moment(order, "date_created_gmt", zone=UTC)
    updated_at = moment(order, "date_modified_gmt", zone=UTC) or placed_at
    lines = rows(order, "line_items")
    return OrderSeen(
        external_id=required(identifier(order), "id"),
        number=text(order, "number", "id", longest=64),
        currency=currency(order),
        total=amount(order, "total"),
        placed_at=placed_at,
        updated_at=updated_at,
        lines=tuple(map(_line, lines)),
        subtotal=sum((amount(line, "subtotal", "total") for line in lines), Decimal(0)),
        shipping=amount(order, "shipping_total", default=Decimal(0)),
        discount=amount(order, "discount_total", default=Decimal(0)),
        tax=amount(order, "total_tax", default=Decimal(0)),
        # refunds are written as negative sums
        refunded=sum((abs(amount(each, "total", default=Decimal(0))) for each in rows(order, "refunds")), Decimal(0)),
        payments=(*_cash(order, placed_at), *(_refund(each, updated_at) for each in rows(order, "refunds"))),
        discount_codes=tuple(filter(None, (text(each, "code", longest=60) for each in rows(order, "coupon_lines")))),
        financial=_financial(order),
        paid_at=moment(order, "date_paid_gmt", zone=UTC),
        cancelled_at=updated_at if text(order, "status") in ("cancelled", "trash") else None,
        customer_id=identifier(order, "customer_id"),  # 0 is a guest
        first_name=text(billing, "first_name") or text(shipping, "first_name"),
        last_name=text(billing, "last_name") or text(shipping, "last_name"),
        email=text(billing, "email"),
        phone=text(billing, "phone", longest=64) or text(shipping, "phone", longest=64),
        language=language(_meta(order), *LANGUAGE_META),
        address=_address(shipping if text(shipping, "address_1", "city", "postcode") else billing),
        shipping_method=text(next(iter(rows(order, "shipping_lines")), {}), "method_title"),
        payment_method=text(order, "payment_method_title", "payment_method"),
        # A box left empty is nothing: only a yes is read.
        discreet=text(_meta(order), "discreet").lower() in ("1", "yes", "true"),
        accepts_marketing=True if text(_meta(order), MARKETING_META) in ("1", "yes", "true") else None,
    )


def read_fulfilments(order: Payload, seen: OrderSeen) -> Iterator[FulfilmentSeen]:
    """One for each entry with a tracking number, in the order in which the shop has them."""
    for entry in _tracking_items(order):
        with suppress(Unreadable):
            if text(entry, "tracking_number"):
                yield _fulfilment(entry, text(order, "status"), seen)


def _fulfilment(entry: Payload, status: str, order: OrderSeen) -> FulfilmentSeen:
    number = text(entry, "tracking_number", longest=100)
    url = link(entry, "custom_tracking_link")
    return FulfilmentSeen(
        order_external_id=order.external_id,
        external_id=text(entry, "tracking_id", longest=100) or f"{order.external_id}:{number}"[:100],
        created_at=unix_moment(entry, "date_shipped") or order.updated_at,
        updated_at=order.updated_at,
        carrier=text(entry, "custom_tracking_provider", "tracking_provider"),
        numbers=(number,),
        urls=(url,) if url else (),
        milestone="delivered" if status == "delivered" else "",
    )


def _cash(order: Payload, placed_at: datetime) -> Iterator[PaymentSeen]:
    """Payment on delivery is a method of its own here. The shop writes the date when its people see the money."""
    if text(order, "payment_method") != "cod":
        return
    paid_at, total = moment(order, "date_paid_gmt", zone=UTC), amount(order, "total")
    if total and text(order, "status") in CALLED_OFF:
        yield PaymentSeen("cod", "on_delivery", total, "cancelled", paid_at or placed_at)
    elif total:
        yield PaymentSeen("cod", "on_delivery", total, "paid" if paid_at else "pending", paid_at or placed_at)


def _refund(refund: Payload, heard_at: datetime) -> PaymentSeen:
    """An order names its refunds by id and sum only; when it was is told by nobody."""
    return PaymentSeen(
        external_id=required(identifier(refund), "refunds.id"),
        kind="refund",
        amount=abs(amount(refund, "total")),
        state="paid",
        at=heard_at,
        reason=text(refund, "reason"),
        undated=True,
    )


def _tracking_items(order: Payload) -> list[Payload]:
    items = _meta(order).get(TRACKING_META)
    if isinstance(items, dict):  # PHP's list with gaps is written as a map
        items = list(items.values())
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _financial(order: Payload) -> Financial:
    status = text(order, "status")
    if status == "refunded":
        return "refunded"
    if rows(order, "refunds"):
        return "partly_refunded"
    if moment(order, "date_paid_gmt", zone=UTC):
        return "paid"
    if status == "processing" and text(order, "payment_method") == "cod":
        return "pending"  # on its way, and to be paid at the door
    return FINANCIAL.get(status, "")


def _line(line: Payload) -> LineSeen:
    quantity, before_coupons = count(line, "quantity", default=1), amount(line, "subtotal", "total")
    image = line.get("image")
    return LineSeen(
        external_id=required(identifier(line), "line_items.id"),
        title=unescape(text(line, "name", longest=500))[:255],
        quantity=quantity,
        # The field "price" is what is left after coupons, a JSON number with all the digits of a division.
        price=round(before_coupons / quantity, 2) if quantity else before_coupons,
        total=amount(line, "total"),
        sku=text(line, "sku", longest=100),
        product_id=identifier(line, "product_id"),
        variant_id=identifier(line, "variation_id"),
        image_url=link(image, "src") if isinstance(image, dict) else "",
    )


def _address(address: Payload) -> AddressSeen:
    return AddressSeen(
        name=f"{text(address, 'first_name')} {text(address, 'last_name')}".strip(),
        company=text(address, "company"),
        line1=text(address, "address_1"),
        line2=text(address, "address_2"),
        city=text(address, "city"),
        region=text(address, "state"),
        postcode=text(address, "postcode", longest=32),
        country=country(address, "country"),
        phone=text(address, "phone", longest=64),
    )


PAGE = 50  # orders
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OVERLAP = timedelta(minutes=5)  # an order is saved some time after the moment that it carries
EVERY = timedelta(minutes=10)
NO_KEY = gettext_noop("The API key of WooCommerce is written ck_…:cs_…, the two parts with a colon between them.")


def poll(asking: Asking) -> Polled:
    """One page of the orders that changed since the last one."""
    if not asking.address:
        raise Unreadable(NO_ADDRESS)
    if not asking.token.startswith("ck_") or ":cs_" not in asking.token:
        raise Unreadable(NO_KEY)
    since = datetime.fromisoformat(asking.cursor.get("since") or asking.began_at.isoformat())
    page, walking = asking.cursor.get("page", 1), asking.cursor.get("walking", False)
    start = since - (SECOND if walking else OVERLAP)  # "after" leaves out the very second
    query = {
        **{"modified_after": start.strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true", "status": "any"},
        **{"orderby": "modified", "order": "asc", "per_page": PAGE, "page": page},
    }
    answer = asking.fetch(
        "GET",
        f"{asking.address}/wp-json/wc/v3/orders?{urlencode(query)}",
        headers={"authorization": f"Basic {b64encode(asking.token.encode()).decode()}"},
    )
    orders = parse_list(answer.body)
    last = max([start, *filter(lambda at: at <= asking.now, map(_changed_at, orders))])
    found = tuple(map(delivery_of, orders))
    if len(orders) < PAGE:
        return Polled(found, {"since": max(last, since).isoformat()}, EVERY)
    turned = 1 if last - start > SECOND else page + 1
    return Polled(found, {"since": last.isoformat(), "walking": True, "page": turned}, timedelta(0))


def delivery_of(order: Payload) -> Delivery:
    body = json.dumps(order, ensure_ascii=False).encode()
    try:
        version = (
            f"{required(identifier(order), 'id')}:{required(text(order, 'date_modified_gmt'), 'date_modified_gmt')}"
        )
    except Unreadable:  # one odd order parks by itself, as a receipt; it does not hold back the page
        version = sha256(body).hexdigest()
    return Delivery(f"asked:{version}", "order.updated", body)


def _changed_at(order: Payload) -> datetime:
    with suppress(Unreadable):
        return moment(order, "date_modified_gmt", zone=UTC) or LONG_AGO
    return LONG_AGO


def _meta(order: Payload) -> Payload:
    return {text(entry, "key"): entry.get("value") for entry in rows(order, "meta_data")}

"""Prom.ua's Public API v1: ``GET /orders/list`` by ``last_modified_from``. It is asked, and sends nothing of its own.

Key: a token of the company's cabinet (*Settings → API tokens*, orders: read). Read in the public documentation
(public-api.docs.prom.ua), tried against a stand-in only.

Decisions:

- **Sums** may be written as people speak, ``1 234,50 грн``. What is not in hryvnias is refused: no field says more.
- **Time** in the question is UTC without an offset. Should it be taken for Kyiv's, more is told, never less, and
  what is too old is left.
- **The version** is ``date_modified``; an order without it, which happens in no example, has that of the asking.
- **Pages** go down by id. ``last_id`` is "no higher than" the one it names, so that a walk ends where nothing lower
  comes; that one page has fewer orders than were asked for proves nothing.
- **Statuses** of the shop's own (``custom-…``) are orders all the same. ``delivered`` is *done* in the cabinet: it has
  arrived, and nothing is owed. A ``draft`` is no order yet.
- **The catalogue** of Prom is a marketplace (``source``), which passes on the buyer's own address and telephone: he is
  a person of ours, and was asked nothing about advertising.
- **Lines** have no id, only their product's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from events.payloads import (
    Payload,
    amount,
    count,
    fields,
    group,
    identifier,
    link,
    moment,
    parse_object,
    required,
    required_moment,
    rows,
    text,
)
from events.sources import Asking, Envelope, Headers, Ignored, Polled
from orders.stores.asking import (
    ASKED,
    NOT_READ,
    STILL_A_DRAFT,
    Page,
    at_the_door,
    changed_since,
    delivery_of,
    home,
    is_on_delivery,
    line_ids,
    listed,
    one_parcel,
    walk,
)
from orders.stores.seen import AddressSeen, Channel, Financial, FulfilmentSeen, LineSeen, OrderSeen
from shelf.reasons import Reason

HOST = "https://my.prom.ua/api/v1"
PAGE = 100
ANNOUNCED: tuple[str, ...] = ()
SUM = re.compile(r"(-?\d+(?:[.,]\d{1,2})?)(?:грн\.?|₴|uah)?", re.IGNORECASE)
OWN_SITE = ("company_site", "company_cabinet")
FINANCIAL: dict[str, Financial] = {"paid": "paid", "paid_out": "paid", "refunded": "refunded", "unpaid": "pending"}
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not Prom


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=ASKED)


def poll(asking: Asking) -> Polled:
    return walk(asking, lambda since, onward: _page(asking, since, onward))


def _page(asking: Asking, since: datetime, lowest: int | None) -> Page:
    query = {"last_modified_from": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "limit": PAGE}
    if lowest is not None:
        query["last_id"] = lowest
    answer = asking.fetch(
        "GET",
        f"{home(asking, HOST)}/orders/list?{urlencode(query)}",
        headers={"authorization": f"Bearer {asking.token}", "accept": "application/json"},
    )
    orders = listed(parse_object(answer.body, len(answer.body)), "orders")
    ids = [order["id"] for order in orders if type(order.get("id")) is int]
    lower = min(ids, default=None)
    further = lower is not None and (lowest is None or lower < lowest)
    recent = changed_since(orders, "date_modified", since)
    found = tuple(delivery_of(order, told=_dated(order, asking.now)) for order in recent)
    return Page(found, lower if further else None)


def _dated(order: Payload, asked_at: datetime) -> Payload:
    return order if order.get("date_modified") else {**order, "date_modified": asked_at.isoformat()}


def read(topic: str, payload: Any) -> tuple[OrderSeen | FulfilmentSeen, ...] | Ignored:
    """An order, and its parcel when there is one."""
    if topic != ASKED:
        return Ignored(Reason(NOT_READ, {"topic": topic}))
    data = fields(payload)
    if text(data, "status") == "draft":
        return Ignored(Reason(STILL_A_DRAFT))
    order = read_order(data)
    sent = group(data, "delivery_provider_data")
    number = text(sent, "declaration_number", longest=100).removeprefix("ЕН").strip()
    carrier = text(sent, "provider") or order.shipping_method
    milestone = "delivered" if text(data, "status") == "delivered" else ""
    return (order, *one_parcel(order, number, carrier, milestone))


def read_order(order: Payload) -> OrderSeen:
    recipient = group(order, "delivery_recipient")
    placed_at = required_moment(order, "date_created")
    updated_at = moment(order, "date_modified") or placed_at
    called_off = text(order, "status") == "canceled"
    lines = tuple(_lines(rows(order, "products")))
    seen = OrderSeen(
        external_id=required(identifier(order), "id"),
        number=required(identifier(order), "id"),
        currency="UAH",
        total=_sum(order, "full_price", "price"),
        placed_at=placed_at,
        updated_at=updated_at,
        lines=lines,
        subtotal=sum((line.total for line in lines), Decimal(0)),
        shipping=_sum(order, "delivery_cost", default=Decimal(0)),
        discount=_sum(order, "special_offer_discount", default=Decimal(0)),
        discount_codes=tuple(filter(None, [text(order, "special_offer_promocode", longest=60)])),
        financial=_financial(order),
        paid_at=_paid_at(order),
        cancelled_at=updated_at if called_off else None,
        cancel_reason=text(group(order, "cancellation"), "title") if called_off else "",
        customer_id=identifier(order, "client_id"),
        first_name=text(order, "client_first_name"),
        last_name=text(order, "client_last_name"),
        email=text(order, "email"),
        phone=text(order, "phone", longest=64),
        address=AddressSeen(
            name=_name(recipient, "") or _name(order, "client_"),
            line1=text(order, "delivery_address"),
            country="UA",
            phone=text(recipient, "phone", longest=64) or text(order, "phone", longest=64),
        ),
        shipping_method=text(group(order, "delivery_option"), "name"),
        payment_method=text(group(order, "payment_option"), "name"),
        channel=_channel(order),
    )
    if not is_on_delivery(seen.payment_method):
        return replace(seen, payments=())
    return replace(seen, payments=at_the_door(seen, paid=seen.financial == "paid", called_off=called_off))


def _financial(order: Payload) -> Financial:
    """What was paid through Prom counts first, then the seller's own word."""
    status, told = text(order, "status"), FINANCIAL.get(text(group(order, "payment_data"), "status"), "")
    if told in ("paid", "refunded"):
        return told
    if status in ("paid", "delivered"):
        return "paid"
    return "voided" if status == "canceled" else told


def _paid_at(order: Payload) -> datetime | None:
    paid = group(order, "payment_data")
    return moment(paid, "status_modified") if FINANCIAL.get(text(paid, "status")) == "paid" else None


def _channel(order: Payload) -> Channel:
    return "web" if text(order, "source") in ("", *OWN_SITE) else "marketplace"


def _name(data: Payload, prefix: str) -> str:
    parts = (text(data, f"{prefix}{part}_name") for part in ("last", "first", "second"))
    return " ".join(filter(None, parts))


def _lines(products: list[Payload]) -> Iterator[LineSeen]:
    ids = line_ids(required(identifier(each), "products.id") for each in products)
    for each, line_id in zip(products, ids, strict=True):
        quantity, price = count(each, "quantity", default=1), _sum(each, "price")
        yield LineSeen(
            external_id=line_id,
            title=text(each, "name"),
            quantity=quantity,
            price=price,
            total=_sum(each, "total_price", default=price * quantity),
            sku=text(each, "sku", longest=100),
            product_id=identifier(each),
            image_url=link(each, "image"),
        )


def _sum(data: Payload, *names: str, default: Decimal | None = None) -> Decimal:
    for name in names:
        value = data.get(name)
        tidy = re.sub(r"\s", "", value) if isinstance(value, str) else ""
        if found := SUM.fullmatch(tidy):
            return amount({name: found[1].replace(",", ".")}, name)
        if tidy or not isinstance(value, str | None):
            return amount(data, name)
    return amount(data, *names, default=default)

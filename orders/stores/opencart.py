"""OpenCart, which has no API for orders: it is asked through one small file in the shop's folder.

That file (docs/how-to/opencart/aftercare.php) reads the tables that OpenCart 2.3, 3 and 4 have in common: ``order``,
``order_product``, ``order_total``. Key: the one that is written at its top. Tried by PHP 8.2 on rows as those tables
hold them, and this adapter against a stand-in; on no live shop.

Decisions:

- **Statuses** are the merchant's own, so their meaning (``STAGES``) stands in the file, where he can change it.
- **Paid** is what OpenCart never says. A method that is not payment on delivery sets a status of its own when the money
  came; *done* is paid whatever the method.
- **Sums** are in the currency that the buyer chose, by the rate that was kept with the order.
- **A waybill** is no field of OpenCart's; the column of the widespread module for Nova Poshta is read.
- **Lines** get new ids with each edit of the order, so they are called by their product.
- **Deleted** orders are not told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
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
    identifier,
    language,
    link,
    moment,
    parse_object,
    required,
    required_moment,
    rows,
    text,
)
from events.sources import Asking, Envelope, Headers, Ignored, Polled, Unreadable
from orders.stores.asking import (
    ASKED,
    NO_ADDRESS,
    NOT_READ,
    STILL_A_DRAFT,
    Page,
    at_the_door,
    delivery_of,
    line_ids,
    listed,
    one_parcel,
    walk,
)
from orders.stores.seen import AddressSeen, Financial, FulfilmentSeen, LineSeen, OrderSeen
from shelf.reasons import Reason

ANNOUNCED: tuple[str, ...] = ()
STAGES = ("", "paid", "shipped", "done", "cancelled", "refunded")
ON_DELIVERY = ("cod", "cash_on_delivery", "pod")  # the codes of methods; OpenCart 4 writes cod.cod
BESIDE = ("sub_total", "shipping", "tax", "total")  # what the other rows of the total take off or add
IN_BRACKETS = re.compile(r"\(([^()]{1,60})\)\s*$")  # Coupon (TEA10)

ODD_STAGE = gettext_noop("“%(stage)s” is no meaning of a status. Known: %(known)s. See the list in aftercare.php.")
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not the shop


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=ASKED)


def poll(asking: Asking) -> Polled:
    if not asking.address:
        raise Unreadable(NO_ADDRESS)
    return walk(asking, lambda since, onward: _page(asking, since, onward or 0))


def _page(asking: Asking, since: datetime, after: int) -> Page:
    query = {"since": int(since.timestamp()), "after": after}
    answer = asking.fetch(
        "GET",
        f"{asking.address}/aftercare.php?{urlencode(query)}",
        headers={"x-aftercare-key": asking.token, "accept": "application/json"},
    )
    told = parse_object(answer.body, len(answer.body))
    orders = listed(told, "orders")
    last = count(orders[-1], "order_id") if orders and told.get("more") is True else None
    return Page(tuple(delivery_of(order, "order_id") for order in orders), last)


def read(topic: str, payload: Any) -> tuple[OrderSeen | FulfilmentSeen, ...] | Ignored:
    """An order, and its parcel when there is one."""
    if topic != ASKED:
        return Ignored(Reason(NOT_READ, {"topic": topic}))
    data = fields(payload)
    if not identifier(data, "order_status_id"):  # 0: the checkout was left
        return Ignored(Reason(STILL_A_DRAFT))
    order, stage, number = read_order(data), _stage(data), text(data, "novaposhta_cn_number", longest=100)
    carrier, milestone = "nova_poshta" if number else order.shipping_method, "delivered" if stage == "done" else ""
    return (order, *one_parcel(order, number, carrier, milestone, sent=stage == "shipped"))


def read_order(order: Payload) -> OrderSeen:
    stage, parts = _stage(order), rows(order, "totals")
    cash = text(order, "payment_code").split(".")[0] in ON_DELIVERY
    placed_at = required_moment(order, "date_added")
    updated_at = moment(order, "date_modified") or placed_at
    lines = tuple(_lines(rows(order, "products")))
    seen = OrderSeen(
        external_id=required(identifier(order, "order_id"), "order_id"),
        number=required(identifier(order, "order_id"), "order_id"),
        currency=currency(order, "currency_code"),
        total=amount(order, "total"),
        placed_at=placed_at,
        updated_at=updated_at,
        lines=lines,
        subtotal=_sum(parts, "sub_total") if parts else sum((line.total for line in lines), Decimal(0)),
        shipping=_sum(parts, "shipping"),
        discount=-sum((value for code, value in _values(parts) if code not in BESIDE and value < 0), Decimal(0)),
        tax=_sum(parts, "tax"),
        discount_codes=tuple(_codes(parts)),
        financial=_financial(stage, cash=cash),
        cancelled_at=updated_at if stage == "cancelled" else None,
        cancel_reason=text(order, "status_name") if stage == "cancelled" else "",
        customer_id=identifier(order, "customer_id"),
        first_name=text(order, "firstname"),
        last_name=text(order, "lastname"),
        email=text(order, "email"),
        phone=text(order, "telephone", longest=64),
        language=language(order, "language"),
        address=_address(order),
        shipping_method=text(order, "shipping_method"),
        payment_method=text(order, "payment_method"),
    )
    off = stage in ("cancelled", "refunded")
    return replace(seen, payments=at_the_door(seen, paid=stage == "done", called_off=off) if cash else ())


def _stage(order: Payload) -> str:
    stage = text(order, "stage")
    if stage not in STAGES:
        raise Unreadable(ODD_STAGE, stage=stage, known=", ".join(STAGES[1:]))
    return stage


def _financial(stage: str, *, cash: bool) -> Financial:
    if stage == "refunded":
        return "voided" if cash else "refunded"
    if stage == "cancelled":
        return "voided"
    paid = stage == "done" or (stage in ("paid", "shipped") and not cash)
    return "paid" if paid else "pending"


def _address(order: Payload) -> AddressSeen:
    name = f"{text(order, 'shipping_firstname')} {text(order, 'shipping_lastname')}".strip()
    return AddressSeen(
        name=name or f"{text(order, 'firstname')} {text(order, 'lastname')}".strip(),
        company=text(order, "shipping_company"),
        line1=text(order, "shipping_address_1"),
        line2=text(order, "shipping_address_2"),
        city=text(order, "shipping_city"),
        region=text(order, "shipping_zone"),
        postcode=text(order, "shipping_postcode", longest=32),
        country=country(order, "country"),
        phone=text(order, "telephone", longest=64),
    )


def _lines(products: list[Payload]) -> Iterator[LineSeen]:
    ids = line_ids(required(identifier(each, "product_id"), "products.product_id") for each in products)
    for each, line_id in zip(products, ids, strict=True):
        yield LineSeen(
            external_id=line_id,
            title=text(each, "name"),
            quantity=count(each, "quantity", default=1),
            price=amount(each, "price"),
            total=amount(each, "total"),
            sku=text(each, "sku", longest=100),
            product_id=identifier(each, "product_id"),
            image_url=link(each, "image"),
        )


def _values(parts: list[Payload]) -> Iterator[tuple[str, Decimal]]:
    return ((text(part, "code"), amount(part, "value")) for part in parts)


def _sum(parts: list[Payload], wanted: str) -> Decimal:
    return sum((value for code, value in _values(parts) if code == wanted), Decimal(0))


def _codes(parts: list[Payload]) -> Iterator[str]:
    for part in parts:
        if text(part, "code") == "coupon" and (found := IN_BRACKETS.search(text(part, "title"))):
            yield found[1]

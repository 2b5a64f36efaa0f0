"""Horoshop's API: ``POST /api/orders/get/``, with a pass of ten minutes that ``/api/auth/`` gives for a login.

Key: ``login:password`` of an administrator of the shop (*Settings → Administrators*); its address stands under Stores.
Read in the public documentation (horoshop.atlassian.net, orders/get, since v3.30), tried against a stand-in only.

Decisions:

- **What changed** cannot be asked for, only what was placed since. So each walk covers the orders of the last days, and
  one in three hours those of ``FAR``; the key is the order's words, so that only a changed one is read.
- **The version** of an order is when we asked: it carries no other.
- **Webhooks** exist (``hooks/subscribe``), are sent by PUT and unsigned, and what they hold is documented nowhere that
  could be read: they are not taken.
- **Money**: ``total_sum`` is without delivery; a ``delivery_price`` of -1 says that it was not calculated.
- **Statuses**: 3 has arrived, 4 did not or was called off, 6 is sent; the shop's own ones are orders in progress.
- **A buyer** has one name, of which nobody says which part is which, and ``user`` is a number of the order rather than
  his: he is known by address and telephone.
- **Times** are Kyiv's, without an offset.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from events.payloads import (
    Payload,
    amount,
    count,
    currency,
    fields,
    group,
    identifier,
    parse_object,
    required,
    required_moment,
    rows,
    text,
)
from events.sources import Asking, Delivery, Envelope, Headers, Ignored, KeyRefused, Polled, Unreadable, two_parts
from orders.stores.asking import (
    ASKED,
    NO_ADDRESS,
    NOT_READ,
    OVERLAP,
    Page,
    at_the_door,
    delivery_of,
    is_on_delivery,
    line_ids,
    listed,
    one_parcel,
    walk,
    with_pass,
)
from orders.stores.seen import AddressSeen, Financial, FulfilmentSeen, LineSeen, OrderSeen
from shelf.reasons import Reason

KYIV = ZoneInfo("Europe/Kyiv")
LIVES = timedelta(minutes=9)  # a pass lives ten
NEAR, FAR = timedelta(days=3), timedelta(days=45)
HOURS = 3
PAGE = 100  # orders of two to four kB
ANNOUNCED: tuple[str, ...] = ()
ARRIVED, CALLED_OFF, SENT = "3", "4", "6"
NO_PASS = ("UNAUTHORIZED", "AUTHORIZATION_ERROR")

REFUSED = gettext_noop("Horoshop answered with an error: “%(error)s”.")
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked: what it would send is not documented


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=ASKED)


def poll(asking: Asking) -> Polled:
    if not asking.address:
        raise Unreadable(NO_ADDRESS)
    return with_pass(asking, lambda: _pass(asking), LIVES, lambda word: walk(asking, partial(_page, asking, word)))


def _pass(asking: Asking) -> str:
    login, password = two_parts(asking.token, "login:password")
    status, response = _told(asking, "auth", {"login": login, "password": password})
    given = text(response, "token", longest=1_000)
    if status != "OK" or not given:
        refused = status in ("ERROR", *NO_PASS)
        told = text(response, "message", longest=200) or status
        raise (KeyRefused if refused else Unreadable)(REFUSED, error=told)
    return given


def _page(asking: Asking, word: str, since: datetime, onward: dict[str, Any] | None) -> Page:
    now = onward or {"from": _from(asking, since), "offset": 0}
    status, response = _told(asking, "orders/get", {"token": word, "limit": PAGE, **now})
    if status in NO_PASS:
        raise KeyRefused(REFUSED, error=text(response, "message", longest=200) or status)
    if status == "EMPTY":
        return Page(())
    if status not in ("OK", "WARNING"):
        raise Unreadable(REFUSED, error=text(response, "message", longest=200) or status)
    orders = listed(response, "orders")
    found = tuple(_delivery(order, asking.now) for order in orders)
    return Page(found, {**now, "offset": now["offset"] + len(orders)} if len(orders) >= PAGE else None)


def _from(asking: Asking, since: datetime) -> str:
    """From when on orders were placed, never before we were asked to look; the first walk of three hours goes far."""
    far = _slot(since + OVERLAP) != _slot(asking.now)
    start = max(asking.began_at, asking.now - (FAR if far else NEAR))
    return start.astimezone(KYIV).strftime("%Y-%m-%d %H:%M:%S")


def _slot(at: datetime) -> tuple[Any, int]:
    return at.date(), at.hour // HOURS


def _told(asking: Asking, function: str, question: dict[str, Any]) -> tuple[str, Payload]:
    answer = asking.fetch(
        "POST",
        f"{asking.address}/api/{function}/",
        headers={"content-type": "application/json"},
        body=json.dumps(question).encode(),
    )
    told = parse_object(answer.body, len(answer.body))
    return required(text(told, "status"), "status"), group(told, "response")


def _delivery(order: Payload, now: datetime) -> Delivery:
    return delivery_of(order, "order_id", {"asked_at": now.isoformat(), "order": order})


def read(topic: str, payload: Any) -> tuple[OrderSeen | FulfilmentSeen, ...] | Ignored:
    """An order, and its parcel when there is one."""
    if topic != ASKED:
        return Ignored(Reason(NOT_READ, {"topic": topic}))
    data = fields(payload)
    told = group(data, "order")
    order = read_order(told, required_moment(data, "asked_at"))
    sent = group(told, "delivery_data")
    carrier = text(sent, "deliveryOperatorType") or order.shipping_method
    status, number = text(told, "stat_status"), text(sent, "tnNumber", longest=100)
    milestone = "delivered" if status == ARRIVED else ""
    return (order, *one_parcel(order, number, carrier, milestone, sent=status == SENT))


def read_order(order: Payload, asked_at: datetime) -> OrderSeen:
    status, paid = text(order, "stat_status"), text(order, "payed") == "1"
    goods, less = amount(order, "total_default", "total_sum"), amount(order, "total_sum")
    shipping = max(amount(order, "delivery_price", default=Decimal(0)), Decimal(0))
    method = _said(group(order, "payment_type"), "title")
    cash = is_on_delivery(method)
    seen = OrderSeen(
        external_id=required(identifier(order, "order_id"), "order_id"),
        number=required(identifier(order, "order_id"), "order_id"),
        currency=currency(order),
        total=less + shipping,
        placed_at=required_moment(order, "stat_created", zone=KYIV),
        updated_at=asked_at,
        lines=tuple(_lines(rows(order, "products"))),
        subtotal=goods,
        shipping=shipping,
        discount=max(goods - less, Decimal(0)),
        financial=_financial(status, paid=paid, cash=cash),
        cancelled_at=asked_at if status == CALLED_OFF else None,
        email=text(order, "delivery_email"),
        phone=text(order, "delivery_phone", longest=64),
        address=AddressSeen(
            name=text(order, "delivery_name"),
            line1=text(order, "delivery_address"),
            city=text(order, "delivery_city"),
            country="UA",
            phone=text(order, "delivery_phone", longest=64),
        ),
        shipping_method=_said(group(order, "delivery_type"), "title"),
        payment_method=method,
    )
    asked = at_the_door(seen, paid=seen.financial == "paid", called_off=status == CALLED_OFF) if cash else ()
    return replace(seen, payments=asked)


def _financial(status: str, *, paid: bool, cash: bool) -> Financial:
    if paid or (cash and status == ARRIVED):
        return "paid"
    return "voided" if status == CALLED_OFF else "pending"


def _said(data: Payload, name: str) -> str:
    """A title is text, or one text for each language."""
    value = data.get(name)
    return text(value, "ua", "uk", "ru", "en") if isinstance(value, dict) else text(data, name)


def _lines(products: list[Payload]) -> Iterator[LineSeen]:
    ids = line_ids(required(text(each, "article", "id", longest=90), "products.article") for each in products)
    for each, line_id in zip(products, ids, strict=True):
        quantity, price = count(each, "quantity", default=1), amount(each, "price")
        yield LineSeen(
            external_id=line_id,
            title=_said(each, "title"),
            quantity=quantity,
            price=price,
            total=amount(each, "total_price", default=price * quantity),
            sku=text(each, "article", longest=100),
            product_id=text(each, "article", "id", longest=90),
        )

"""Rozetka's marketplace, by its Seller API: ``GET /orders/search`` by ``changed_from``. It is asked, and sends nothing.

Key: ``login:password`` of the seller's cabinet, which ``POST /sites`` changes for a pass of a day (the password in
base64, as it is documented), or a ready-made access token. Read in the public documentation
(api-seller.rozetka.com.ua/apidoc), tried against a stand-in only.

Decisions:

- **Its buyers** are Rozetka's: the order is of a marketplace and passed on, whatever address stands in it
  (docs/decisions/0042). Rozetka forbids to use it for anything else.
- **Errors** come with 200 and ``success: false``; the codes of ``BAD_KEY`` mean the key or the pass.
- **Times** are Kyiv's, without an offset. ``changed_from`` is documented without its form, so the day is given,
  and what changed before the question's time is left.
- **Pages** go up by id: what changes meanwhile comes twice rather than never.
- **Money** is hryvnias. ``cash`` is paid at hand-over, and is paid when the order is *done*.
- **Cancelled** is the group 3, except for what came back: that had left, and the parcel says so.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

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
from events.sources import Asking, Envelope, Headers, Ignored, KeyRefused, Polled, Unreadable, two_parts
from orders.stores.asking import (
    ASKED,
    NOT_READ,
    Page,
    at_the_door,
    changed_since,
    delivery_of,
    home,
    listed,
    one_parcel,
    walk,
    with_pass,
)
from orders.stores.seen import AddressSeen, Financial, FulfilmentSeen, LineSeen, OrderSeen
from shelf.reasons import Reason

HOST = "https://api-seller.rozetka.com.ua"
KYIV = ZoneInfo("Europe/Kyiv")
DAY = timedelta(hours=20)  # a pass lives 24 hours
ANNOUNCED: tuple[str, ...] = ()
WANTED = "delivery,purchases,payment,status_data,user,carrier"
BAD_KEY = {1004, 1010, 1018, 1020, 5401, 6001}
TEST = "25"
DONE = ("6", "87")
FAILED = "3"  # the group of statuses
# Statuses of orders that had left and did not stay: the parcel says what became of it, and nobody called it off.
CAME_BACK = ("11", "12", "19", "71", "83", "84", "85", "86", "88", "89", "90", "91")
MILESTONES = {
    "3": "picked_up",
    "4": "in_transit",
    "5": "ready_for_pickup",
    "6": "delivered",
    "11": "returning",
    "12": "returning",
    "58": "in_transit",
    "59": "in_transit",
    "60": "in_transit",
    "63": "in_transit",
    "64": "in_transit",
    "65": "in_transit",
    "66": "in_transit",
    "67": "out_for_delivery",
    "76": "ready_for_pickup",
    "81": "picked_up",
    "82": "in_transit",
    "83": "returning",
    "84": "returning",
    "85": "returned",
    "87": "delivered",
    "88": "exception",
    "89": "returning",
    "90": "returning",
    "91": "returning",
}
FINANCIAL: dict[str, Financial] = {
    "paid": "paid",
    "ready_for_return": "paid",
    "part-paid": "partly_paid",
    "hold": "authorized",
    "returned": "refunded",
    "part-returned": "partly_refunded",
    "unpaid": "pending",
    "unapproved": "pending",
    "expired": "pending",
    "cancelled": "pending",
}

REFUSED = gettext_noop("Rozetka answered with an error: “%(error)s”.")
ONLY_ASKED = True


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    return False  # it is asked, and sends nothing: whatever knocks is not Rozetka


def envelope(headers: Headers, body: bytes) -> Envelope:
    return Envelope(key=f"sha256:{sha256(body).hexdigest()}", topic=ASKED)


def poll(asking: Asking) -> Polled:
    def go(own_pass: str) -> Polled:
        return walk(asking, partial(_page, asking, own_pass))

    return with_pass(asking, lambda: _pass(asking), DAY, go) if ":" in asking.token else go(asking.token)


def _pass(asking: Asking) -> str:
    login, password = two_parts(asking.token, "login:password")
    given = {"username": login, "password": b64encode(password.encode()).decode()}
    answer = asking.fetch(
        "POST",
        f"{home(asking, HOST)}/sites",
        headers={"content-type": "application/json"},
        body=json.dumps(given).encode(),
    )
    return required(text(_content(answer.body), "access_token", longest=10_000), "access_token")


def _page(asking: Asking, own_pass: str, since: datetime, number: int | None) -> Page:
    page = number or 1
    day = since.astimezone(KYIV).date().isoformat()
    query = {"changed_from": day, "sort": "id", "expand": WANTED, "page": str(page)}
    answer = asking.fetch(
        "GET",
        f"{home(asking, HOST)}/orders/search?{urlencode(query)}",
        headers={"authorization": f"Bearer {own_pass}", "content-language": "uk", "accept": "application/json"},
    )
    content = _content(answer.body)
    found = tuple(map(delivery_of, changed_since(listed(content, "orders"), "changed", since, KYIV)))
    return Page(found, page + 1 if count(group(content, "_meta"), "pageCount") > page else None)


def _content(body: bytes) -> Payload:
    answer = parse_object(body, len(body))
    if answer.get("success") is not True:
        error = group(answer, "errors")
        told = text(error, "description", "message", longest=200) or text(error, "code")
        raise (KeyRefused if error.get("code") in BAD_KEY else Unreadable)(REFUSED, error=told)
    return group(answer, "content")


def read(topic: str, payload: Any) -> tuple[OrderSeen | FulfilmentSeen, ...] | Ignored:
    """An order, and its parcel when there is one."""
    if topic != ASKED:
        return Ignored(Reason(NOT_READ, {"topic": topic}))
    data = fields(payload)
    order = read_order(data)
    number = text(group(data, "carrier"), "carrier_track_num", longest=100) or text(data, "ttn", longest=100)
    milestone = MILESTONES.get(text(data, "status"), "")
    return (order, *one_parcel(order, number, order.shipping_method, milestone))


def read_order(order: Payload) -> OrderSeen:
    delivery, payment, buyer = group(order, "delivery"), group(order, "payment"), _title(order, "user_title")
    status, failed = text(order, "status"), text(order, "status_group") == FAILED
    placed_at = required_moment(order, "created", zone=KYIV)
    updated_at = moment(order, "changed", zone=KYIV) or placed_at
    goods, less = amount(order, "amount"), amount(order, "amount_with_discount", "amount")
    paid = group(payment, "payment_status")
    financial: Financial = FINANCIAL.get(text(paid, "name"), "pending")
    cash = text(payment, "payment_type") == "cash"
    called_off = failed and status not in CAME_BACK
    seen = OrderSeen(
        external_id=required(identifier(order), "id"),
        number=required(identifier(order), "id"),
        currency="UAH",
        total=amount(order, "cost_with_discount", "cost"),
        placed_at=placed_at,
        updated_at=updated_at,
        lines=tuple(_line(each) for each in rows(order, "purchases") if text(each, "status") != "0"),
        subtotal=goods,
        shipping=amount(delivery, "cost", default=Decimal(0)),
        discount=max(goods - less, Decimal(0)),
        financial=_settled(financial, cash=cash, done=status in DONE, failed=failed),
        paid_at=moment(paid, "created_at", zone=KYIV) if financial == "paid" else None,
        cancelled_at=updated_at if called_off else None,
        cancel_reason=text(group(order, "status_data"), "name_uk", "name_ua", "name") if called_off else "",
        customer_id=identifier(group(order, "user")),
        first_name=text(buyer, "first_name"),
        last_name=text(buyer, "last_name"),
        email=text(delivery, "email"),
        phone=text(order, "user_phone", longest=64),
        address=_address(order, delivery),
        shipping_method=text(delivery, "delivery_service_name"),
        payment_method=text(payment, "payment_method_name"),
        test=status == TEST,
        channel="marketplace",
        relayed=True,
    )
    return replace(seen, payments=at_the_door(seen, paid=status in DONE, called_off=failed) if cash else ())


def _settled(told: Financial, *, cash: bool, done: bool, failed: bool) -> Financial:
    """What is done is paid, unless money went back; of what failed, only money that moved is still spoken of."""
    if told in ("refunded", "partly_refunded") or (told == "paid" and not done):
        return told
    if failed:
        return "voided"
    return "paid" if done else ("pending" if cash else told)


def _title(order: Payload, name: str) -> Payload:
    """Older answers hold the whole name as text."""
    whole = order.get(name)
    return {"full_name": whole} if isinstance(whole, str) else group(order, name)


def _address(order: Payload, delivery: Payload) -> AddressSeen:
    parts = (text(delivery, f"recipient_{part}_name") for part in ("last", "first", "second"))
    city, point = group(delivery, "city"), text(delivery, "place_number")
    street = ", ".join(filter(None, (text(delivery, f"place_{part}") for part in ("street", "house", "flat"))))
    return AddressSeen(
        name=" ".join(filter(None, parts))
        or text(_title(delivery, "recipient_title"), "full_name")
        or text(_title(order, "user_title"), "full_name"),
        line1=", ".join(filter(None, [f"№ {point}" if point else "", street])),
        city=text(city, "name_ua", "name", "title"),
        region=text(city, "region_title"),
        country="UA",
        phone=text(delivery, "recipient_phone", longest=64) or text(order, "user_phone", longest=64),
    )


def _line(purchase: Payload) -> LineSeen:
    item = group(purchase, "item")
    return LineSeen(
        external_id=required(identifier(purchase), "purchases.id"),
        title=text(purchase, "item_name") or text(item, "name_ua", "name"),
        quantity=count(purchase, "quantity", default=1),
        price=amount(purchase, "price"),
        total=amount(purchase, "cost_with_discount", "cost"),
        sku=text(item, "price_offer_id", "article", longest=100),
        product_id=identifier(purchase, "item_id"),
        image_url=link(item, "photo_preview"),
    )

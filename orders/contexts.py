"""What a mail may say about an order: the namespaces ``store``, ``customer``, ``order``, and ``zone`` for its times.

Beside what authors may name: ``manner``, how the store writes, ``markup``, the JSON-LD for the head of the mail, and
``about``, the ids of whom it speaks of.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from customers.models import Customer, Purpose
from messaging.contexts import Context
from messaging.gate import Decision
from messaging.models import Message
from orders import markup, variables
from orders.actions import zone_of
from orders.asks import ASKS, UNPAID
from orders.brand import brand_of
from orders.links import status_url
from orders.models import Order, OrderLine, Store
from shelf.reasons import Reason

TEXT = "text"
DESCRIBE = {
    "store": dict.fromkeys(
        ["name", "url", "logo_url", "support_email", "support_phone", "accent", "accent_ink", "address"], TEXT
    ),
    "customer": {"first_name": TEXT, "name": TEXT},
    "order": {
        "number": TEXT,
        "url": "url",
        "placed_at": "moment",
        "currency": TEXT,
        **dict.fromkeys(["subtotal", "shipping", "discount", "tax", "total"], "money"),
        "first_name": TEXT,
        "lines": [{"title": TEXT, "quantity": "number", "total": "money", "image_url": "url"}],
        "address_lines": [TEXT],
        "payment_method": TEXT,
        "shipping_method": TEXT,
        **dict.fromkeys(["paid", "due", "refunded"], "money"),
        "cash_state": TEXT,
        "channel": TEXT,
        "pay_url": "url",
        "fiscal_url": "url",
        "renews_on": "date",
    },
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Four queries for any number of orders."""
    told: dict[int, Told] = {}
    return {order.pk: of_order(order, lines, told) for order, lines in _read(ids)}


# Statements that are written out: Django takes longer to build one than the server to answer it. What is not read here
# must not be asked of the rows below, for Django would fetch it row by row.
ORDERS = """
SELECT id, store_id, customer_id, number, public_id, link_version, first_name, last_name, language, is_discreet, stage,
  placed_at, cancelled_at, currency, subtotal, shipping, discount, tax, total, address, payment_method, shipping_method,
  paid, due, refunded, cash_state, pay_url, fiscal_url, channel
FROM orders_order WHERE id = ANY(%s)
"""
PEOPLE = "SELECT id, first_name, last_name, time_zone FROM customers_customer WHERE id = ANY(%s)"
LINES = """
SELECT order_id, title, quantity, price, total, image_url, renews_on
FROM orders_orderline WHERE order_id = ANY(%s) ORDER BY id
"""


class Position(NamedTuple):
    """What a mail says of one line of an order; the columns of LINES."""

    order_id: int
    title: str
    quantity: int
    price: Decimal
    total: Decimal
    image_url: str
    renews_on: date | None = None


def _read(ids: Sequence[int]) -> Iterator[tuple[Order, list[Position]]]:
    """Orders with their customers and lines. A store is read once, not with every order."""
    orders = list(Order.objects.raw(ORDERS, [list(ids)]))
    wanted = list({order.customer_id for order in orders})
    people = {person.pk: person for person in Customer.objects.raw(PEOPLE, [wanted])}
    stores = Store.objects.in_bulk({order.store_id for order in orders})
    lines: dict[int, list[Position]] = {order.pk: [] for order in orders}
    with connection.cursor() as cursor:
        cursor.execute(LINES, [list(lines)])
        for row in cursor:
            lines[row[0]].append(Position._make(row))
    for order in orders:
        order.accompany(store=stores[order.store_id], customer=people.get(order.customer_id or 0))
        yield order, lines[order.pk]


OF_MONEY = ("paid", "due", "refunded", "cash_state", "pay_url", "fiscal_url")
Told = tuple[dict[str, Any], dict[str, Any]]


def of_order(order: Order, lines: Sequence[Position | OrderLine], told: dict[int, Told]) -> dict[str, Any]:
    """``told`` keeps what is said of each store: the same for all its orders in a batch."""
    if order.store_id not in told:
        told[order.store_id] = (of_store(order.store), manner_of(order.store))
    store, manner = told[order.store_id]
    name = f"{order.first_name} {order.last_name}".strip()
    url, zone = status_url(order), zone_of(order)
    return {
        "zone": zone,
        "about": {"customer": order.customer_id, "order": order.pk},
        "manner": manner | {"discreet": markup.is_discreet(order)},
        "markup": [markup.of_order(order, lines, url, zone)],
        "store": store,
        "customer": {"first_name": order.first_name, "name": name},
        "order": {
            "number": order.number,
            "url": url,
            "placed_at": order.placed_at,
            "currency": order.currency,
            "subtotal": order.subtotal,
            "shipping": order.shipping,
            "discount": order.discount,
            "tax": order.tax,
            "total": order.total,
            "first_name": order.first_name,
            "lines": [
                {"title": line.title, "quantity": line.quantity, "total": line.total, "image_url": line.image_url}
                for line in lines
            ],
            "address_lines": address_lines(order.address),
            "payment_method": order.payment_method,
            "shipping_method": order.shipping_method,
            **{name: getattr(order, name) for name in OF_MONEY},
            "channel": order.channel,
            "renews_on": min((line.renews_on for line in lines if line.renews_on), default=None),
        },
    }


def load_buyers(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """People as customers of one store, each named by an order of theirs there (for campaigns: the last one).

    The order says of which store they are: somebody who buys at two shops of the house gets each one's mails under
    that shop's name.
    """
    told: dict[int, Told] = {}
    # no description for mailboxes: the mail is not about the order
    return {
        order.pk: {**of_order(order, lines, told), "customer": of_person(order), "markup": []}
        for order, lines in _read(ids)
    }


def of_person(order: Order) -> dict[str, str]:
    """The names of the profile; where it has none, those of the order."""
    person = order.customer if order.customer and order.customer.name else order
    return {"first_name": person.first_name, "name": f"{person.first_name} {person.last_name}".strip()}


def of_store(store: Store) -> dict[str, Any]:
    """What templates may name, and what the pages behind a mail's links want to know beside it."""
    for_pages = ("slug", "country", "languages", "keeps_ip_of_consent")
    brand_css = brand_of(store)["brand_css"]
    return {name: getattr(store, name) for name in (*DESCRIBE["store"], *for_pages)} | {"brand_css": brand_css}


def manner_of(store: Store) -> dict[str, Any]:
    """How a store writes: the same for all its mails."""
    return {
        "slug": store.slug,
        "host": (urlsplit(store.url).hostname or "").removeprefix("www."),
        "currency": store.currency_style,
        "capital_you": store.capital_you,
        "utm": store.adds_utm,
        "discreet": store.is_discreet,
    }


def address_lines(address: dict[str, str]) -> list[str]:
    place = " ".join(filter(None, [address.get("postcode"), address.get("city")]))
    lines = [address.get("name"), address.get("company"), address.get("line1"), address.get("line2"), place]
    return [line for line in lines if line]


def object_to_cancelled(messages: Sequence[Message], now: datetime) -> dict[int, Reason]:
    """The gate's late objection: an order that was cancelled meanwhile gets no more mails about it, nor asks.

    What the customer asked for (a link to the page) or a person wrote goes out all the same.
    """
    of_its_own = [m for m in messages if m.purpose_id not in ("account", "support")]
    wanted = {m.subject_id for m in of_its_own}
    cancelled = set(Order.objects.filter(pk__among=wanted, cancelled_at__isnull=False).values_list("pk", flat=True))
    return {m.pk: Reason(_("The order was cancelled.")) for m in of_its_own if m.subject_id in cancelled}


AT_LATEST = timedelta(days=1)  # the payment itself lets it go; this look is for one that came in that very moment
RELAYED = _("A marketplace passed this order on: its buyer is written to about the order, and nothing else.")


class Sold(NamedTuple):
    """What stands between an order, or a parcel of it, and asks and offers."""

    pk: int
    relayed: bool
    cash_state: str


def object_to_asks(messages: Sequence[Message], now: datetime) -> dict[int, Reason | Decision]:
    """The gate's late objection: see ``asks_refused``."""
    return asks_refused(messages, now, Order.objects.all())


def asks_refused(messages: Sequence[Message], now: datetime, sold: QuerySet) -> dict[int, Reason | Decision]:
    """Who has not paid at the door yet is asked for no opinion; the buyer of a marketplace's order for nothing at all.

    ``sold``: orders, or parcels with the words of their orders. One query.
    """
    of_choice = [m for m in messages if m.purpose_id in Purpose.CHOICES]
    if not of_choice:
        return {}
    path = "" if sold.model is Order else "order__"
    stopped = sold.filter(Q(**{f"{path}relayed": True}) | Q(**{f"{path}cash_state": Order.Cash.DUE}))
    rows = stopped.filter(pk__in={m.subject_id for m in of_choice})
    found = {row[0]: Sold(*row) for row in rows.values_list("pk", f"{path}relayed", f"{path}cash_state")}
    return {m.pk: why for m in of_choice if m.subject_id in found and (why := _why_not(m, found[m.subject_id], now))}


def _why_not(message: Message, sold: Sold, now: datetime) -> Reason | Decision | None:
    if sold.relayed:
        return Reason(RELAYED)
    if message.purpose_id in ASKS:
        return Decision("hold", Reason(UNPAID), now + AT_LATEST)
    return None


CONTEXT = Context(load, DESCRIBE, variables.WORDS, variables.examples)
BUYER = Context(load_buyers, DESCRIBE)

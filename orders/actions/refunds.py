"""Money told of by itself: refunds from the shop, and cash that carriers take at the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from django.db import transaction

from events.facts import record_all
from orders.actions import payments
from orders.actions.payments import Book
from orders.actions.placeholders import orders_or_placeholders
from orders.actions.saving import stage_of
from orders.asks import let_go_paid
from orders.models import Order, Payment, Store
from orders.stores.seen import PaymentSeen, RefundSeen


@transaction.atomic
def report_refunds(store: Store, seen: Sequence[RefundSeen], now: datetime, *, quiet: bool = False) -> dict[str, Order]:
    """Keep refunds that came by themselves, before or after their order; an order not seen yet gets a placeholder."""
    heard_at: dict[str, datetime] = {}
    for one in seen:
        times = [payment.at for payment in one.payments if payments.EARLIEST <= payment.at <= now]
        heard_at[one.order_external_id] = min([*times, heard_at.get(one.order_external_id, now)])
    orders = orders_or_placeholders(store, heard_at)
    books = payments.open_books(orders)
    for one in seen:
        payments.hear(books[one.order_external_id], one.payments, now)
    _keep(list(books.values()), now, quiet)
    return orders


@dataclass(frozen=True, slots=True)
class CashSeen:
    """What a carrier says now of the money that one parcel asks for at the door.

    ``parcel`` names it for good (the shipment's key as text). ``amount`` None: the carrier does not say, and the shop's
    own word on the order counts. ``paid`` None: it does not say either. ``fate``: how the parcel ended; one that was
    taken is not paid by that, and one that the shop called off asks for nothing.
    """

    order_id: int
    parcel: str
    at: datetime
    amount: Decimal | None = None
    currency: str = ""
    paid: bool | None = None
    fate: Literal["", "taken", "unclaimed", "returned", "called_off"] = ""
    carrier: str = ""


@transaction.atomic
def note_cash(said: Sequence[CashSeen], now: datetime, *, quiet: bool = False) -> None:
    """Tracking's word on cash, as its parcels stand now; it holds the orders' locks. Of no cash order nothing is kept.

    What was paid stays paid, whatever a slower message says, unless the parcel came back.
    """
    orders = {str(o.pk): o for o in Order.objects.filter(pk__in={one.order_id for one in said}).order_by("pk")}
    books = payments.open_books(orders)
    for one in said:
        word = _word(books[str(one.order_id)], one)
        if word:
            payments.retell(books[str(one.order_id)], word, now, Payment.Source.CARRIER)
    _keep([book for book in books.values() if book.told], now, quiet)


def _word(book: Book, one: CashSeen) -> PaymentSeen | None:
    known = book.rows.get((Payment.Source.CARRIER, one.parcel))
    amount = one.amount if one.amount is not None else known.amount if known else _left_to_shop(book, one)
    if not amount:
        return None
    was_paid = known is not None and known.state == Payment.State.PAID
    came_back = one.fate not in ("", "taken")
    state = "cancelled" if came_back else "paid" if one.paid or was_paid else "pending"
    return PaymentSeen(
        one.parcel,
        "on_delivery",
        amount,
        state,  # type: ignore[arg-type]
        known.at if known and known.state == state == "paid" else one.at,
        method=one.carrier,
        reason="" if one.fate == "called_off" else one.fate,
        currency=one.currency if one.currency != book.order.currency else "",
    )


def _left_to_shop(book: Book, one: CashSeen) -> Decimal:
    """What the shop said is to be paid at the door; none: this is no cash order, or there is no news of it.

    Of several parcels about whose sums no carrier speaks the first stands for all.
    """
    is_news = one.paid is not None or one.fate not in ("", "called_off")
    if not is_news or any(source == Payment.Source.CARRIER for source, _key in book.rows):
        return Decimal(0)
    rows = [row for row in book.rows.values() if row.source == Payment.Source.SHOP]
    return sum((r.amount for r in rows if r.kind == Payment.Kind.ON_DELIVERY and r.state != "cancelled"), Decimal(0))


@transaction.atomic
def mark_cash_paid(order: Order, now: datetime) -> None:
    """An agent saw the money. Once is enough."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    book = payments.open_books({"": order})[""]
    for row in [row for row in book.rows.values() if row.kind == Payment.Kind.ON_DELIVERY and row.state == "pending"]:
        row.state, row.at = Payment.State.PAID, now
        book.told.append((row, "paid", now))
    _keep([book] if book.told else [], now, False)


def _keep(books: Sequence[Book], now: datetime, quiet: bool) -> None:
    were_due = [book.order for book in books if book.order.cash_state == Order.Cash.DUE]
    for book in books:
        book.settle()
        book.order.stage = stage_of(book.order)
    payments.write_books(books)
    payments.write_sums(books, now)
    let_go_paid([order.pk for order in were_due if order.cash_state != Order.Cash.DUE], now)
    record_all([r for b in books for r in [*payments.fully_paid(b, quiet), *payments.facts_of(b, now, quiet)]])

"""Save what a shop showed, by the batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from customers.actions import Sighting, recognise
from customers.models import Customer
from events.facts import Fact, Recorded, record_all
from orders.actions import payments
from orders.actions.closing import close_orders, facts_of_lines
from orders.actions.counting import count
from orders.actions.erased import without_erased
from orders.actions.lines import LineSaved, write_lines
from orders.actions.own_words import hold_on, note_confirmed
from orders.actions.payments import SUMS as MONEY
from orders.actions.payments import https_only
from orders.actions.saved import Saved
from orders.asks import let_go_paid
from orders.checkout import note_checkout
from orders.events import OrderCancelled, OrderChanged, OrderPaid, OrderPlaced
from orders.models import Order, OrderPage, Store
from orders.models.orders import ASKS_STILL
from orders.page_blocks import block_of, write_blocks
from orders.stores.seen import AddressSeen, OrderSeen
from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from shelf.rows import insert_missing_rows, insert_rows, update_rows

# An order that we first hear of in an *update*, long after it was placed, is history: shown, but nobody is mailed.
NEWS = timedelta(days=2)

SHOP_FIELDS = (
    "number", "email", "phone", "first_name", "last_name", "language", "test", "channel", "relayed", "financial",
    "placed_at", "paid_at", "cancelled_at", "cancel_reason", "currency", "subtotal", "shipping", "discount", "tax",
    "total", "refunded", "discount_codes", "address", "shipping_method", "payment_method", "is_discreet",
    "source_updated_at",
)  # fmt: skip


ADDRESS_FIELDS = tuple(f.name for f in fields(AddressSeen))


@transaction.atomic
def save_orders(
    store: Store, seen: Sequence[OrderSeen], *, created: Sequence[bool] | None = None, quiet: bool = False
) -> list[Saved]:
    """Store orders as the shop shows them now, by the batch; an older version never overwrites a newer one.

    ``created[i]`` says that the shop announced order i as new, which is news whatever its date. ``quiet`` is for a
    backfill: facts are recorded as history and start nothing. One order costs as many statements as two hundred.
    """
    seen = without_erased(store, seen)
    newest = _newest(seen, created or [True] * len(seen))
    people = recognise([sighting_of(store, s) for s, _ in newest.values()])
    known = {
        o.external_id: o
        for o in Order.objects.select_for_update().filter(store=store, external_id__in=list(newest)).order_by("pk")
    }
    now = timezone.now()
    books = _open_books(store, seen, known, now)
    were_due = [o for o in known.values() if o.cash_state == Order.Cash.DUE]
    saved, facts = {}, []
    for (external_id, (order_seen, announced)), person in zip(newest.items(), people, strict=True):
        order = books[external_id].order
        saved[external_id] = one = apply_seen(order, order_seen, person, store)
        settle_book(books[external_id])
        late = one.created and not (announced or now - order_seen.placed_at < NEWS)
        facts.append((one, order_seen, _changes(one), quiet or late))
    lines = _write(store, list(saved.values()), newest, books, now)
    let_go_paid([o.pk for o in were_due if o.cash_state != Order.Cash.DUE], now)
    note_checkout(store, [(one.order, order_seen) for one, order_seen, _changed, _history in facts if not one.outdated])
    count(store, facts)
    note_confirmed([(one.order.pk, one.confirmed) for one in saved.values()], now)
    _record(facts, books, lines, now)
    return [saved[s.external_id] for s in seen]


def _open_books(
    store: Store, seen: Sequence[OrderSeen], known: Mapping[str, Order], now: datetime
) -> dict[str, payments.Book]:
    """Every version of an order that says something of money is heard, the older ones too."""
    keys = dict.fromkeys(s.external_id for s in seen)
    books = payments.open_books({key: known.get(key) or Order(store=store, external_id=key) for key in keys})
    for one in seen:
        payments.hear(books[one.external_id], one.payments or (), now)
        if one.financial == Order.Financial.PAID:
            books[one.external_id].hear_paid(one.paid_at or one.updated_at)
    return books


def settle_book(book: payments.Book) -> None:
    book.settle()
    book.order.stage = stage_of(book.order)


def _newest(seen: Sequence[OrderSeen], created: Sequence[bool]) -> dict[str, tuple[OrderSeen, bool]]:
    """One version per order, the newest of the batch; announced if any of them was."""
    newest: dict[str, tuple[OrderSeen, bool]] = {}
    for one, announced in zip(seen, created, strict=True):
        before = newest.get(one.external_id)
        if before is None:
            newest[one.external_id] = (one, announced)
        else:
            newer = one if one.updated_at >= before[0].updated_at else before[0]
            newest[one.external_id] = (newer, announced or before[1])
    return newest


def sighting_of(store: Store, seen: OrderSeen) -> Sighting:
    """A marketplace's buyer is known by its number there: the address is a relay's, the rest is for the delivery."""
    if seen.relayed:
        return Sighting(store.slug, seen.customer_id, first_name=seen.first_name, country=seen.address.country)
    return Sighting(
        scope=store.slug,
        external_id=seen.customer_id,
        email=seen.email,
        phone=seen.phone or seen.address.phone,
        first_name=seen.first_name,
        last_name=seen.last_name,
        country=seen.address.country,
        region=seen.address.country or store.country,
    )


def apply_seen(order: Order, seen: OrderSeen, person: Customer | None, store: Store) -> Saved:
    """Copy the shop's words onto the row, unless the row knows a newer version."""
    new = order._state.adding or order.placeholder
    if not new and order.source_updated_at and seen.updated_at < order.source_updated_at:
        return Saved(order, outdated=True)
    before = {} if new else {name: getattr(order, name) for name in (*SHOP_FIELDS, "customer_id")}
    phone = seen.phone or seen.address.phone
    order.number = seen.number[:60]
    order.email = normalise_email(seen.email) or ""
    order.phone = normalise_phone(phone, seen.address.country or store.country) or ""
    order.first_name, order.last_name = seen.first_name[:120], seen.last_name[:120]
    order.language = seen.language
    order.test = seen.test
    order.channel, order.relayed = seen.channel, seen.relayed
    order.is_discreet = seen.discreet
    order.financial = seen.financial
    order.placed_at = seen.placed_at
    order.paid_at = seen.paid_at or order.paid_at or (seen.updated_at if seen.financial == "paid" else None)
    order.cancelled_at = seen.cancelled_at and (order.cancelled_at or seen.cancelled_at)
    order.cancel_reason = seen.cancel_reason[:100]
    for name in ("currency", "subtotal", "shipping", "discount", "tax", "total"):
        setattr(order, name, getattr(seen, name))
    order.refunded = seen.total if seen.financial == "refunded" else seen.refunded
    order.discount_codes = list(dict.fromkeys(code[:60] for code in seen.discount_codes))
    order.address = {name: getattr(seen.address, name) for name in ADDRESS_FIELDS}
    order.shipping_method, order.payment_method = seen.shipping_method[:200], seen.payment_method[:200]
    order.source_updated_at = seen.updated_at
    order.customer = person or order.customer
    order.placeholder = False
    confirmed = hold_on(order, seen.cancelled_at, order.address) if order.own_words else []
    order.pay_url = https_only(seen.pay_url) or order.pay_url
    order.fiscal_url = https_only(seen.fiscal_url) or order.fiscal_url
    return Saved(order, created=new, before=before, confirmed=confirmed)


def stage_of(order: Order) -> str:
    """Where the order stands, as far as the shop's own words go; parcels move it further (``note_progress``)."""
    if order.cancelled_at and not order.dispatched_at:
        return Order.Stage.CANCELLED
    if order.financial == Order.Financial.REFUNDED and not order.dispatched_at:
        return Order.Stage.REFUNDED
    if order.stage in (Order.Stage.PLACED, Order.Stage.PAID, Order.Stage.CANCELLED, Order.Stage.REFUNDED, ""):
        paid = order.financial == Order.Financial.PAID or (order.financial in ASKS_STILL and order.is_paid_up)
        return Order.Stage.PAID if paid else Order.Stage.PLACED
    return order.stage


def _changes(saved: Saved) -> tuple[str, ...]:
    if saved.outdated:
        return ()
    if saved.created:
        return ("new",)
    watched = [name for name in SHOP_FIELDS if name != "source_updated_at"]
    return tuple(name for name in watched if saved.before[name] != getattr(saved.order, name))


Lines = dict[int, list[LineSaved]]


def _write(
    store: Store,
    saved: list[Saved],
    newest: Mapping[str, tuple[OrderSeen, bool]],
    books: Mapping[str, payments.Book],
    now: datetime,
) -> Lines:
    current = [s.order for s in saved if not s.outdated]
    fresh = [o for o in current if o.pk is None]
    stored = [o for o in current if o.pk is not None]
    insert_rows(fresh)
    for order in stored:
        order.updated_at = now
    if stored:
        names = [*SHOP_FIELDS, *MONEY, "own_words", "pay_url", "fiscal_url", "customer", "placeholder"]
        update_rows(stored, [*names, "stage", "updated_at"])
    payments.write_books(books.values())
    lines = write_lines(store, {o.pk: newest[o.external_id][0].lines for o in current}, {o.pk for o in fresh})
    close_orders([(o, [line.row for line in lines.get(o.pk, [])]) for o in current])
    blocks = {
        o.pk: block_of(o, [line.row for line in lines.get(o.pk, [])], books[o.external_id].rows.values())
        for o in current
    }
    insert_rows(OrderPage(order=o, blocks={"order": blocks[o.pk]}) for o in fresh)
    insert_missing_rows(OrderPage(order=o) for o in stored)
    write_blocks("order", {o.pk: blocks[o.pk] for o in stored})
    payments.write_sums([books[s.order.external_id] for s in saved if s.outdated], now)
    return lines


def _record(facts: list, books: Mapping[str, payments.Book], lines: Lines, now: datetime) -> None:
    said: list[Recorded] = []
    for saved, seen, changes, history in facts:
        order, book = saved.order, books[saved.order.external_id]
        said += [
            Recorded(fact, ("order", order.pk), order.customer_id, at, key, history)
            for fact, at, key in facts_of(saved, seen, changes)
        ]
        said += payments.fully_paid(book, history) if saved.outdated else []
        said += payments.facts_of(book, now, history)
        said += facts_of_lines(order, lines.get(order.pk, []), history)
    record_all(said)


def facts_of(saved: Saved, seen: OrderSeen, changes: tuple[str, ...]) -> Iterator[tuple[Fact, datetime, str | None]]:
    if not changes:
        return
    order, new = saved.order, saved.created
    if new:
        yield OrderPlaced(order.number, order.currency, order.total), order.placed_at, f"order.placed:{order.pk}"
    else:
        yield OrderChanged(order.number, changes), seen.updated_at, None
    if order.paid_at and (new or not saved.before["paid_at"]):
        yield OrderPaid(order.number, order.currency, order.total), order.paid_at, f"order.paid:{order.pk}"
    if order.cancelled_at and (new or not saved.before["cancelled_at"]):
        key = f"order.cancelled:{order.pk}"
        yield OrderCancelled(order.number, order.cancel_reason), order.cancelled_at, key

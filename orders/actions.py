"""Verbs about orders: save what a shop showed, note that parcels left or arrived, write a block of the page."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from customers.actions import Bought, Dates, Sighting, count_orders, language_for, recognise, tell_changed
from customers.models import Customer
from events.facts import Fact, Recorded, record_all
from events.models import Event
from orders.checkout import note_checkout
from orders.events import FulfilmentReported, OrderCancelled, OrderChanged, OrderPaid, OrderPlaced
from orders.models import Order, OrderLine, OrderPage, Product, Store
from orders.page_blocks import block_of, moving_parts, write_blocks, write_fields
from orders.stores.seen import AddressSeen, FulfilmentSeen, LineSeen, OrderSeen
from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from shelf.reasons import Refusal
from shelf.rows import insert_missing_rows, insert_rows, update_rows

# An order that we first hear of in an *update*, long after it was placed, is history: shown, but nobody is mailed.
NEWS = timedelta(days=2)

SHOP_FIELDS = (
    "number", "email", "phone", "first_name", "last_name", "language", "test", "financial", "placed_at", "paid_at",
    "cancelled_at", "cancel_reason", "currency", "subtotal", "shipping", "discount", "tax", "total", "refunded",
    "discount_codes", "address", "shipping_method", "payment_method", "is_discreet", "source_updated_at",
)  # fmt: skip


ADDRESS_FIELDS = tuple(f.name for f in fields(AddressSeen))


class OrderRefused(Refusal):
    """An order that cannot be kept, with a sentence for the merchant."""


NO_CONTACT = _(
    "Order %(number)s has neither an e-mail nor a telephone number that can be read: nobody could be told about it. "
    "Add one in the shop; its next message brings the order in."
)


@dataclass(slots=True)
class Saved:
    """One order after ``save_orders``: what became of it."""

    order: Order
    created: bool = False
    outdated: bool = False
    before: dict[str, Any] = field(default_factory=dict)  # the shop's fields as they were; empty for a new order


# --- Saving what a shop showed ------------------------------------------------------------------------------------


@transaction.atomic
def save_orders(
    store: Store, seen: Sequence[OrderSeen], *, created: Sequence[bool] | None = None, quiet: bool = False
) -> list[Saved]:
    """Store orders as the shop shows them now, by the batch; an older version never overwrites a newer one.

    ``created[i]`` says that the shop announced order i as new, which is news whatever its date. ``quiet`` is for a
    backfill: facts are recorded as history and start nothing. One order costs as many statements as two hundred.
    """
    newest = _newest(seen, created or [True] * len(seen))
    people = recognise([_sighting(store, s) for s, _ in newest.values()])
    known = {
        o.external_id: o
        for o in Order.objects.select_for_update().filter(store=store, external_id__in=list(newest)).order_by("pk")
    }
    now = timezone.now()
    saved, facts = {}, []
    for (external_id, (order_seen, announced)), person in zip(newest.items(), people, strict=True):
        order = known.get(external_id) or Order(store=store, external_id=external_id)
        history = quiet or not (announced or now - order_seen.placed_at < NEWS)
        saved[external_id] = one = _apply(order, order_seen, person, store)
        facts.append((one, order_seen, _changes(one), history))
    _write(store, list(saved.values()), newest, now)
    note_checkout(store, [(one.order, order_seen) for one, order_seen, _changed, _history in facts if not one.outdated])
    _count(store, facts)
    _record(facts)
    return [saved[s.external_id] for s in seen]


def find_unreachable(store: Store, seen: Sequence[OrderSeen]) -> dict[str, OrderRefused]:
    """Refusals, by the shop's id, of orders that lead to nobody. One that we know keeps the contact it came with."""
    silent = {s.external_id: s.number for s in seen if not _contact_of(store, s)}
    known = Order.objects.filter(store=store, external_id__in=list(silent), placeholder=False) if silent else ()
    kept = {order.external_id for order in known}
    return {key: OrderRefused(NO_CONTACT, number=number) for key, number in silent.items() if key not in kept}


def _contact_of(store: Store, seen: OrderSeen) -> str | None:
    region = seen.address.country or store.country
    return normalise_email(seen.email) or normalise_phone(seen.phone or seen.address.phone, region)


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


def _sighting(store: Store, seen: OrderSeen) -> Sighting:
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


def _apply(order: Order, seen: OrderSeen, person: Customer | None, store: Store) -> Saved:
    """Copy the shop's words onto the row, unless the row knows a newer version."""
    new = order.pk is None or order.placeholder
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
    order.stage = stage_of(order)
    return Saved(order, created=new, before=before)


def stage_of(order: Order) -> str:
    """Where the order stands, as far as the shop's own words go; parcels move it further (``note_progress``)."""
    if order.cancelled_at and not order.dispatched_at:
        return Order.Stage.CANCELLED
    if order.financial == Order.Financial.REFUNDED and not order.dispatched_at:
        return Order.Stage.REFUNDED
    if order.stage in (Order.Stage.PLACED, Order.Stage.PAID, Order.Stage.CANCELLED, Order.Stage.REFUNDED, ""):
        return Order.Stage.PAID if order.financial == Order.Financial.PAID else Order.Stage.PLACED
    return order.stage


def _changes(saved: Saved) -> tuple[str, ...]:
    if saved.outdated:
        return ()
    if saved.created:
        return ("new",)
    watched = [name for name in SHOP_FIELDS if name != "source_updated_at"]
    return tuple(name for name in watched if saved.before[name] != getattr(saved.order, name))


def _write(store: Store, saved: list[Saved], newest: Mapping[str, tuple[OrderSeen, bool]], now: datetime) -> None:
    current = [s.order for s in saved if not s.outdated]
    fresh = [o for o in current if o.pk is None]
    stored = [o for o in current if o.pk is not None]
    insert_rows(fresh)
    for order in stored:
        order.updated_at = now
    if stored:
        names = [*SHOP_FIELDS, "customer", "placeholder", "stage", "updated_at"]
        update_rows(stored, names)
    lines = _write_lines(store, {o.pk: newest[o.external_id][0].lines for o in current}, {o.pk for o in fresh})
    blocks = {o.pk: block_of(o, lines.get(o.pk, [])) for o in current}
    insert_rows(OrderPage(order=o, blocks={"order": blocks[o.pk]}) for o in fresh)
    insert_missing_rows(OrderPage(order=o) for o in stored)
    write_blocks("order", {o.pk: blocks[o.pk] for o in stored})


def _write_lines(store: Store, lines: Mapping[int, Sequence[LineSeen]], fresh: set[int]) -> dict[int, list[OrderLine]]:
    """Lines as the shop shows them; those it no longer shows go. Products are learned on the way."""
    products = _products(store, [line for many in lines.values() for line in many])
    rows = [
        OrderLine(
            order_id=pk,
            external_id=line.external_id[:100],
            product=products.get(line.product_id),
            sku=line.sku[:100],
            title=line.title[:300],
            quantity=line.quantity,
            price=line.price,
            total=line.total,
            image_url=line.image_url[:500] or _picture(products.get(line.product_id)),
        )
        for pk, many in lines.items()
        for line in {line.external_id: line for line in many}.values()
    ]
    changed = [pk for pk in lines if pk not in fresh]
    if changed:
        kept = {(r.order_id, r.external_id) for r in rows}
        old = OrderLine.objects.filter(order_id__in=changed).values_list("pk", "order_id", "external_id")
        gone = [pk for pk, order_id, external_id in old if (order_id, external_id) not in kept]
        if gone:
            OrderLine.objects.filter(pk__in=gone).delete()
    insert_rows(row for row in rows if row.order_id in fresh)
    OrderLine.objects.bulk_create(
        [row for row in rows if row.order_id not in fresh],
        update_conflicts=True,
        unique_fields=["order", "external_id"],
        update_fields=["product", "sku", "title", "quantity", "price", "total", "image_url"],
    )
    by_order: dict[int, list[OrderLine]] = {}
    for row in rows:
        by_order.setdefault(row.order_id, []).append(row)
    return by_order


def _picture(product: Product | None) -> str:
    """Some shops (Shopify) show lines without pictures: then the product's own, if somebody gave it one."""
    return product.image_url if product else ""


def _products(store: Store, lines: Sequence[LineSeen]) -> dict[str, Product]:
    """Products by the shop's id; only unknown ones are written, so that a busy product is not a busy row."""
    wanted = {line.product_id[:100]: line for line in lines if line.product_id}
    if not wanted:
        return {}
    known = {p.external_id: p for p in Product.objects.filter(store=store, external_id__in=list(wanted))}
    missing = [
        Product(store=store, external_id=key, sku=w.sku[:100], title=w.title[:300], image_url=w.image_url[:500])
        for key, w in sorted(wanted.items())
        if key not in known
    ]
    if missing:
        insert_missing_rows(missing)
        known = {p.external_id: p for p in Product.objects.filter(store=store, external_id__in=list(wanted))}
    return known


def _count(store: Store, facts: list) -> None:
    bought = [b for saved, *_rest in facts if not saved.outdated for b in _gains_and_losses(saved, store)]
    lost = {b.customer_id for b in bought if b.orders < 0}
    count_orders(bought, _dates_of(lost))
    tell_changed(sorted(lost - {saved.order.customer_id for saved, *_rest in facts}), "orders")


def _dates_of(customer_ids: Collection[int]) -> dict[int, Dates]:
    """When these people ordered what still counts: one query, and only when an order was taken back."""
    if not customer_ids:
        return {}
    rows = Order.objects.filter(customer__in=customer_ids, cancelled_at__isnull=True, placeholder=False)
    dates: dict[int, list[datetime]] = {pk: [] for pk in customer_ids}
    for pk, at in rows.order_by("placed_at").values_list("customer_id", "placed_at"):
        dates[pk or 0].append(at)
    padded = {pk: [None, None, *found] for pk, found in dates.items()}
    return {pk: Dates(next(filter(None, found), None), found[-2], found[-1]) for pk, found in padded.items()}


def _gains_and_losses(saved: Saved, store: Store) -> Iterator[Bought]:
    """What this version of the order changes in its customer's figures; a cancelled order counts for nobody."""
    order, before = saved.order, saved.before
    was = before and not before["cancelled_at"] and before["customer_id"]
    person = None if order.cancelled_at else order.customer
    now = person.pk if person else None
    at = order.placed_at
    if was and was == now:
        if (before["currency"], before["total"]) != (order.currency, order.total):
            yield Bought(was, at, before["currency"], -before["total"], orders=0)
            yield Bought(was, at, order.currency, order.total, orders=0)
        return
    if was:
        yield Bought(was, at, before["currency"], -before["total"], orders=-1)
    if person:
        language = language_for(person.language, order.language, store.language, store.languages)
        yield Bought(person.pk, at, order.currency, order.total, language=language)


def _record(facts: list) -> None:
    record_all(
        [
            Recorded(fact, ("order", saved.order.pk), saved.order.customer_id, at, key, history)
            for saved, seen, changes, history in facts
            for fact, at, key in _facts_of(saved, seen, changes)
        ]
    )


def _facts_of(saved: Saved, seen: OrderSeen, changes: tuple[str, ...]) -> Iterator[tuple[Fact, datetime, str | None]]:
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


# --- Fulfilments: the shop's word that something was sent ---------------------------------------------------------


@transaction.atomic
def report_fulfilments(store: Store, seen: Sequence[FulfilmentSeen], *, quiet: bool = False) -> dict[str, Order]:
    """Record what the shop says it sent; tracking makes the parcels. An order not seen yet gets a placeholder."""
    wanted = {f.order_external_id for f in seen}
    orders = {o.external_id: o for o in Order.objects.filter(store=store, external_id__in=wanted)}
    unknown = [
        Order(
            store=store,
            external_id=key,
            number="",
            currency=store.currency,
            placed_at=min(f.created_at for f in seen if f.order_external_id == key),
            placeholder=True,
        )
        for key in sorted(wanted - set(orders))
    ]
    if unknown:
        insert_missing_rows(unknown)
        orders = {o.external_id: o for o in Order.objects.filter(store=store, external_id__in=wanted)}
        heard_of = [o for o in orders.values() if o.placeholder]
        insert_missing_rows(OrderPage(order=o, blocks={"order": block_of(o, [])}) for o in heard_of)
    said = [_fulfilment(orders[f.order_external_id], f, quiet) for f in seen]
    known = _last_words({order.pk for order in orders.values()})
    record_all([fact for fact in said if _is_news(fact, known)])
    return orders


def _last_words(order_ids: set[int]) -> dict[tuple[int, str], dict[str, Any]]:
    """What the shop said last about each fulfilment; WooCommerce repeats it with every change of the order."""
    told = Event.objects.filter(kind=FulfilmentReported.kind, subject_type="order", subject_id__in=order_ids)
    return {(e.subject_id or 0, e.data["external_id"]): _content(e.data) for e in told.order_by("id")}


def _is_news(said: Recorded, known: Mapping[tuple[int, str], dict[str, Any]]) -> bool:
    data = said.fact.data()
    return known.get((said.subject[1], data["external_id"])) != _content(data)


def _content(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "updated_at"}


def _fulfilment(order: Order, f: FulfilmentSeen, quiet: bool) -> Recorded:
    fact = FulfilmentReported(
        order_id=order.pk,
        external_id=f.external_id,
        status=f.status,
        carrier=f.carrier,
        numbers=f.numbers,
        urls=f.urls,
        lines=f.lines,
        milestone=f.milestone,
        updated_at=f.updated_at.isoformat(),
    )
    key = f"fulfilment:{order.pk}:{sha256(json.dumps(fact.data()).encode()).hexdigest()}"
    return Recorded(fact, ("order", order.pk), order.customer_id, f.updated_at, key, quiet)


# --- What parcels say about the order -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order's parcels are. ``dispatched_at``: the first left; ``delivered_at``: the last arrived."""

    order_id: int
    stage: str
    dispatched_at: datetime | None
    delivered_at: datetime | None


def note_progress(progress: Sequence[Progress]) -> None:
    """Write what the parcels say onto their orders; the caller (tracking) holds the orders' locks.

    An empty stage means that no parcel says anything: the order falls back to the shop's words.
    """
    orders = Order.objects.in_bulk([p.order_id for p in progress])
    for p in progress:
        order = orders[p.order_id]
        order.dispatched_at, order.delivered_at = p.dispatched_at, p.delivered_at
        order.stage = p.stage or Order.Stage.PLACED
        order.stage = stage_of(order)
        order.updated_at = timezone.now()
    update_rows(orders.values(), ["dispatched_at", "delivered_at", "stage", "updated_at"])
    write_fields({p.order_id: moving_parts(orders[p.order_id]) for p in progress})


# --- Speaking to the customer ---------------------------------------------------------------------------------------


def speak(order: Order) -> str:
    """The language to write to this order's customer in."""
    store = order.store
    chosen = order.customer.language if order.customer else ""
    return language_for(chosen, order.language, store.language, store.languages)


def zone_of(order: Order) -> str:
    """The zone in which times are told: the person's own (or their country's), then the store's."""
    return (order.customer.time_zone if order.customer else "") or order.store.time_zone

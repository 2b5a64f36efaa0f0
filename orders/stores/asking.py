"""What the platforms that are asked have in common: a walk over what changed, page by page, and answers as deliveries.

A walk that is over moves the cursor to when it began; the next begins ``OVERLAP`` earlier, because an order is saved
some time after the moment that it carries. What was answered before word for word has its key already.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_noop

from events.payloads import Payload, moment, plain, required, rows
from events.sources import Asking, Delivery, KeyRefused, NotAnswered, Polled, Unreadable
from orders.stores.seen import FulfilmentSeen, OrderSeen, PaymentSeen

OVERLAP = timedelta(minutes=5)
EVERY = timedelta(minutes=10)
ASKED = "order"  # the topic of what was asked for

ON_DELIVERY = (
    *("післяплат", "накладен", "при отриманні", "під час отримання", "готівк"),
    *("наложен", "наложк", "при получении", "наличн"),
    *("on delivery", "cod"),
)

NO_ADDRESS = gettext_noop("Nobody can be asked: the shop's address is missing. Write it under Stores.")
NOT_READ = gettext_noop("“%(topic)s” is not read: only orders that were asked for are.")
STILL_A_DRAFT = gettext_noop("The checkout is not finished yet, so this is no order.")


@dataclass(frozen=True, slots=True)
class Page:
    """``onward`` is what the platform wants to hear for the next page, as plain data; None: this was the last."""

    found: tuple[Delivery, ...]
    onward: Any = None


def walk(asking: Asking, ask: Callable[[datetime, Any], Page], overlap: timedelta = OVERLAP) -> Polled:
    """One page of what changed since the last walk; ``ask(since, onward)`` brings it."""
    now = {"since": asking.began_at.isoformat(), "walk_at": asking.now.isoformat(), **asking.cursor}
    since, onward = datetime.fromisoformat(now["since"]) - overlap, now.get("page")
    try:
        page = ask(since, onward)
    except NotAnswered as odd:
        if onward is not None and odd.status == 400:  # a page is kept for a while only: walk anew
            return Polled((), {"since": now["since"]}, timedelta(0))
        raise
    if page.onward is not None:
        return Polled(page.found, {**now, "page": page.onward}, timedelta(0))
    return Polled(page.found, {"since": now["walk_at"]}, EVERY)


def home(asking: Asking, host: str) -> str:
    """Where a platform with one address for all shops is; the store's own address is its shop window."""
    return str(asking.options.get("address") or host).rstrip("/")


def listed(answer: Payload, name: str) -> list[Payload]:
    """Of an answer without its list nothing is concluded: the cursor must not move."""
    required("there" if isinstance(answer.get(name), list) else "", name)
    return rows(answer, name)


def delivery_of(thing: Payload, name: str = "id", told: Payload | None = None) -> Delivery:
    """``thing`` as if a webhook had brought it, or what is ``told`` of it; told again word for word it is the same."""
    digest = sha256(_spelled(thing)).hexdigest()
    try:
        key = f"asked:{plain(thing.get(name), name)[:30]}:{digest[:32]}"
    except Unreadable:  # one odd order parks by itself, as a receipt; it does not hold back the page
        key = f"asked::{digest}"
    return Delivery(key, ASKED, _spelled(thing if told is None else told))


def changed_since(things: Iterable[Payload], name: str, since: datetime, zone: tzinfo | None = None) -> list[Payload]:
    """Those that changed in our time, of an answer that goes further back; what has no readable time is kept."""

    def changed_at(thing: Payload) -> datetime:
        with suppress(Unreadable):
            return moment(thing, name, zone=zone) or since
        return since

    return [thing for thing in things if changed_at(thing) >= since]


def _spelled(thing: Payload) -> bytes:
    return json.dumps(thing, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def is_on_delivery(method: str) -> bool:
    """Where the name that the merchant gave to a method is all there is to know it by."""
    return any(word in method.lower() for word in ON_DELIVERY)


def line_ids(products: Iterable[str]) -> Iterator[str]:
    """Lines that have no id of their own are called by their product, and by their place among its lines."""
    met: Counter[str] = Counter()
    for product in products:
        met[product] += 1
        yield product if met[product] == 1 else f"{product}-{met[product]}"


def one_parcel(
    order: OrderSeen, number: str, carrier: str, milestone: str, *, sent: bool = False
) -> Iterator[FulfilmentSeen]:
    """Where an order has one parcel at most: another number is a correction, and one without may get its number yet.

    ``sent`` is the shop's word that it left; how far it is the carrier knows better.
    """
    if number or milestone or sent:
        yield FulfilmentSeen(
            order_external_id=order.external_id,
            external_id=f"{order.external_id}:1",
            created_at=order.updated_at,
            updated_at=order.updated_at,
            carrier=carrier,
            numbers=(number,) if number else (),
            milestone=milestone,
        )


def at_the_door(order: OrderSeen, *, paid: bool, called_off: bool) -> tuple[PaymentSeen, ...]:
    """The whole sum on delivery, where the platform says no more than that: its date is that of the order's change."""
    if not order.total:
        return ()
    if called_off:
        return (PaymentSeen("cod", "on_delivery", order.total, "cancelled", order.updated_at),)
    if paid:
        return (PaymentSeen("cod", "on_delivery", order.total, "paid", order.updated_at),)
    return (PaymentSeen("cod", "on_delivery", order.total, "pending", order.placed_at),)


def with_pass(asking: Asking, sign_in: Callable[[], str], lives: timedelta, go: Callable[[str], Polled]) -> Polled:
    """Ask with a pass that is kept beside the cursor while it lives; one that is refused before is made anew, once.

    Another key has another pass.
    """
    kept, key = asking.cursor.get("pass"), sha256(asking.token.encode()).hexdigest()
    if kept and kept["key"] == key and datetime.fromisoformat(kept["until"]) > asking.now:
        with suppress(KeyRefused):
            return _keeping(go(kept["word"]), kept)
    fresh = {"key": key, "word": sign_in(), "until": (asking.now + lives).isoformat()}
    return _keeping(go(fresh["word"]), fresh)


def _keeping(said: Polled, own_pass: dict[str, str]) -> Polled:
    return replace(said, cursor={**said.cursor, "pass": own_pass})

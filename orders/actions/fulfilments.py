"""The shop's word that something was sent; tracking makes the parcels."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from events.facts import Recorded, record_all
from events.models import Event
from orders.actions.placeholders import orders_or_placeholders
from orders.events import FulfilmentReported
from orders.models import Order, Store
from orders.stores.seen import FulfilmentSeen


@transaction.atomic
def report_fulfilments(store: Store, seen: Sequence[FulfilmentSeen], *, quiet: bool = False) -> dict[str, Order]:
    """Record what the shop says it sent; tracking makes the parcels. An order not seen yet gets a placeholder."""
    heard_at: dict[str, datetime] = {}
    for f in seen:
        heard_at[f.order_external_id] = min(f.created_at, heard_at.get(f.order_external_id, f.created_at))
    orders = orders_or_placeholders(store, heard_at)
    said = [_fulfilment(orders[f.order_external_id], f, quiet) for f in seen]
    known = _last_words({order.pk for order in orders.values()})
    record_all([fact for fact in said if _is_news(fact, known)])
    return orders


def _last_words(order_ids: set[int]) -> dict[tuple[int, str], dict[str, Any]]:
    """What the shop said last about each fulfilment; WooCommerce repeats it with every change of the order.

    Of words that say the same the earliest counts, whichever came first.
    """
    told = Event.objects.filter(kind=FulfilmentReported.kind, subject_type="order", subject_id__in=order_ids)
    words = [e for e in told.order_by("id") if e.data["status"] != "moved"]
    return {(e.subject_id or 0, e.data["external_id"]): e.data for e in words}


def _is_news(said: Recorded, known: Mapping[tuple[int, str], dict[str, Any]]) -> bool:
    data = said.fact.data()
    if data["status"] == "moved":  # each scan is its own; a repeated one has its key
        return True
    last = known.get((said.subject[1], data["external_id"]))
    return last is None or _content(last) != _content(data) or _told_at(data) < _told_at(last)


def _told_at(data: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(data["updated_at"])


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

"""What shops tell us. To add a platform, write its adapter in stores/ and name it there."""

from collections import defaultdict
from collections.abc import Collection
from functools import partial
from types import ModuleType

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events.models import Connection
from events.sources import Outcome, Source, Unreadable, address_in_options, name_of
from orders import actions
from orders.models import Store
from orders.stores import ADAPTERS
from orders.stores.seen import FulfilmentSeen, OrderGone, OrderSeen, PrivacySeen, RefundSeen


def store_seen(batch: list, announced: Collection[str]) -> list[Outcome]:
    """Keep a batch of what shops showed: one outcome per receipt."""
    by_connection = defaultdict(list)
    for receipt, seen in batch:
        by_connection[receipt.connection_id].append((receipt, seen))
    stores = {s.connection_id: s for s in Store.objects.filter(connection__in=list(by_connection))}
    outcomes: dict[int, Outcome] = {}
    for connection_id, items in sorted(by_connection.items()):  # every worker takes the shops' rows in one order
        store = stores.get(connection_id)
        if store is None:
            outcomes |= {
                r.pk: Unreadable(_("This connection belongs to no store: choose it under Stores.")) for r, _s in items
            }
        else:
            refused = _unreachable(store, items)
            outcomes |= refused
            _keep(store, [(r, seen) for r, seen in items if r.pk not in refused], announced)
            outcomes |= _wishes(store, items)
    return [outcomes.get(receipt.pk) for receipt, _seen in batch]


def _unreachable(store: Store, items: list) -> dict[int, Outcome]:
    """Receipts about new orders that lead to nobody, with the reason."""
    orders = [(r, s) for r, seen in items for s in seen if isinstance(s, OrderSeen)]
    refusals = actions.find_unreachable(store, [s for _r, s in orders])
    return {r.pk: refusals[s.external_id] for r, s in orders if s.external_id in refusals}


def _wishes(store: Store, items: list) -> dict[int, Outcome]:
    wishes = [(r, s) for r, seen in items for s in seen if isinstance(s, PrivacySeen)]
    if not wishes:
        return {}
    heard = actions.hear_wishes(store, [(s, r.received_at) for r, s in wishes])
    for (receipt, _s), (_refusal, person) in zip(wishes, heard, strict=True):
        receipt.customer_id = person.pk if person else None
    return {receipt.pk: refusal for (receipt, _s), (refusal, _person) in zip(wishes, heard, strict=True)}


def _keep(store: Store, items: list, announced: Collection[str]) -> None:
    orders = [(r, s) for r, seen in items for s in seen if isinstance(s, OrderSeen)]
    fulfilments = [(r, s) for r, seen in items for s in seen if isinstance(s, FulfilmentSeen)]
    refunds = [(r, s) for r, seen in items for s in seen if isinstance(s, RefundSeen)]
    gone = [s for _r, seen in items for s in seen if isinstance(s, OrderGone)]
    if gone:
        actions.withdraw_orders(store, gone, timezone.now())
    if orders:
        created = [r.topic in announced or not r.topic for r, _s in orders]
        saved = actions.save_orders(store, [s for _r, s in orders], created=created)
        for (receipt, _s), one in zip(orders, saved, strict=True):
            receipt.customer_id = one.order.customer_id
    if fulfilments:
        known = actions.report_fulfilments(store, [s for _r, s in fulfilments])
        for receipt, s in fulfilments:
            receipt.customer_id = receipt.customer_id or known[s.order_external_id].customer_id
    if refunds:
        known = actions.report_refunds(store, [s for _r, s in refunds], timezone.now())
        for receipt, s in refunds:
            receipt.customer_id = receipt.customer_id or known[s.order_external_id].customer_id


def address_of(connection: Connection) -> str:
    """Where the shop's API is: the connection's own word, else the store's address."""
    return address_in_options(connection) or next(
        iter(Store.objects.filter(connection=connection).values_list("url", flat=True)), ""
    )


def source_of(adapter: ModuleType) -> Source:
    store = partial(store_seen, announced=adapter.ANNOUNCED)
    offered = {name: getattr(adapter, name) for name in ("ping", "poll") if hasattr(adapter, name)}
    return Source(
        name_of(adapter),
        adapter.authentic,
        adapter.envelope,
        adapter.read,
        store,
        secret_in_address=getattr(adapter, "SECRET_IN_ADDRESS", False),
        only_asked=getattr(adapter, "ONLY_ASKED", False),
        address=address_of,
        **offered,
    )


SOURCES = [source_of(adapter) for adapter in ADAPTERS]

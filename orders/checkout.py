"""What a shop's checkout says about advertising goes into the consent ledger."""

from collections.abc import Iterable

from customers.consent import Said, bring_along
from customers.models import Consent
from orders.models import Order, Store
from orders.stores.seen import OrderSeen


def note_checkout(store: Store, seen: Iterable[tuple[Order, OrderSeen]]) -> list[Consent]:
    """Write down what the shop's checkout says about advertising; in the caller's transaction, by the batch.

    A box left empty says nothing. What was said to us later stays: a shop's old yes undoes no no.
    """
    told = [(order, one) for order, one in seen if one.accepts_marketing is not None and not one.relayed]
    if not told:
        return []
    return bring_along([(_said(store, order, one), bool(one.accepts_marketing)) for order, one in told if order.email])


def _said(store: Store, order: Order, seen: OrderSeen) -> Said:
    """Without a wording: which words stood at the shop's own checkout, only the shop knows."""
    return Said(
        order.email,
        "email",
        "marketing",
        "checkout",
        seen.accepts_marketing_at or seen.placed_at,
        {"store": store.slug, "order": order.external_id},
        customer=order.customer,
    )

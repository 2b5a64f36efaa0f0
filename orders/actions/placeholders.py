"""Orders that were heard of before they were seen: by a parcel, or by money going back."""

from collections.abc import Mapping
from datetime import datetime

from orders.models import Order, OrderPage, Store
from orders.page_blocks import block_of, write_fields
from shelf.rows import insert_missing_rows, update_rows


def orders_or_placeholders(store: Store, heard_at: Mapping[str, datetime]) -> dict[str, Order]:
    """By the shop's id, locked: the orders we know, and a placeholder for each that we do not, as old as the
    oldest news."""
    orders = _known(store, heard_at)
    older = [o for key, o in orders.items() if o.placeholder and heard_at[key] < o.placed_at]
    for order in older:
        order.placed_at = heard_at[order.external_id]
    update_rows(older, ["placed_at"])
    write_fields({order.pk: {"placed_at": order.placed_at.isoformat()} for order in older})
    unknown = [
        Order(store=store, external_id=key, number="", currency=store.currency, placed_at=at, placeholder=True)
        for key, at in sorted(heard_at.items())
        if key not in orders
    ]
    if unknown:
        insert_missing_rows(unknown)
        orders = _known(store, heard_at)
        heard_of = [o for o in orders.values() if o.placeholder]
        insert_missing_rows(OrderPage(order=o, blocks={"order": block_of(o, [])}) for o in heard_of)
    return orders


def _known(store: Store, wanted: Mapping[str, datetime]) -> dict[str, Order]:
    rows = Order.objects.select_for_update().filter(store=store, external_id__in=list(wanted)).order_by("pk")
    return {order.external_id: order for order in rows}

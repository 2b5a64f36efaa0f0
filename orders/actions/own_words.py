"""What was changed here and the shop has not confirmed yet: its silence takes nothing back, its word ends the wait."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from orders.actions.request_blocks import draw_requests
from orders.models import Order, OrderRequest

CANCEL, CHANGE = OrderRequest.Kind.CANCEL, OrderRequest.Kind.CHANGE


def hold_on(order: Order, shop_cancelled_at: datetime | None, shop_address: dict[str, Any]) -> list[str]:
    """Put our words back over an order that was just read from the shop; the kinds of those that it confirmed.

    An address that is neither the old nor the wanted one is a new word of the shop, and counts.
    """
    own, confirmed = dict(order.own_words), []
    if cancelled_at := own.get("cancelled_at"):
        order.cancelled_at = datetime.fromisoformat(cancelled_at)
        order.cancel_reason = order.cancel_reason or "customer"
        if shop_cancelled_at:
            del own["cancelled_at"]
            confirmed.append(str(CANCEL))
    if wanted := own.get("address"):
        if _same(shop_address, own["was"]):
            order.address = wanted
        else:
            confirmed += [str(CHANGE)] if _same(shop_address, wanted) else []
            del own["address"], own["was"]
    order.own_words = own
    return confirmed


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = (one.keys() | other.keys()) - {"point"}
    return all(_bare(one.get(name)) == _bare(other.get(name)) for name in names)


def _bare(part: Any) -> str:
    """Shops tidy capitals, blanks and the marks in telephone numbers."""
    return "".join(filter(str.isalnum, str(part or ""))).casefold()


def note_confirmed(confirmed: Iterable[tuple[int, Sequence[str]]], now: datetime) -> None:
    """(order id, kinds): the shop showed what was asked of it. No query where there is nothing."""
    for order_id, kinds in confirmed:
        if kinds:
            done = OrderRequest.objects.filter(order=order_id, kind__in=kinds, state=OrderRequest.State.DONE)
            told = done.filter(shop_confirmed_at=None).update(
                shop_state=OrderRequest.Shop.CONFIRMED,
                shop_confirmed_at=now,
                shop_said="",
                shop_words="",
                reason_values={},
            )
            if told:
                draw_requests(Order(pk=order_id))

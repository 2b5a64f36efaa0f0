"""What parcels say about the order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from orders.actions.closing import close
from orders.actions.saving import stage_of
from orders.models import Order, OrderLine
from orders.page_blocks import moving_parts, write_fields
from shelf.rows import update_rows


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order's parcels are. ``dispatched_at``: the first left; ``delivered_at``: the last arrived.

    ``arrived``: {shop's id of a line: when the last parcel that holds pieces of it arrived}, as far as parcels say.
    """

    order_id: int
    stage: str
    dispatched_at: datetime | None
    delivered_at: datetime | None
    arrived: Mapping[str, datetime] = field(default_factory=dict)


READ = ("order", "external_id", "kind", "quantity", "completed_at", "delivered_at")


def note_progress(progress: Sequence[Progress]) -> None:
    """Write what the parcels say onto their orders; the caller (tracking) holds the orders' locks.

    An empty stage means that no parcel says anything: the order falls back to the shop's words.
    """
    orders = Order.objects.in_bulk([p.order_id for p in progress])
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order__in=list(orders)).only(*READ):
        lines.setdefault(line.order_id, []).append(line)
    for p in progress:
        order = orders[p.order_id]
        order.dispatched_at = p.dispatched_at
        order.delivered_at = order.parcels_delivered_at = p.delivered_at
        order.stage = p.stage or Order.Stage.PLACED
        order.stage = stage_of(order)
        close(order, lines.get(p.order_id, ()))
        order.updated_at = timezone.now()
    update_rows(orders.values(), ["dispatched_at", "delivered_at", "parcels_delivered_at", "stage", "updated_at"])
    write_fields({p.order_id: moving_parts(orders[p.order_id]) for p in progress})
    _note_arrived(progress, lines)


def _note_arrived(progress: Iterable[Progress], lines: Mapping[int, Sequence[OrderLine]]) -> None:
    """The time to return a thing begins when that thing is there, not when the whole order is."""
    changed = []
    for p in progress:
        for line in lines.get(p.order_id, ()):
            arrived_at = p.arrived.get(line.external_id)
            if line.delivered_at != arrived_at:
                line.delivered_at = arrived_at
                changed.append(line)
    update_rows(changed, ["delivered_at"])

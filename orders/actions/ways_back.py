"""What carriers say of the parcels by which goods come back: the state of a return follows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.actions.returning import take_step
from orders.events import ReturnReceived, ReturnShipped
from orders.models import Return

State = Return.State
# Numbers are used again: what was scanned before the return was asked for was another parcel. A day for local times.
EARLIEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WayBack:
    """One return's parcel: when the carrier first had it, when it reached the shop."""

    return_id: int
    carrier: str
    number: str
    shipped_at: datetime | None
    arrived_at: datetime | None


def note_ways_back(ways: Sequence[WayBack], now: datetime) -> None:
    """The caller (tracking) holds the locks of their orders. A step that an agent took before stands."""
    if not ways:
        return
    known = Return.objects.filter(pk__in=[way.return_id for way in ways]).select_related("order").in_bulk()
    for way in ways:
        found = known[way.return_id]
        since = found.requested_at - EARLIEST
        if found.state in (State.APPROVED, State.LABELLED) and way.shipped_at and way.shipped_at >= since:
            found.shipped_at = way.shipped_at
            take_step(found, State.SHIPPED, ReturnShipped(found.order_id, way.carrier, way.number), now)
        if found.state == State.SHIPPED and way.arrived_at and way.arrived_at >= since:
            found.received_at = way.arrived_at
            take_step(found, State.RECEIVED, ReturnReceived(found.order_id), now)


def correct_way_back(return_id: int, carrier: str, number: str) -> None:
    """An agent gave the parcel another number; the caller holds the order's lock."""
    Return.objects.filter(pk=return_id).update(carrier=carrier[:60], number=number[:100])

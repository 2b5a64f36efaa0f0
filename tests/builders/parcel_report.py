"""Parcels for the report, written as rows: ``parcel(store, 1, days=2.5, promised=3)``."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from orders.actions import save_orders
from orders.models import Store
from tests.builders.door import order_seen
from tracking.models import Checkpoint, Shipment

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def parcel(store: Store, n: int, days: float | None = None, promised: int | None = None, **more: Any) -> Shipment:
    """First scanned on Monday, tried after ``days``, promised for so many days after Monday."""
    order = save_orders(store, [order_seen(1000 + n, MONDAY)])[0].order
    on = MONDAY.date() + promised * DAY if promised is not None else None
    known: dict[str, Any] = {
        "carrier": "nova_poshta",
        "number": f"2040{n:010}",
        "milestone": "in_transit" if days is None else "delivered",
        "shipped_at": MONDAY,
        "first_attempt_at": None if days is None else MONDAY + days * DAY,
        "delivered_at": None if days is None else MONDAY + days * DAY,
        "promised_on": on,
        "estimated_on": on,
        "origin": "Київ",
        "destination": "Львів",
    }
    return Shipment.objects.create(order=order, **(known | more))


def scan(shipment: Shipment, milestone: str, reason: str = "", **more: Any) -> Checkpoint:
    at = more.pop("at", MONDAY + DAY)
    return Checkpoint.objects.create(
        shipment=shipment,
        source="toy",
        occurred_at=at,
        received_at=at,
        milestone=milestone,
        reason=reason,
        fingerprint=f"{milestone} {reason} {at:%d %H}"[-32:],
        **more,
    )


def later(days: int) -> date:
    return MONDAY.date() + days * DAY

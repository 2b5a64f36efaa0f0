"""How often a carrier that sends nothing of its own accord is asked about a parcel: a table, and the rule over it."""

from datetime import datetime, timedelta

from tracking.carriers import ASKED
from tracking.models import Shipment

ASK = ["ask_at", "asked_at"]
HOUR = timedelta(hours=1)
RHYTHM = {
    "pending": 2 * HOUR,  # the number is often given out hours before the carrier knows it
    "info_received": 4 * HOUR,
    "picked_up": 4 * HOUR,
    "in_transit": 4 * HOUR,
    "out_for_delivery": HOUR,
    "ready_for_pickup": 2 * HOUR,  # "collected" ends the reminders
    "attempt_failed": 2 * HOUR,
    "exception": 4 * HOUR,
    "delivered": 24 * HOUR,
    "returning": 12 * HOUR,
}
AFTER_DELIVERY = timedelta(days=3)  # for corrections, and for the money that was paid on delivery
QUIET_SHARE = 10  # at least a tenth of the time that it has been quiet passes between two askings …
SPARSEST = timedelta(days=1)  # … but never more than this
GIVEN_UP = timedelta(days=60)  # of quiet


def next_asking(shipment: Shipment, now: datetime) -> datetime | None:
    """When to ask about it next; None when nobody can be asked, or nothing more is to come."""
    rhythm = RHYTHM.get(shipment.milestone)
    if rhythm is None or shipment.carrier not in ASKED or not shipment.number:
        return None
    quiet = now - _last_news(shipment, now)
    if quiet > (AFTER_DELIVERY if shipment.milestone == "delivered" else GIVEN_UP):
        return None
    if shipment.asked_at is None:
        return shipment.ask_at or now
    return shipment.asked_at + max(rhythm, min(quiet / QUIET_SHARE, SPARSEST))


def _last_news(shipment: Shipment, now: datetime) -> datetime:
    """When anything was last heard of it; a delivery counts from when it happened."""
    if shipment.milestone == "delivered" and shipment.delivered_at:
        return shipment.delivered_at
    known = (shipment.since, shipment.told_at, shipment.fulfilled_at)
    return max((at for at in known if at), default=shipment.created_at or now)

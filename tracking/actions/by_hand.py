"""What people do with a parcel: a stage by a button, a scan, a correction, handing it over at the counter.

Everything goes the way of a carrier's scan: a checkpoint, and what follows from all of them. Each change leaves the
fact ``shipment.corrected`` with who did it.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop as _

from events import inbox
from events.facts import record
from orders.actions import correct_way_back
from orders.models import Order
from shelf.reasons import Reason, Refusal
from tracking.actions.page import redraw_orders
from tracking.actions.refreshing import lock_orders, refresh
from tracking.actions.scans import add_scans, tidy_number
from tracking.carriers.names import find_carrier, tracking_url
from tracking.carriers.seen import CheckpointSeen
from tracking.events import ShipmentCorrected
from tracking.milestones import REASONS
from tracking.models import Checkpoint, Shipment

SOURCE = "agent"
OWN_PICKUP, OWN_COURIER = "own_pickup", "own_courier"
STAGES = {
    "preparing": "info_received",
    "ready": "ready_for_pickup",
    "handed_over": "delivered",
    "on_the_way": "out_for_delivery",
    "delivered": "delivered",
    "failed": "attempt_failed",
}
STAGES_OF = {OWN_PICKUP: ("preparing", "ready"), OWN_COURIER: ("preparing", "on_the_way", "failed", "delivered")}

NO_STAGE = _("“%(stage)s” is no stage that this parcel can be set to.")
NO_REASON = _("“%(reason)s” is no reason that we know.")
CANCELLED = _("Order %(number)s was cancelled. Do not hand it over.")
NO_PICKUP = _("This parcel of order %(number)s is not collected from the shop.")
ALREADY = _("Order %(number)s was handed over already.")
NOT_READY = _("Order %(number)s is not ready yet.")
GOES_BACK = _("This parcel of order %(number)s was taken out of the order.")
UNPAID = _("%(amount)s %(currency)s of order %(number)s are still to pay. Take the money and note it first.")
NO_SCAN = _("This scan is not there any more.")
TAKEN = _("The order has a parcel with the number %(number)s already.")
NO_NUMBER = _("Give the number.")
FUTURE = _("A scan cannot lie in the future.")


class ParcelRefused(Refusal):
    """The parcel cannot be changed like this; nothing was."""


@transaction.atomic
def set_stage(
    shipment_id: int, stage: str, by_id: int | None, now: datetime, signed_by: str = "", reason: str = ""
) -> Shipment:
    """One of the stages of the shop's own pick-up or courier. ``signed_by``: who took it; ``reason``: why not."""
    shipment, _order = _locked(shipment_id)
    if stage not in STAGES_OF.get(shipment.carrier, ()):
        raise ParcelRefused(NO_STAGE, stage=stage)
    if reason and reason not in REASONS:
        raise ParcelRefused(NO_REASON, reason=reason)
    return _set(shipment, CheckpointSeen(now, STAGES[stage], reason, message=signed_by[:200]), stage, by_id, now)


@transaction.atomic
def hand_over(shipment_id: int, by_id: int | None, now: datetime) -> Shipment:
    """Given to the customer at the counter; refused with the sentence that staff can say to them."""
    shipment, order = _locked(shipment_id)
    if why := why_not_handed_over(shipment, order):
        raise ParcelRefused(why.text, **why.values)
    return _set(shipment, CheckpointSeen(now, "delivered"), "handed_over", by_id, now)


def why_not_handed_over(shipment: Shipment, order: Order) -> Reason | None:
    number: dict[str, Any] = {"number": order.number}
    if shipment.carrier != OWN_PICKUP:
        return Reason(NO_PICKUP, number)
    if order.cancelled_at:
        return Reason(CANCELLED, number)
    if shipment.cancelled_at:
        return Reason(GOES_BACK, number)
    if shipment.milestone in ("delivered", "returning", "returned"):
        return Reason(ALREADY, number)
    if shipment.milestone != "ready_for_pickup":
        return Reason(NOT_READY, number)
    if order.due:
        return Reason(UNPAID, {**number, "amount": str(order.due), "currency": order.currency})
    return None


@transaction.atomic
def add_scan(shipment_id: int, seen: CheckpointSeen, by_id: int | None, now: datetime) -> Shipment:
    """A scan that an agent heard of by telephone."""
    shipment, _order = _locked(shipment_id)
    if seen.occurred_at > now:
        raise ParcelRefused(FUTURE)
    return _set(shipment, seen, "scan", by_id, now)


@transaction.atomic
def take_back(shipment_id: int, scan_id: int, by_id: int | None, now: datetime) -> Shipment:
    """The scan stays to be seen, and is believed by nobody."""
    shipment, _order = _locked(shipment_id)
    if not Checkpoint.objects.filter(pk=scan_id, shipment=shipment, retracted=False).update(retracted=True):
        raise ParcelRefused(NO_SCAN)
    return _follow(shipment, "scan_taken_back", by_id, now)


@transaction.atomic
def change_number(shipment_id: int, number: str, by_id: int | None, now: datetime) -> Shipment:
    """Another number: what carriers said about it before finds the parcel now."""
    shipment, _order = _locked(shipment_id)
    tidy = tidy_number(number)
    if not tidy:
        raise ParcelRefused(NO_NUMBER)
    if Shipment.objects.filter(order_id=shipment.order_id, number=tidy).exclude(pk=shipment.pk).exists():
        raise ParcelRefused(TAKEN, number=tidy)
    shipment.number, shipment.carrier = tidy, find_carrier("", tidy) or shipment.carrier
    shipment.url = tracking_url(shipment.carrier, tidy)[:500]
    try:
        with transaction.atomic():
            shipment.save(update_fields=["number", "carrier", "url", "updated_at"])
    except IntegrityError:
        raise ParcelRefused(TAKEN, number=tidy) from None
    if shipment.returned_id:
        correct_way_back(shipment.returned_id, shipment.carrier, tidy)
    inbox.release([f"parcel:{tidy}"])
    return _follow(shipment, "number", by_id, now)


@transaction.atomic
def plan_day(shipment_id: int, on: date, by_id: int | None, now: datetime) -> Shipment:
    """The day on which the shop's own courier comes."""
    shipment, _order = _locked(shipment_id)
    Shipment.objects.filter(pk=shipment.pk).update(estimated_on=on)
    redraw_orders({shipment.order_id})
    return _follow(shipment, "day", by_id, now)


def _locked(shipment_id: int) -> tuple[Shipment, Order]:
    order_id = Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id)
    order = lock_orders([order_id])[order_id]
    return Shipment.objects.get(pk=shipment_id), order


def _set(shipment: Shipment, seen: CheckpointSeen, what: str, by_id: int | None, now: datetime) -> Shipment:
    add_scans(shipment, [replace(seen, raw_code=f"{what}/{seen.milestone}")], SOURCE, now)
    return _follow(shipment, what, by_id, now)


def _follow(shipment: Shipment, what: str, by_id: int | None, now: datetime) -> Shipment:
    refresh({shipment.order_id}, now)
    changed = Shipment.objects.select_related("order").get(pk=shipment.pk)
    record(
        ShipmentCorrected(changed.order_id, what),
        subject=("shipment", changed.pk),
        customer_id=changed.order.customer_id,
        at=now,
        created_by_id=by_id,
    )
    return changed

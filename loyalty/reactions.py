"""Answers to facts of other floors."""

from django.utils import timezone

from events.models import Event
from loyalty import actions
from loyalty.apologies import apologise, give_credit
from orders.subjects import order_of


def earn_points(events: list[Event]) -> None:
    """order.paid, shipment.delivered: whichever comes last finds the order complete."""
    actions.earn_for_orders(_orders(events), timezone.now())


def claw_points_back(events: list[Event]) -> None:
    """order.cancelled, order.changed: the order may have lost what it earned for."""
    actions.claw_back_orders(_orders(events), timezone.now())


def note_coupons_used(events: list[Event]) -> None:
    """order.placed, order.changed: the order may carry codes."""
    actions.note_uses(_orders(events), timezone.now())


def offer_coupons(events: list[Event]) -> None:
    """order.cancelled: the programme may name a pool for those who had paid."""
    apologise(_orders(events), timezone.now())


def credit_returns(events: list[Event]) -> None:
    """return.settled: those who chose store credit get it now."""
    credited = [e for e in events if e.data["how"] == "credited" and e.customer_id and e.subject_id]
    give_credit({e.subject_id or 0: (e.customer_id or 0, e.data["order_id"]) for e in credited}, timezone.now())


def _orders(events: list[Event]) -> set[int]:
    return {order_id for event in events if (order_id := order_of(event))}

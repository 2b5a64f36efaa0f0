"""Answers to facts of other floors."""

from datetime import datetime

from django.utils import timezone

from events.models import Event
from orders.actions import Moved, tell_followers
from tracking import actions


def make_shipments(events: list[Event]) -> None:
    """order.fulfilment_reported: the shop sent something, so there are parcels."""
    fulfilled = [
        actions.Fulfilled(
            order_id=e.data["order_id"],
            external_id=e.data["external_id"],
            status=e.data["status"],
            carrier=e.data["carrier"],
            numbers=tuple(e.data["numbers"]),
            urls=tuple(e.data["urls"]),
            lines=tuple((key, n) for key, n in e.data["lines"]),
            milestone=e.data["milestone"],
            updated_at=datetime.fromisoformat(e.data["updated_at"]),
        )
        for e in events
    ]
    actions.make_shipments(fulfilled, timezone.now())


def adopt_parcels(events: list[Event]) -> None:
    """order.placed: its parcels may have been heard of before."""
    actions.adopt({e.subject_id for e in events if e.subject_id})


def redraw_parcels(events: list[Event]) -> None:
    """order.placed, order.changed: what is in the parcels may have got a name, what arrived a line."""
    actions.catch_up({e.subject_id for e in events if e.subject_id}, timezone.now())


def follow_returns(events: list[Event]) -> None:
    """return.labelled, return.shipped: by which parcel the goods come back."""
    actions.follow_returns({e.subject_id for e in events if e.subject_id}, timezone.now())


def tell_second_recipients(events: list[Event]) -> None:
    """shipment.progressed: whoever else wanted the news of this order's parcels gets it."""
    moves = [Moved(e.data["order_id"], e.subject_id, e.data["milestone"], e.at) for e in events if e.subject_id]
    tell_followers(moves, timezone.now())

"""Answers to facts about orders."""

from collections import defaultdict
from decimal import Decimal

from django.utils import timezone

from events.models import Event
from orders import actions


def settle_returns(events: list[Event]) -> None:
    """refund.recorded: the money of a return went back."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for event in events:
        sums[event.subject_id or 0] += Decimal(event.data["amount"])
    actions.note_refunds(sums, timezone.now())

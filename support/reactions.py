"""Answers to facts of other floors."""

from django.utils import timezone

from events.models import Event
from support.actions.mails import take_mails
from support.actions.reviews import LOW, open_for_reviews


def take_up_mails(events: list[Event]) -> None:
    """mail.received: a person wrote."""
    take_mails([event.data["inbound_id"] for event in events], timezone.now())


def look_after_low_reviews(events: list[Event]) -> None:
    """review.submitted: one or two stars are a matter for a person."""
    low = [event.data["request_id"] for event in events if event.data["lowest"] <= LOW]
    open_for_reviews(low, timezone.now())

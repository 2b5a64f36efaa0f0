"""The answers to every fact: segments ask again who is inside, journeys look whether it starts or wakes somebody."""

from django.utils import timezone

from campaigns import actions, segments
from events.models import Event


def route(events: list[Event]) -> None:
    actions.route(events, timezone.now())


def follow(events: list[Event]) -> None:
    segments.follow(events, timezone.now())

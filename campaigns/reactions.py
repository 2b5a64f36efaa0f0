"""The answer to every fact: journeys look whether it starts or wakes somebody."""

from django.utils import timezone

from campaigns import actions
from events.models import Event


def route(events: list[Event]) -> None:
    actions.route(events, timezone.now())

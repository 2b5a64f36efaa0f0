"""What the post office does when something happened elsewhere."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from events import nudges
from events.models import Event
from messaging.gate import WAITS_FOR_MATTER
from messaging.models import Message


def let_go_settled(events: Sequence[Event]) -> None:
    """A matter closed: what waited for it is looked at now. Where another one is open, the gate says so again."""
    now = timezone.now()
    people = {event.customer_id for event in events if event.customer_id}
    waiting = Message.objects.filter(customer__in=people, state=Message.State.READY, reason=WAITS_FOR_MATTER)
    if waiting.filter(send_after__gt=now).update(send_after=now):
        transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)

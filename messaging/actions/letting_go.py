"""What was held for a reason, looked at again when the reason is gone."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from events import nudges
from messaging.models import Message


def let_go(subject: str, ids: Collection[int], reason: str, now: datetime) -> int:
    """Messages about these that waited with this reason; where another one stands, the gate says so again."""
    waiting = Message.objects.filter(
        subject_type=subject, subject_id__in=list(ids), state=Message.State.READY, reason=reason, send_after__gt=now
    )
    freed = waiting.update(send_after=now)
    if freed:
        transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)
    return freed

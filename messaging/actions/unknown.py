"""Messages of which nobody knows whether they left."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from customers.models import Purpose
from events import nudges
from messaging.models import Message

RESEND_AFTER = timedelta(minutes=15)
LOST_WORKER = _("The worker died during the hand-over: nobody can tell whether it left.")
SENT_AGAIN = _("Sent once more because nobody could tell whether it had left.")


def resolve_unknown() -> int:
    """Name what a dead worker left behind, and resend where the purpose says so; how many rows moved."""
    now = timezone.now()
    moved = Message.objects.filter(state=Message.State.SENDING, lease_until__lt=now).update(
        state=Message.State.UNKNOWN, reason=LOST_WORKER, reason_values={}
    )
    return moved + Message.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        state=Message.State.UNKNOWN,
        purpose__when_unknown=Purpose.WhenUnknown.RESEND,
        handed_off_at__lt=now - RESEND_AFTER,
        attempts=1,
    ).update(state=Message.State.READY, reason=SENT_AGAIN, reason_values={}, lease_until=None)


def settle_unknown(message: Message, arrived: bool) -> bool:
    """Somebody knows (a provider's log, the customer): it arrived, or it goes out now. False if it was not unknown."""
    unknown = Message.objects.filter(pk=message.pk, state=Message.State.UNKNOWN)
    if arrived:
        return bool(
            unknown.update(state=Message.State.SENT, sent_at=message.handed_off_at, reason="", reason_values={})
        )
    freed = unknown.update(state=Message.State.READY, reason="", reason_values={}, lease_until=None)
    nudges.nudge("messages")
    return bool(freed)

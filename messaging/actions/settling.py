"""What became of a hand-over: moves of single messages, each fenced by the lease and by the table of states."""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from messaging import gate
from messaging.channels.email import fell_silent, is_final
from messaging.models import Message
from shelf.reasons import Reason

log = logging.getLogger(__name__)

BACK_OFF = [60, 300, 900, 3600, 14400, 43200]  # seconds, with jitter

READY = (Message.State.READY,)
# A hand-over that took longer than its lease was called unknown meanwhile; whoever made it knows better.
IN_FLIGHT = (Message.State.SENDING, Message.State.UNKNOWN)


def move(m: Message, state: str, *, reason: Reason | None = None, was: Sequence[str] = READY, **fields) -> bool:
    """Move a message if we still hold its lease; False when somebody else took it over."""
    if reason is not None:
        fields |= {"reason": reason.text, "reason_values": reason.values}
    moved = Message.objects.filter(pk=m.pk, lease=m.lease, state__in=was).update(state=state, **fields)
    return bool(moved)


def settle_error(m: Message, error: Exception, now: datetime) -> None:
    """Refused before acceptance: later, or never. Cut off in the middle: nobody knows, and we say so."""
    if fell_silent(error):
        reason = Reason(_("The mail server fell silent during the hand-over: %(error)s"), {"error": str(error)[:200]})
        move(m, Message.State.UNKNOWN, was=IN_FLIGHT, reason=reason)
    elif is_final(error):
        reason = Reason(_("The mail server refused it for good: %(error)s"), {"error": str(error)[:300]})
        move(m, Message.State.FAILED, was=IN_FLIGHT, reason=reason, settled_at=now)
    else:
        try_later(m, error, IN_FLIGHT)


def try_later(m: Message, error: Exception, was: Sequence[str]) -> None:
    log.warning("message %s: %s: %s", m.pk, type(error).__name__, error)
    wait = BACK_OFF[min(max(m.attempts - 1, 0), len(BACK_OFF) - 1)] * random.uniform(0.5, 1)  # noqa: S311 - jitter
    reason = Reason(_("The mail server did not take it yet: %(error)s"), {"error": str(error)[:300]})
    if m.attempts >= len(BACK_OFF):
        move(m, Message.State.FAILED, was=was, reason=reason, settled_at=timezone.now())
        return
    move(
        m,
        Message.State.READY,
        was=was,
        reason=reason,
        send_after=timezone.now() + timedelta(seconds=wait),
        lease_until=None,
    )


def hold_back(m: Message, error: Exception, now: datetime) -> None:
    """An error of ours: the others go on, and this one tries again until it is too late for it."""
    log.exception("message %s could not be written", m.pk, exc_info=error)
    reason = Reason(_("An error on our side: %(error)s"), {"error": f"{type(error).__name__}: {error}"[:300]})
    move(m, Message.State.READY, reason=reason, send_after=now + gate.LOOK_AGAIN, lease_until=None)

"""Letting journeys run, stand still, and go on."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from campaigns.engine import JourneyRefused
from campaigns.models import Enrolment, Journey
from events import nudges

# What a pause does to timers: they ran on; it is added to them; what came due meanwhile is let go.
CONTINUE, SHIFT, DROP = "continue", "shift", "drop"
WAYS = (CONTINUE, SHIFT, DROP)


def pause(journey: Journey) -> None:
    """A paused journey starts nobody and moves nobody; its messages wait too."""
    set_state(journey, Journey.State.PAUSED)


@transaction.atomic
def resume(journey: Journey, how: str = CONTINUE, now: datetime | None = None) -> None:
    """Let a paused journey run again. Timers *continue* as if there had been no pause (what is too late by then is not
    sent, and says so); or *shift* by its length; or what came due in it is *dropped*."""
    if how not in WAYS:
        raise JourneyRefused(_("A journey goes on in one of these ways: continue, shift, drop."))
    now = now or timezone.now()
    paused_at = journey.stream.paused_at
    if paused_at and how == SHIFT:
        _shift(journey, paused_at, now)
    if paused_at and how == DROP:
        journey.drop_from_at, journey.drop_to_at = paused_at, now
        journey.save(update_fields=["drop_from_at", "drop_to_at"])
    set_state(journey, Journey.State.LIVE)


def _shift(journey: Journey, paused_at: datetime, now: datetime) -> None:
    """Everybody inside computes their timers anew, with the pause added to whatever they count from."""
    Enrolment.objects.filter(journey=journey, state=Enrolment.State.ACTIVE).update(
        shift=F("shift") + (now - paused_at),
        shifted_at=now,
        step_at=F("step_at") + (now - paused_at),
        wake_at=now,
    )


def set_state(journey: Journey, state: str) -> None:
    """Live, paused or draft."""
    journey.state = state
    journey.save(update_fields=["state"])
    journey.stream.paused_at = timezone.now() if state == Journey.State.PAUSED else None
    journey.stream.save(update_fields=["paused_at"])
    nudges.nudge("journeys")
    nudges.nudge("messages")

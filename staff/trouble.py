"""When the engine needs a person: the one place that says what counts as trouble."""

from datetime import datetime, timedelta

from events.clocks import CLOCKS
from events.models import Event, Heartbeat, OwedReaction, Receipt

SLOW = 20_000  # milliseconds of one run; a run is cut at thirty seconds
BEATS_MISSED = 5
AT_LEAST = timedelta(minutes=3)


def is_stale(heartbeat: Heartbeat, now: datetime) -> bool:
    """A clock that missed several of its beats. One that is no longer in the table is nobody's trouble."""
    clock = CLOCKS.get(heartbeat.name)
    if clock is None:
        return False
    return now - heartbeat.at > max(AT_LEAST, timedelta(seconds=clock.seconds * BEATS_MISSED))


def stale_clocks(now: datetime) -> list[str]:
    return [beat.name for beat in Heartbeat.objects.order_by("name") if is_stale(beat, now)]


def parked_receipts():
    return Receipt.objects.filter(state__in=[Receipt.State.PARKED, Receipt.State.DEAD])


def parked_reactions():
    return OwedReaction.objects.all()


def unanswered_events(now: datetime):
    """Facts that nobody has answered for a while: no worker runs."""
    return Event.objects.filter(handled_at__isnull=True, recorded_at__lt=now - AT_LEAST)

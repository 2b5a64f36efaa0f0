"""When the engine needs a person: the one place that says what counts as trouble."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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


# --- Banners: what stands on every page of the room until somebody acts ---------------------------------------------


@dataclass(frozen=True, slots=True)
class Banner:
    """``deed``: the button's name, label and address; it is shown to those who have ``deed_permission``."""

    text: str
    url: str = ""
    tone: str = "bad"
    deed: str = ""
    deed_label: str = ""
    deed_url: str = ""
    deed_permission: str = ""


BANNERS: list[Callable[[Any, datetime], list[Banner]]] = []


def warn_with(banners: Sequence[Callable[[Any, datetime], list[Banner]]]) -> None:
    """Given once by config/room.py: functions ``(user, now) -> banners`` that show only what this user may see."""
    BANNERS[:] = banners


def banners_for(user: Any, now: datetime) -> list[Banner]:
    return [banner for lent in BANNERS for banner in lent(user, now)]

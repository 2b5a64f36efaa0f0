"""The outbox: events waiting for their reactions. Effects in the database happen exactly once.

A reaction gets the list of events of its kind inside the worker's transaction, in a savepoint. When it raises, the list
is halved until the culprit stands alone; that one is written down as owed and tried again later, so that a failing
reaction neither blocks nor repeats its neighbours. The note "handled" commits together with the effects.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from events import nudges
from events.models import Event, OwedReaction

log = logging.getLogger(__name__)

BATCH = 500
PARK_AFTER = 6
BACK_OFF = [5, 30, 120, 600, 3600]  # seconds

Reaction = Callable[[list[Event]], None]

REACTIONS: dict[str, Sequence[Reaction]] = {}
EVERY: list[Reaction] = []


def react_with(reactions: Mapping[str, Sequence[Reaction]], every: Sequence[Reaction]) -> None:
    """Given once by config/apps.py: kind → reactions, and the reactions to every event."""
    REACTIONS.clear()
    REACTIONS.update(reactions)
    EVERY[:] = every


def name_of(reaction: Reaction) -> str:
    return f"{reaction.__module__}.{reaction.__name__}"


def answer_waiting(limit: int = BATCH) -> int:
    """Answer one batch of unhandled events; how many were taken."""
    now = timezone.now()
    with transaction.atomic():
        events = list(
            Event.objects.filter(handled_at__isnull=True).select_for_update(skip_locked=True).order_by("id")[:limit]
        )
        for kind, batch in groupby(sorted(events, key=lambda e: e.kind), lambda e: e.kind):
            same = list(batch)
            for reaction in REACTIONS.get(kind, ()):
                _answer(reaction, same, now)
        for reaction in EVERY:
            _answer(reaction, events, now)
        if events:
            Event.objects.filter(pk__in=[e.pk for e in events]).update(handled_at=now)
    return len(events)


def _answer(reaction: Reaction, events: list[Event], now: datetime) -> None:
    if not events:
        return
    try:
        with transaction.atomic():
            reaction(events)
    except Exception as error:
        if len(events) > 1:
            middle = len(events) // 2
            _answer(reaction, events[:middle], now)
            _answer(reaction, events[middle:], now)
            return
        log.exception("%s failed for event %s", name_of(reaction), events[0].pk)
        OwedReaction.objects.create(
            event=events[0],
            reaction=name_of(reaction),
            error=f"{type(error).__name__}: {error}"[:2000],
            next_at=now + timedelta(seconds=BACK_OFF[0]),
        )


def pay_owed(limit: int = 100) -> int:
    """Try reactions that failed before, one by one; park a reaction for a person after six tries."""
    now = timezone.now()
    known = {name_of(r): r for rs in [*REACTIONS.values(), EVERY] for r in rs}
    for paid in range(limit):
        with transaction.atomic():
            owed = (
                OwedReaction.objects.filter(state=OwedReaction.State.WAITING, next_at__lte=now)
                .select_for_update(skip_locked=True, of=("self",))
                .select_related("event")
                .order_by("next_at")
                .first()
            )
            if owed is None:
                return paid
            _pay(owed, known.get(owed.reaction), now)
    return limit


def _pay(owed: OwedReaction, reaction: Reaction | None, now: datetime) -> None:
    try:
        with transaction.atomic():
            if reaction is None:
                raise LookupError(f"{owed.reaction} is not in the tables any more")
            reaction([owed.event])
    except Exception as error:
        owed.attempts += 1
        owed.error = f"{type(error).__name__}: {error}"[:2000]
        owed.next_at = now + timedelta(seconds=BACK_OFF[min(owed.attempts - 1, len(BACK_OFF) - 1)])
        if owed.attempts >= PARK_AFTER:
            owed.state = OwedReaction.State.PARKED
        owed.save()
    else:
        owed.delete()


def replay(owed) -> int:
    """Try these parked reactions again (a queryset); an agent's button."""
    freed = owed.update(state=OwedReaction.State.WAITING, attempts=0, next_at=timezone.now())
    transaction.on_commit(lambda: nudges.nudge("owed"), robust=True)
    return freed

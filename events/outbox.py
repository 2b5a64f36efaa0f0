"""The outbox: events waiting for their reactions. Effects in the database happen exactly once.

A reaction gets the list of events of its kind inside the worker's transaction, in a savepoint. When it raises, the list
is halved until the culprit stands alone; that one is written down as owed and tried again later, so that a failing
reaction neither blocks nor repeats its neighbours. The note "handled" commits together with the effects. An event that
kills every process that answers it is parked with all its reactions (events/underway.py).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from events import nudges, underway
from events.models import Event, OwedReaction, Underway
from events.patience import at_most

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
    waiting = Event.objects.filter(handled_at__isnull=True).select_for_update(skip_locked=True).order_by("id")
    new = waiting.exclude(pk__in=underway.rows_of("events")).values_list("pk", flat=True)

    def work(piece: Underway) -> int:
        events = list(waiting.filter(pk__in=piece.ids))
        if underway.is_deadly(piece):
            _park_all(events, now)
        else:
            _answer_all(events, now)
        return Event.objects.filter(pk__in=[e.pk for e in events]).update(handled_at=now)

    return underway.work_through("events", lambda: list(new[:limit]), work, now)


def _answer_all(events: list[Event], now: datetime) -> None:
    for kind, batch in groupby(sorted(events, key=lambda e: e.kind), lambda e: e.kind):
        same = list(batch)
        for reaction in REACTIONS.get(kind, ()):
            _answer(reaction, same, now)
    for reaction in EVERY:
        _answer(reaction, events, now)


def _park_all(events: list[Event], now: datetime) -> None:
    """Nobody knows which of its reactions is the deadly one: a person replays them."""
    OwedReaction.objects.bulk_create(
        [
            OwedReaction(event=event, reaction=name_of(r), state=OwedReaction.State.PARKED, error=DEADLY, next_at=now)
            for event in events
            for r in [*REACTIONS.get(event.kind, ()), *EVERY]
        ],
        ignore_conflicts=True,
    )


DEADLY = "Answering this event ended the process of the worker, time after time."


def _answer(reaction: Reaction, events: list[Event], now: datetime) -> None:
    if not events:
        return
    try:
        with at_most(len(events)), transaction.atomic():
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
            next_at=now + timedelta(seconds=BACK_OFF[0] * settings.BACK_OFF_SCALE),
        )


def pay_owed(limit: int = 100) -> int:
    """Try reactions that failed before, one by one; park a reaction for a person after six tries."""
    now = timezone.now()
    known = {name_of(r): r for rs in [*REACTIONS.values(), EVERY] for r in rs}
    for paid in range(limit):
        if not _pay_one(known, now):
            return paid
    return limit


def _pay_one(known: Mapping[str, Reaction], now: datetime) -> int:
    due = (
        OwedReaction.objects.filter(state=OwedReaction.State.WAITING, next_at__lte=now)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_at")
    )
    new = due.exclude(pk__in=underway.rows_of("owed")).values_list("pk", flat=True)

    def work(piece: Underway) -> int:
        owing = list(due.filter(pk__in=piece.ids).select_related("event"))
        for owed in owing:
            if underway.is_deadly(piece):
                owed.state, owed.error = OwedReaction.State.PARKED, DEADLY
                owed.save()
            else:
                _pay(owed, known.get(owed.reaction), now)
        return len(owing)

    return underway.work_through("owed", lambda: list(new[:1]), work, now)


def _pay(owed: OwedReaction, reaction: Reaction | None, now: datetime) -> None:
    try:
        with at_most(rows=1), transaction.atomic():
            if reaction is None:
                raise LookupError(f"{owed.reaction} is not in the tables any more")
            reaction([owed.event])
    except Exception as error:
        owed.attempts += 1
        owed.error = f"{type(error).__name__}: {error}"[:2000]
        wait = BACK_OFF[min(owed.attempts - 1, len(BACK_OFF) - 1)] * settings.BACK_OFF_SCALE
        owed.next_at = now + timedelta(seconds=wait)
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

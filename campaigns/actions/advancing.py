"""Moving those on whose time has come: known facts are read by the batch, the engine decides, rows are written.

Effects are rows of the transaction that moves the enrolment, so that they happen once.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from campaigns import engine
from campaigns.actions.effects import write_down
from campaigns.actions.knowing import Known, know
from campaigns.actions.plans import plans_of, why_unreadable
from campaigns.engine import Effect, Plan, Position, Taken
from campaigns.models import Enrolment, Journey, JourneyVersion, StepTaken
from messaging.subjects import Told
from shelf.conditions import ConditionRefused
from shelf.reasons import Reason
from shelf.rows import insert_rows, update_rows

log = logging.getLogger(__name__)

BATCH = 500
GONE = _("What this was about is gone.")
DROPPED = _("It came due while the journey was paused, and those were let go.")
STUCK = _("An error on our side: %(error)s")
WRITTEN = (
    *("step", "seq", "state", "wake_at", "listens", "reason", "reason_values", "customer"),
    *("step_at", "rounds", "variant", "is_holdout", "version"),
)


def advance_due(limit: int = BATCH) -> int:
    """Advance a batch of enrolments whose time has come; how many were taken. Effects are rows of one transaction."""
    now = timezone.now()
    with transaction.atomic():
        # nobody to write to until the order itself comes
        known = Q(order__isnull=True) | Q(order__placeholder=False)
        enrolments = list(
            Enrolment.objects.filter(known, state=Enrolment.State.ACTIVE, wake_at__lte=now)
            .filter(journey__state=Journey.State.LIVE)
            .select_for_update(skip_locked=True, of=("self",))
            .prefetch_related("journey")
            .order_by("wake_at", "id")[:limit]
        )
        _advance_apart(enrolments, now)
    return len(enrolments)


def _advance_apart(enrolments: list[Enrolment], now: datetime) -> None:
    """Advance in a savepoint; if it raises, halve until the culprit stands alone, and set that one aside."""
    if not enrolments:
        return
    try:
        with transaction.atomic():
            _advance_all(enrolments, now)
    except Exception as error:
        if len(enrolments) > 1:
            middle = len(enrolments) // 2
            _advance_apart(enrolments[:middle], now)
            _advance_apart(enrolments[middle:], now)
            return
        log.exception("enrolment %s is stuck", enrolments[0].pk)
        why = why_stuck(error)
        Enrolment.objects.filter(pk=enrolments[0].pk).update(
            state=Enrolment.State.FAILED, reason=why.text, reason_values=why.values, wake_at=None
        )


def why_stuck(error: Exception) -> Reason:
    """A condition on a field that is gone says so itself; everything else is our error."""
    if isinstance(error, ConditionRefused):
        return error.reason
    return Reason(STUCK, {"error": f"{type(error).__name__}: {error}"[:500]})


def _advance_all(enrolments: list[Enrolment], now: datetime) -> None:
    adopt_newest(enrolments)
    plans = plans_of(e.version_id for e in enrolments)
    for e in enrolments:
        if e.version_id not in plans:
            raise why_unreadable(e.version_id) or LookupError("its version is gone")
    known = know(enrolments, plans, now)
    effects: list[tuple[Enrolment, Told, Effect]] = []
    steps: list[StepTaken] = []
    for e in enrolments:
        position, todo, taken = walk(e, plans[e.version_id], known.get(e.pk), now)
        move(e, position)
        if e.pk in known:
            effects += [(e, known[e.pk].told, effect) for effect in todo]
        steps += [_step(e, t, now) for t in taken]
    update_rows(enrolments, WRITTEN)
    came_to = write_down([one for one in effects if not one[2].is_held_out], now)
    for step in steps:
        step.outcome = came_to.get((step.enrolment_id, step.step), step.outcome)
    insert_rows(steps)


def adopt_newest(enrolments: Sequence[Enrolment]) -> None:
    """Who has not begun yet begins in the newest version: it was published after they were let in."""
    fresh = [e for e in enrolments if not e.step and not e.seq]
    if not fresh:
        return
    newest = dict(
        JourneyVersion.objects.filter(journey__in={e.journey_id for e in fresh})
        .order_by()
        .values_list("journey")
        .annotate(newest=Max("pk"))
    )
    for e in fresh:
        if newest[e.journey_id] in plans_of([newest[e.journey_id]]):
            e.version_id = newest[e.journey_id]


def walk(e: Enrolment, plan: Plan, known: Known | None, now: datetime) -> engine.Walked:
    """The engine's answer for one enrolment; the one way in, also for looking ahead."""
    position = position_of(e)
    if known is None:
        left = engine.leave(position, Reason(GONE))
        return left, (), (Taken(left.seq, e.step, "exited", now),)
    walked = engine.advance(plan, position, known.facts, now)
    since, until = e.journey.drop_from_at, e.journey.drop_to_at
    if since and until and _came_due(walked[2], since, until):
        left = engine.leave(position, Reason(DROPPED))
        return left, (), (Taken(left.seq, e.step, "exited", now),)
    return walked


def _came_due(taken: Sequence[Taken], since: datetime, until: datetime) -> bool:
    return any(t.outcome in ("waited", "passed") and t.due_at and since < t.due_at <= until for t in taken)


def position_of(e: Enrolment) -> Position:
    return Position(
        step=e.step,
        seq=e.seq,
        entered_at=e.entered_at + e.shift,
        step_at=e.step_at,
        variant=e.variant,
        is_holdout=e.is_holdout,
        rounds=e.rounds,
    )


def move(e: Enrolment, position: Position) -> None:
    e.step, e.seq, e.state = position.step, position.seq, position.state
    e.wake_at, e.listens = position.wake_at, list(position.listens)
    e.reason, e.reason_values = position.reason.text, position.reason.values
    e.step_at, e.rounds = position.step_at, dict(position.rounds)
    e.variant, e.is_holdout = position.variant, position.is_holdout


def _step(e: Enrolment, taken: Taken, now: datetime) -> StepTaken:
    return StepTaken(enrolment=e, seq=taken.seq, step=taken.step, outcome=taken.outcome, at=now)

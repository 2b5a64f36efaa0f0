"""Walking through a plan: where somebody stands, what is known, what is to be done."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from campaigns.engine.conditions import met
from campaigns.engine.plan import Act, Ask, Branch, Exit, Plan, Send, Split, Step, Variant, Wait, WaitFor
from campaigns.engine.timing import due_at
from shelf.reasons import Reason

# One call walks no further: somebody who comes back to a daily circle after years goes on with the next call.
MOST_STEPS = 50
LET_GO = _("The journey lets them go at the step “%(step)s”.")


@dataclass(frozen=True, slots=True)
class Position:
    """Where one enrolment stands. ``state``: active, done or exited.

    ``step_at`` is when it came to its step by the plan's reckoning, not the worker's: a late worker moves nothing.
    ``rounds`` counts how often the steps of a circle were taken.
    """

    step: str
    seq: int
    entered_at: datetime
    state: str = "active"
    wake_at: datetime | None = None
    listens: tuple[str, ...] = ()
    reason: Reason = Reason("")  # noqa: RUF009 - frozen
    step_at: datetime | None = None
    variant: str = ""
    is_holdout: bool = False
    rounds: Mapping[str, int] = field(default_factory=dict)

    @property
    def since(self) -> datetime:
        return self.step_at or self.entered_at


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of the subject now.

    ``anchors``: times that are known; ``happened``: facts since the start, each with the moments when we knew of it,
    oldest first; ``values`` of the fields that the plan asks for; ``dice`` is what the split is drawn from: the same
    for a person on a journey whenever they come.
    """

    anchors: Mapping[str, datetime | None]
    happened: Mapping[str, tuple[datetime, ...]]
    zone: str
    values: Mapping[str, Any] = field(default_factory=dict)
    dice: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be written down: the step, when it was due, until when it is of use, which time it is (in a circle:
    1, 2, …). ``is_held_out``: only that it would have been."""

    step: Send | Ask | Act
    due_at: datetime
    expires_at: datetime | None
    round: int = 1
    is_held_out: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """``outcome``: planned, waited, heard, passed (a wait for a fact that did not come), then, otherwise, exited,
    holdout, late, or the name of the variant."""

    seq: int
    step: str
    outcome: str
    due_at: datetime | None = None


Walked = tuple[Position, tuple[Effect, ...], tuple[Taken, ...]]


def advance(plan: Plan, position: Position, facts: Facts, now: datetime) -> Walked:
    """Walk as far as the time allows: where the enrolment stands then, what is to be done, which steps were taken."""
    ended = next((kind for kind in plan.exits if facts.happened.get(kind)), None)
    if ended:
        left = leave(position, Reason(_("Ended: %(fact)s."), {"fact": ended}))
        return left, (), (Taken(left.seq, position.step, "exited", now),)
    effects: list[Effect] = []
    taken: list[Taken] = []
    at = position if position.step in plan.steps else replace(position, step=plan.first)
    for _walked in range(MOST_STEPS):
        step = plan.steps[at.step]
        if isinstance(step, Exit):
            at = leave(at, Reason(LET_GO, {"step": step.id}))
            return at, tuple(effects), (*taken, Taken(at.seq, step.id, "exited", at.step_at))
        if isinstance(step, Wait | WaitFor):
            outcome, until = _waited(step, at, facts, now)
            if not outcome or until is None:
                asleep = replace(at, step_at=at.since, wake_at=until, listens=listens(plan, step))
                return asleep, tuple(effects), tuple(taken)
            at = replace(at, step_at=until)
        else:
            at, outcome, effect = _take(plan, step, at, facts, now)
            effects += [effect] if effect else []
        at = replace(at, seq=at.seq + 1, step=_next(step, outcome))
        taken.append(Taken(at.seq, step.id, outcome, at.since))
        if not at.step:
            done = replace(at, state="done", wake_at=None, listens=())
            return done, tuple(effects), tuple(taken)
    return replace(at, wake_at=now, listens=plan.exits), tuple(effects), tuple(taken)


def leave(position: Position, reason: Reason, state: str = "exited") -> Position:
    return replace(position, state=state, wake_at=None, listens=(), reason=reason, seq=position.seq + 1)


def listens(plan: Plan, step: Step | None) -> tuple[str, ...]:
    """Facts that wake an enrolment standing at this step before its time."""
    heard = step.facts if isinstance(step, WaitFor) else ()
    moved = step.moved_by if isinstance(step, Wait | WaitFor) else ()
    return tuple(dict.fromkeys([*plan.exits, *heard, *moved]))


def _waited(step: Wait | WaitFor, at: Position, facts: Facts, now: datetime) -> tuple[str, datetime | None]:
    """The outcome of a wait and the moment it was over; no outcome while it goes on, and then when it will be over."""
    anchors = {**facts.anchors, "entered_at": at.entered_at, "step_at": at.since}
    if isinstance(step, Wait):
        until = due_at((step.delay, step.otherwise), anchors, facts.zone)
        return ("waited", until) if until and until <= now else ("", until)
    heard = _heard(step, at, facts)
    if heard:
        return "heard", heard
    until = due_at((step.within,), anchors, facts.zone)
    return ("passed", max(until, at.since)) if until and until <= now else ("", until)


def _heard(step: WaitFor, at: Position, facts: Facts) -> datetime | None:
    """When the first of its facts was known, not before the step was reached; None while none is.

    What is known when we look, counts: somebody who paid an hour after the deadline is not reminded to pay.
    """
    moments = [moment for fact in step.facts for moment in facts.happened.get(fact, ())]
    if step.since == "step":
        moments = [moment for moment in moments if moment > at.since]
    return max(min(moments), at.since) if moments else None


def _take(
    plan: Plan, step: Send | Ask | Act | Branch | Split, at: Position, facts: Facts, now: datetime
) -> tuple[Position, str, Effect | None]:
    if isinstance(step, Branch):
        so = bool(facts.happened.get(step.fact)) if step.fact else met(step.condition or {}, facts.values, now)
        return at, "then" if so else "otherwise", None
    if isinstance(step, Split):
        variant = variant_of(step, facts.dice)
        return replace(at, variant=variant.name, is_holdout=at.is_holdout or variant.is_holdout), variant.name, None
    if step.id in plan.loops:
        at = replace(at, rounds={**at.rounds, step.id: at.rounds.get(step.id, 0) + 1})
    expires_at = at.since + timedelta(hours=step.late_hours) if step.late_hours else None
    if isinstance(step, Act) and expires_at and expires_at < now:
        return at, "late", None
    effect = Effect(step, at.since, expires_at, at.rounds.get(step.id, 1), at.is_holdout)
    return at, "holdout" if at.is_holdout else "planned", effect


def _next(step: Step, outcome: str) -> str:
    if isinstance(step, WaitFor):
        return step.then if outcome == "heard" else step.otherwise
    if isinstance(step, Branch):
        return step.then if outcome == "then" else step.otherwise
    if isinstance(step, Split):
        return next(variant.next for variant in step.variants if variant.name == outcome)
    return "" if isinstance(step, Exit) else step.next


def variant_of(step: Split, dice: str) -> Variant:
    """Which variant a person gets: a number from 0 to 99 that only the journey, the step and the person decide."""
    digest = hashlib.blake2b(f"{dice}:{step.id}".encode(), digest_size=8).digest()
    number = int.from_bytes(digest) % 100
    for variant in step.variants:
        number -= variant.percent
        if number < 0:
            return variant
    return step.variants[-1]

"""The engine of journeys: one pure function over plain values. No database, no clock of its own.

The worker, the dry run, the preview over time and the tests all call ``advance``. A plan is read from a version's JSON:

    {"starts_with": "order.placed", "subject": "order", "ends_with": ["order.cancelled"],
     "steps": [{"id": "wait", "do": "wait", "after": "delivered_at", "days": 7, "at": "10:00",
                "otherwise": {"after": "dispatched_at", "days": 14, "at": "10:00"}},
               {"id": "ask", "do": "ask", "what": "review", "template": "review_request", "late_hours": 72}]}
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _

from shelf.reasons import Reason, Refusal

SUBJECTS = ("order", "shipment")

# What a wait may count from, and the facts that make such a time appear or move.
ANCHORS: dict[str, tuple[str, ...]] = {
    "entered_at": (),
    "placed_at": (),
    "paid_at": ("order.paid",),
    "dispatched_at": ("shipment.shipped", "order.fulfilment_reported"),
    "delivered_at": ("shipment.delivered",),
}
LATE_HOURS = 24


class JourneyRefused(Refusal):
    """A plan that cannot be followed; the sentence names the step."""


# --- The plan -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delay:
    """``after`` an anchor, plus days and hours, then forward to the local time ``at`` (no ``at``: as it falls)."""

    after: str
    days: int = 0
    hours: int = 0
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    id: str
    delay: Delay
    otherwise: Delay | None = None


@dataclass(frozen=True, slots=True)
class Send:
    id: str
    template: str
    late_hours: int = LATE_HOURS


@dataclass(frozen=True, slots=True)
class Ask:
    id: str
    what: str
    template: str
    late_hours: int = LATE_HOURS


Step = Wait | Send | Ask


@dataclass(frozen=True, slots=True)
class Plan:
    starts_with: str
    subject: str
    ends_with: tuple[str, ...]
    steps: tuple[Step, ...]
    # Time runs from when we learned of the fact, or ("happened") from when it happened: old news is then too late.
    counts_from: str = "recorded"

    def listens(self, step: Step | None) -> tuple[str, ...]:
        """Facts that wake an enrolment standing at this step before its time."""
        if not isinstance(step, Wait):
            return self.ends_with
        delays = [step.delay, *([step.otherwise] if step.otherwise else [])]
        return tuple(dict.fromkeys([*self.ends_with, *(kind for d in delays for kind in ANCHORS[d.after])]))


def read_plan(definition: Mapping[str, Any]) -> Plan:
    """The plan in a version's JSON. Raises JourneyRefused with a sentence that names the step."""
    if not isinstance(definition, Mapping):
        raise JourneyRefused(_("A journey is a JSON object."))
    starts_with, subject = definition.get("starts_with"), definition.get("subject", "order")
    if not isinstance(starts_with, str) or not starts_with:
        raise JourneyRefused(_("The journey does not say which fact starts it (starts_with)."))
    if subject not in SUBJECTS:
        raise JourneyRefused(_("The subject “%(subject)s” is not one of: order, shipment."), subject=str(subject))
    counts_from = definition.get("counts_from", "recorded")
    if counts_from not in ("recorded", "happened"):
        raise JourneyRefused(_("counts_from is “recorded” or “happened”."))
    ends = definition.get("ends_with", [])
    if not isinstance(ends, list) or not all(isinstance(kind, str) for kind in ends):
        raise JourneyRefused(_("ends_with is a list of facts."))
    raw = definition.get("steps")
    if not isinstance(raw, list) or not raw:
        raise JourneyRefused(_("The journey has no steps."))
    steps = tuple(_read_step(position, step) for position, step in enumerate(raw, 1))
    names = [step.id for step in steps]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise JourneyRefused(_("Two steps are called “%(step)s”."), step=twice)
    return Plan(starts_with, subject, tuple(ends), steps, counts_from)


def _read_step(position: int, raw: Any) -> Step:
    name = raw.get("id") if isinstance(raw, dict) else None
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_-]{1,60}", name):
        raise JourneyRefused(_("Step %(position)s needs an id of small letters, digits, _ and -."), position=position)
    do = raw.get("do")
    if do == "wait":
        otherwise = _read_delay(name, raw["otherwise"]) if raw.get("otherwise") else None
        return Wait(name, _read_delay(name, raw), otherwise)
    if do not in ("send", "ask"):
        raise JourneyRefused(_("Step “%(step)s”: “%(do)s” is not one of wait, send, ask."), step=name, do=str(do))
    late = raw.get("late_hours", LATE_HOURS)
    if not _whole(late) or not 1 <= late <= 10_000:
        raise JourneyRefused(_("Step “%(step)s”: late_hours is a number of hours, at least 1."), step=name)
    template = raw.get("template")
    if not isinstance(template, str) or not template:
        raise JourneyRefused(_("Step “%(step)s” does not say which template to send."), step=name)
    if do == "send":
        return Send(name, template, late)
    if raw.get("what") != "review":
        raise JourneyRefused(_("Step “%(step)s” can only ask for a review."), step=name)
    return Ask(name, "review", template, late)


def _read_delay(name: str, raw: Any) -> Delay:
    after = raw.get("after", "entered_at") if isinstance(raw, dict) else None
    if not isinstance(after, str) or after not in ANCHORS:
        text = _("Step “%(step)s” waits after “%(after)s”, which is not one of: %(anchors)s.")
        raise JourneyRefused(text, step=name, after=str(after), anchors=", ".join(ANCHORS))
    days, hours, at = raw.get("days", 0), raw.get("hours", 0), raw.get("at")
    if not (_whole(days) and _whole(hours)) or days < 0 or hours < 0 or days > 3650 or hours > 10_000:
        raise JourneyRefused(_("Step “%(step)s”: days and hours are whole numbers, not below zero."), step=name)
    if at is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(at)):
        raise JourneyRefused(_("Step “%(step)s”: “%(at)s” is not a time such as 10:00."), step=name, at=str(at))
    return Delay(after, days, hours, time.fromisoformat(at) if at else None)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# --- Advancing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    """Where one enrolment stands. ``state``: active, done or exited."""

    step: str
    seq: int
    entered_at: datetime
    state: str = "active"
    wake_at: datetime | None = None
    listens: tuple[str, ...] = ()
    reason: Reason = Reason("")  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of the subject now: anchor times that are known, facts since entry, the local zone."""

    anchors: Mapping[str, datetime | None]
    happened: frozenset[str]
    zone: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be written down: the step, when it was due, until when it is of use."""

    step: Send | Ask
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    seq: int
    step: str
    outcome: str


def advance(
    plan: Plan, position: Position, facts: Facts, now: datetime
) -> tuple[Position, tuple[Effect, ...], tuple[Taken, ...]]:
    """Walk as far as the time allows: where the enrolment stands then, what is to be done, which steps were taken."""
    ended = next((kind for kind in plan.ends_with if kind in facts.happened), None)
    if ended:
        why = Reason(_("Ended: %(fact)s."), {"fact": ended})
        left = replace(position, state="exited", wake_at=None, listens=(), reason=why, seq=position.seq + 1)
        return left, (), (Taken(left.seq, position.step, "exited"),)
    effects: list[Effect] = []
    taken: list[Taken] = []
    due = position.entered_at
    seq = position.seq
    for step in _from(plan, position.step):
        if isinstance(step, Wait):
            until = due_at(step, facts, position.entered_at)
            if until is None or until > now:
                asleep = replace(position, step=step.id, seq=seq, wake_at=until, listens=plan.listens(step))
                return asleep, tuple(effects), tuple(taken)
            due = until
        else:
            effects.append(Effect(step, due, due + timedelta(hours=step.late_hours)))
        seq += 1
        taken.append(Taken(seq, step.id, "waited" if isinstance(step, Wait) else "planned"))
    done = replace(position, step="", seq=seq, state="done", wake_at=None, listens=())
    return done, tuple(effects), tuple(taken)


def _from(plan: Plan, step: str) -> Sequence[Step]:
    """The steps still ahead; an empty name is the beginning."""
    names = [s.id for s in plan.steps]
    return plan.steps[names.index(step) if step in names else 0 :]


def due_at(wait: Wait, facts: Facts, entered_at: datetime) -> datetime | None:
    """When a wait is over; None while neither its anchor nor the fallback's is known."""
    anchors = {**facts.anchors, "entered_at": entered_at}
    for delay in (wait.delay, wait.otherwise):
        anchor = anchors.get(delay.after) if delay else None
        if delay and anchor:
            return moment_of(delay, anchor, ZoneInfo(facts.zone))
    return None


def moment_of(delay: Delay, anchor: datetime, zone: ZoneInfo) -> datetime:
    """The moment a delay ends, in UTC: calendar days are counted in the local zone, hours as they pass, then the local
    time is sought.

    An hour that the clock skips becomes the first minute after it; an hour that comes twice is the first one. When the
    local time of that day has passed by then, it is the next day's.
    """
    moment = anchor.astimezone(UTC)
    if delay.days:
        moment = _existing(anchor.astimezone(zone).replace(tzinfo=None) + timedelta(days=delay.days), zone)
    moment += timedelta(hours=delay.hours)
    if delay.at is None:
        return moment
    day = moment.astimezone(zone).date()
    today = _existing(datetime.combine(day, delay.at), zone)
    return today if today >= moment else _existing(datetime.combine(day + timedelta(days=1), delay.at), zone)


def _existing(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment of a local wall-clock time; out of the hole in spring it walks forward by the minute."""
    while (utc := local.replace(tzinfo=zone).astimezone(UTC)).astimezone(zone).replace(tzinfo=None) != local:
        local += timedelta(minutes=1)
    return utc

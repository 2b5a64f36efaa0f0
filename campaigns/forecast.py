"""Looking ahead: what would they get, and when? The engine's own function, walked through time, and the gate's own.

Nothing is written. What cannot be known yet (a delivery, an answer) is taken as it stands today: who waits for a fact
waits, and the page says for what.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from campaigns import segments
from campaigns.actions.advancing import move, walk
from campaigns.actions.effects import planned, templates_of, whom_of
from campaigns.actions.knowing import Known, know
from campaigns.actions.plans import plans_of
from campaigns.actions.routing import Live, begins_on, enter, live_versions, newest_of
from campaigns.dates import DATES
from campaigns.engine import Act, Ask, Effect, Plan, Wait, WaitFor, read_plan
from campaigns.models import Enrolment, Journey, Segment
from campaigns.subjects import SUBJECTS
from events.models import Event
from feedback.asks import ASKS, Whom
from messaging import gate
from messaging.actions.planning import draft
from messaging.models import Message
from shelf.reasons import Reason

DAYS = 60
UNPUBLISHED = 0  # stands for the version of a draft: no row has this key
MOST_TURNS = 100  # a daily circle over three months
LOOK_BACK = timedelta(days=30)

ENTERED = _("Has entered before: once is enough.")
NOTHING = _("The way leads past every message.")
WAITS = _("Waits for a fact: %(facts)s.")
SLEEPS = _("Waits until %(until)s.")
ASKED = _("Has been asked before.")
HELD_OUT = _("Held out: gets nothing, so that the others can be compared.")


@dataclass(frozen=True, slots=True)
class Ahead:
    """One thing that would happen. ``verdict``: send, hold, skip, expire (the gate's), act, holdout, waits.

    ``at`` is None for what waits for a fact. ``until``: a hold's end.
    """

    at: datetime | None
    journey: str
    journey_id: int
    step: str
    template: str
    verdict: str
    reason: Reason = Reason("")  # noqa: RUF009 - frozen
    until: datetime | None = None
    customer_id: int | None = None
    subject: tuple[str, int] = ("", 0)


def ahead(customer_id: int, days: int, now: datetime) -> list[Ahead]:
    """What this customer would get in the next days, the soonest first: of the journeys they are on, and of dates that
    come round for them."""
    until = now + timedelta(days=days)
    rows = Enrolment.objects.filter(customer_id=customer_id, state=Enrolment.State.ACTIVE)
    inside = list(rows.exclude(journey__state=Journey.State.DRAFT).select_related("journey").order_by("pk"))
    inside += _dates_ahead(customer_id, now, until)
    plans = plans_of(e.version_id for e in inside)
    known = know(inside, plans, now)
    found = [
        one
        for e in inside
        if e.version_id in plans
        for one in _walked(e, plans[e.version_id], known.get(e.pk), now, until)
    ]
    return sorted(_judged(found, now), key=lambda one: (one.at is None, one.at or now))


def _dates_ahead(customer_id: int, now: datetime, until: datetime) -> list[Enrolment]:
    """Rows that are not written yet, of journeys that start with a date of this customer's."""
    found = []
    told = None
    for number, live in enumerate(live_versions(f"date:{name}" for name in DATES), 1):
        told = told or SUBJECTS["customer"].load([customer_id], now).get(customer_id)
        start = live.plan.start
        born = DATES[start.date].of(customer_id, (now - timedelta(days=start.days)).date()) if told else None
        if born is None or told is None:
            continue
        begins = begins_on(live.plan, born + timedelta(days=start.days), told.zone)
        if now <= begins <= until:
            found.append(_imagined(-number, live, ("customer", customer_id), begins, begins, customer_id=customer_id))
    return found


def _imagined(
    pk: int, live: Live, subject: tuple[str, int], at: datetime, wake_at: datetime, **fields: Any
) -> Enrolment:
    journey = Journey.objects.select_related("stream").get(pk=live.journey_id)
    return Enrolment(
        pk=pk, journey=journey, version_id=live.version_id, subject_type=subject[0], subject_id=subject[1],
        entered_at=at, since_at=at, wake_at=wake_at, **fields,
    )  # fmt: skip


# --- Walking through time -----------------------------------------------------------------------------------------

Found = tuple[Enrolment, Known | None, Effect | None, Ahead]


def _walked(e: Enrolment, plan: Plan, known: Known | None, now: datetime, until: datetime) -> Iterable[Found]:
    """The row is moved in memory, as the worker would move it, each time it would wake."""
    at: datetime | None = max(now, e.wake_at) if e.wake_at else None
    for _turn in range(MOST_TURNS):
        if at is None or at > until or known is None:
            break
        position, effects, _taken = walk(e, plan, known, at)
        move(e, position)
        for effect in effects:
            yield e, known, effect, _foreseen(e, effect, max(at, effect.due_at))
        if e.state != Enrolment.State.ACTIVE:
            return
        at = max(at, e.wake_at) if e.wake_at else None
    if known is not None and e.wake_at is None:
        yield e, known, None, _waiting(e, plan)


def _foreseen(e: Enrolment, effect: Effect, at: datetime) -> Ahead:
    step = effect.step
    verdict, reason = ("act", Reason("")) if isinstance(step, Act) else ("send", Reason(""))
    if effect.is_held_out:
        verdict, reason = "holdout", Reason(HELD_OUT)
    what = step.act if isinstance(step, Act) else step.template
    return Ahead(
        at, e.journey.name, e.journey_id, step.id, what, verdict, reason, None, e.customer_id,
        (e.subject_type, e.subject_id),
    )  # fmt: skip


def _waiting(e: Enrolment, plan: Plan) -> Ahead:
    step = plan.steps.get(e.step)
    heard = step.facts if isinstance(step, WaitFor) else ()
    moved = step.moved_by if isinstance(step, Wait | WaitFor) else ()
    reason = Reason(WAITS, {"facts": [*heard, *moved]})
    return Ahead(
        None, e.journey.name, e.journey_id, e.step, "", "waits", reason, None, e.customer_id,
        (e.subject_type, e.subject_id),
    )  # fmt: skip


def _judged(found: Sequence[Found], now: datetime) -> list[Ahead]:
    """Each message asked at the gate as of its own moment, with what is known today."""
    found = _without_asked(found)
    going = [one for one in found if one[2] and one[3].verdict == "send"]
    templates = templates_of([(e, known.told, effect) for e, known, effect, _ahead in going if known and effect])
    asked = [
        (number, planned(e, known.told, effect, templates[one.template], one.at), one.at)
        for number, (e, known, effect, one) in enumerate(found)
        if known and effect and one.verdict == "send" and one.at and one.template in templates
    ]
    by_moment: dict[datetime, list[Message]] = defaultdict(list)
    for (number, _planned, at), message in zip(asked, draft([p for _n, p, _at in asked]), strict=True):
        message.pk = -1 - number
        by_moment[at].append(message)
    told = [one for _e, _known, _effect, one in found]
    for at, messages in by_moment.items():
        for pk, decision in gate.judge(messages, at).items():
            one = told[-1 - pk]
            told[-1 - pk] = replace(one, verdict=decision.verdict, reason=decision.why, until=decision.until)
    return told


def _without_asked(found: Sequence[Found]) -> list[Found]:
    """What was asked before is not asked again, nor is it by two journeys."""
    asked = _asked_before(found)
    told = []
    for e, known, effect, one in found:
        if known and effect and isinstance(effect.step, Ask) and one.verdict == "send" and one.at:
            what, whom = effect.step.what, whom_of(known.told)
            once = what, ASKS[what].once(whom)
            if once in asked or (what, one.at, whom) in asked:
                one = replace(one, verdict="skip", reason=Reason(ASKED))
            asked.add(once)
        told.append((e, known, effect, one))
    return told


def _asked_before(found: Sequence[Found]) -> set[tuple]:
    """(what, moment, whom) of the asks that rows of today would refuse at their moment."""
    asking: dict[tuple[str, datetime], list[Whom]] = defaultdict(list)
    for _e, known, effect, one in found:
        if known and effect and isinstance(effect.step, Ask) and effect.step.what in ASKS and one.at:
            asking[effect.step.what, one.at].append(whom_of(known.told))
    return {(what, at, whom) for (what, at), many in asking.items() for whom in ASKS[what].asked(many, at)}


# --- Who gets it now ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dry:
    """``counts``: how many by (verdict, sentence), most first; ``people``: a sample; ``looked_at``: how many facts."""

    counts: Sequence[tuple[str, Reason, int]]
    people: Sequence[Ahead]
    looked_at: int


def who_now(
    journey: Journey, limit: int, now: datetime, sample: int = 20, definition: Mapping[str, Any] | None = None
) -> Dry:
    """Who of those whom the journey would have let in during the last thirty days would get its next message now, who
    would not, and why. Asked of the newest version, whether the journey runs or not; or of a ``definition`` that is a
    draft. Raises JourneyRefused for a draft that is no plan yet."""
    live = newest_of(journey) if definition is None else Live(journey.pk, UNPUBLISHED, "", read_plan(definition))
    if live is None:
        return Dry([], [], 0)
    would = _would_be_inside(live, journey, limit, now)
    plans: Mapping[int, Plan] = {live.version_id: live.plan}
    known = know(would, plans, now)
    seen = _been_before(journey, would)
    found: list[Found] = []
    for e in would:
        if e.entry_key in seen:
            found.append((e, known.get(e.pk), None, _said(e, "skip", Reason(ENTERED))))
        elif e.pk in known:
            found.append(_now(e, live.plan, known[e.pk], now))
    told = _judged(found, now)
    counts = Counter((one.verdict, one.reason.text) for one in told)
    examples = {(one.verdict, one.reason.text): one.reason for one in reversed(told)}
    return Dry(
        [(verdict, examples[verdict, text], n) for (verdict, text), n in counts.most_common()],
        told[:sample],
        len(would),
    )


def _would_be_inside(live: Live, journey: Journey, limit: int, now: datetime) -> list[Enrolment]:
    """The newest facts that start it, each as a row that is not written; for a segment or a date, its people now."""
    start = live.plan.start
    if start.fact:
        rows = Event.objects.filter(kind=start.fact, recorded_at__gte=now - LOOK_BACK).order_by("-recorded_at", "-pk")
        events = list(rows[:limit])
        would = {e.entry_key: e for event in reversed(events) if (e := enter(live, event, now))}
        entered = list(would.values())
    else:
        entered = [
            _imagined(0, live, ("customer", pk), now, now, customer_id=pk, entry_key=f"customer:{pk}")
            for pk in _people_now(live, limit, now)
        ]
    for number, e in enumerate(entered, 1):
        e.pk, e.journey = -number, journey
    return entered


def _people_now(live: Live, limit: int, now: datetime) -> Sequence[int]:
    start = live.plan.start
    if start.date:
        return DATES[start.date].on((now - timedelta(days=start.days)).date(), 0, limit)
    segment = Segment.objects.filter(pk=start.segment).first()
    version = segments.live_version(segment) if segment else None
    return list(segments.members(version, now).order_by("pk").values_list("pk", flat=True)[:limit]) if version else []


def _been_before(journey: Journey, would: Sequence[Enrolment]) -> set[str]:
    rows = Enrolment.objects.filter(journey=journey, entry_key__in=[e.entry_key for e in would])
    return set(rows.values_list("entry_key", flat=True))


def _now(e: Enrolment, plan: Plan, known: Known, now: datetime) -> Found:
    """The first thing that they would get; else why they get nothing yet, or never."""
    position, effects, _taken = walk(e, plan, known, now)
    move(e, position)
    if effects:
        return e, known, effects[0], _foreseen(e, effects[0], now)
    if e.state == Enrolment.State.EXITED:
        return e, known, None, _said(e, "skip", position.reason)
    if e.state == Enrolment.State.DONE:
        return e, known, None, _said(e, "skip", Reason(NOTHING))
    if e.wake_at is None:
        return e, known, None, _waiting(e, plan)
    until = e.wake_at
    return e, known, None, replace(_said(e, "hold", Reason(SLEEPS, {"until": f"{until:%Y-%m-%d}"})), until=until)


def _said(e: Enrolment, verdict: str, reason: Reason) -> Ahead:
    return Ahead(
        None, e.journey.name, e.journey_id, e.step, "", verdict, reason, None, e.customer_id,
        (e.subject_type, e.subject_id),
    )  # fmt: skip

"""Publishing a version while people are inside."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from campaigns.checking import check
from campaigns.engine import JourneyRefused, Plan
from campaigns.events import SegmentEntered, SegmentLeft
from campaigns.models import Enrolment, Journey, JourneyVersion, Segment, StepTaken
from campaigns.segments.writing import set_followed
from events import nudges
from shelf.rows import insert_rows

# What becomes of the people inside.
FINISH, MOVE, END = "finish", "move", "end"
CHOICES = (FINISH, MOVE, END)
LET_GO = _("A new version let everybody go who was inside.")
STEP_GONE = _("A new version has the step “%(step)s” no more.")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many people stand at a step of a version; ``step`` is empty for those who have not begun yet."""

    version: int
    step: str
    people: int


def people_inside(journey: Journey) -> list[Standing]:
    """Where people stand now, oldest version first; one question, answered by an index."""
    rows = Enrolment.objects.filter(journey=journey, state=Enrolment.State.ACTIVE).order_by()
    counts = rows.values_list("version__number", "step").annotate(n=Count("pk"))
    return [Standing(*row) for row in sorted(counts)]


@transaction.atomic
def publish(
    journey: Journey,
    definition: Mapping[str, Any],
    choice: str = FINISH,
    by: Any = None,
    landings: Mapping[str, str] | None = None,
) -> JourneyVersion:
    """Make a new version. Raises JourneyRefused naming the step.

    ``choice``: people inside *finish* the version they entered, *move* to the new one (steps are matched by their id,
    and timers are computed anew), or *end* where they stand. ``landings`` names for each step that the new version no
    longer has where its people go on: a step of the new version, or empty: they are let go.
    """
    if choice not in CHOICES:
        raise JourneyRefused(_("What becomes of the people inside is one of: finish, move, end."))
    now = timezone.now()
    # whoever enters or publishes meanwhile waits here
    journey = Journey.objects.select_for_update().get(pk=journey.pk)
    plan = check(definition, now)
    _check_subject(journey, plan)
    last = journey.versions.aggregate(last=Max("number"))["last"] or 0
    version = JourneyVersion.objects.create(
        journey=journey, number=last + 1, definition=definition, published_by=by, published_at=now
    )
    journey.starts_by = starts_by(plan)
    journey.save(update_fields=["starts_by"])
    if plan.start.segment:
        _follow(plan.start.segment)
    if choice == MOVE:
        _move_everybody(version, plan, landings or {}, now)
    if choice == END:
        _let_go(_inside(journey), LET_GO, {}, now)
    transaction.on_commit(lambda: nudges.nudge("journeys"), robust=True)
    return version


def starts_by(plan: Plan) -> str:
    """What lets people in, in one word (Journey.starts_by)."""
    start = plan.start
    if start.segment:
        kind = SegmentEntered.kind if start.moves == "enters" else SegmentLeft.kind
        return f"{kind}:{start.segment}"
    return f"date:{start.date}" if start.date else start.fact


def _follow(segment_id: int) -> None:
    """From now on it is written down who is inside the segment, so that coming and going are facts."""
    segment = Segment.objects.get(pk=segment_id)
    if not segment.is_followed:
        set_followed(segment, True)


def _check_subject(journey: Journey, plan: Plan) -> None:
    newest = journey.versions.order_by("-number").first()
    before = newest.definition.get("subject", "order") if newest else plan.subject
    if before != plan.subject and Enrolment.objects.filter(journey=journey, state=Enrolment.State.ACTIVE).exists():
        text = _("People are inside with the subject “%(before)s”: a journey about “%(after)s” is another journey.")
        raise JourneyRefused(text, before=before, after=plan.subject)


def _inside(journey: Journey) -> list[int]:
    """Everybody inside, locked: a worker that is advancing some of them comes to its end first."""
    rows = Enrolment.objects.filter(journey=journey, state=Enrolment.State.ACTIVE).select_for_update(of=("self",))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _move_everybody(version: JourneyVersion, plan: Plan, landings: Mapping[str, str], now: datetime) -> None:
    inside = _inside(version.journey)
    rows = Enrolment.objects.filter(pk__in=inside)
    standing = Counter(dict(rows.order_by().values_list("step").annotate(n=Count("pk"))))
    for step, people in sorted(standing.items()):
        if step and step not in plan.steps and step not in landings:
            text = _("The step “%(step)s” is gone, and people stand at it (%(count)s): say where they go on.")
            raise JourneyRefused(text, step=step, count=people)
    goal = {"goal": plan.goal.fact if plan.goal else ""}
    woken = {"version": version, "wake_at": now, "listens": list(plan.exits), **goal}
    for step in standing:
        here = rows.filter(step=step)
        if not step or step in plan.steps:
            here.update(**woken)
        elif landings[step]:
            if landings[step] not in plan.steps:
                text = _("Step “%(step)s” leads to “%(target)s”, and there is none.")
                raise JourneyRefused(text, step=step, target=landings[step])
            here.update(step=landings[step], step_at=now, **woken)
        else:
            _let_go(list(here.values_list("pk", flat=True)), STEP_GONE, {"step": step}, now)
    if plan.goal:
        until = F("entered_at") + timedelta(days=plan.goal.days)
        rows.filter(state=Enrolment.State.ACTIVE).update(goal_ends_at=until)


def _let_go(ids: Sequence[int], text: str, values: Mapping[str, Any], now: datetime) -> None:
    rows = Enrolment.objects.filter(pk__in=ids)
    gone = list(rows.only("pk", "seq", "step"))
    rows.update(
        state=Enrolment.State.EXITED,
        wake_at=None,
        listens=[],
        reason=text,
        reason_values=dict(values),
        seq=F("seq") + 1,
    )
    insert_rows(StepTaken(enrolment_id=e.pk, seq=e.seq + 1, step=e.step, outcome="exited", at=now) for e in gone)

"""How many people stand at each step, and how far those come who entered lately."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q

from campaigns.models import Enrolment, Journey, StepTaken

LATELY = timedelta(days=30)
MOST = 10_000  # the newest of those who entered lately


@dataclass(frozen=True, slots=True)
class Figures:
    """By the name of the step. ``here``: now, in whatever version. ``entered`` are those of the last 30 days, at most
    the newest 10,000; ``reached``: how many of them came to the step; ``succeeded``: and then to the goal."""

    here: Mapping[str, int] = field(default_factory=dict)
    entered: int = 0
    reached: Mapping[str, int] = field(default_factory=dict)
    succeeded: Mapping[str, int] = field(default_factory=dict)

    @property
    def inside(self) -> int:
        return sum(self.here.values())

    def share(self, step: str) -> int | None:
        """Percent of those who entered that came to a step; None where nobody entered."""
        return round(100 * self.reached.get(step, 0) / self.entered) if self.entered else None

    def goal_share(self, step: str) -> int | None:
        """Percent of those who came to a step that reached the goal later or before."""
        reached = self.reached.get(step, 0)
        return round(100 * self.succeeded.get(step, 0) / reached) if reached else None


def figures_of(journey: Journey, now: datetime) -> Figures:
    """Three questions, however many people there are."""
    inside = Enrolment.objects.filter(journey=journey, state=Enrolment.State.ACTIVE).order_by()
    here = dict(inside.values_list("step").annotate(n=Count("pk")))
    lately = Enrolment.objects.filter(journey=journey, entered_at__gte=now - LATELY).order_by("-entered_at")
    newest = lately.values("pk")[:MOST]
    entered = 0
    reached: Counter[str] = Counter()
    standing = Enrolment.objects.filter(pk__in=newest).order_by().values_list("state", "step").annotate(n=Count("pk"))
    for state, step, n in standing:
        entered += n
        if state == Enrolment.State.ACTIVE and step:
            reached[step] += n
    succeeded: dict[str, int] = {}
    reaching = Count("enrolment", distinct=True)
    with_goal = Count("enrolment", distinct=True, filter=Q(enrolment__goal_at__isnull=False))
    taken = StepTaken.objects.filter(enrolment__in=newest).order_by().values_list("step")
    for step, n, goals in taken.annotate(n=reaching, goals=with_goal):
        reached[step] = min(entered, reached[step] + n)  # whoever comes round again counts once
        succeeded[step] = goals
    return Figures(here, entered, dict(reached), succeeded)

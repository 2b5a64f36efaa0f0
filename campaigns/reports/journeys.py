"""What a journey did with those who entered it in a period: four questions, however many people and steps there are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.models import Journey
from campaigns.reports.lift import Lift, Share, lift
from campaigns.reports.revenue import Revenue, revenue_of
from campaigns.reports.tallies import Counted, Tally, tally

# Steps taken by those who entered in the period (index enrolment_entered), each with the unique key of its message,
# which is made from journey, entry, step and, in a circle, the round.
_TAKEN = """
    SELECT e.variant, e.goal_at, s.step, s.outcome,
           %(prefix)s || e.entry_key || ':' || s.step
           || CASE WHEN row_number() OVER circle > 1 THEN ':' || row_number() OVER circle ELSE '' END AS key
    FROM campaigns_enrolment e JOIN campaigns_steptaken s ON s.enrolment_id = e.id
    WHERE e.journey_id = %(journey)s AND e.entered_at >= %(since)s AND e.entered_at < %(until)s
    WINDOW circle AS (PARTITION BY s.enrolment_id, s.step ORDER BY s.seq)
"""
_STEPS = f"""
WITH taken AS ({_TAKEN})
SELECT t.step, t.variant, t.outcome, coalesce(m.state, ''), coalesce(m.reason, ''), count(*),
       count(m.delivered_at), count(m.clicked_at),
       count(*) FILTER (WHERE m.sent_at IS NOT NULL AND t.goal_at > m.sent_at)
FROM taken t LEFT JOIN messaging_message m ON t.outcome = 'planned' AND m.key = t.key
GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT e.step, e.variant, CASE e.state WHEN 'active' THEN 'standing' ELSE 'stuck' END, '', '', count(*), 0, 0, 0
FROM campaigns_enrolment e
WHERE e.journey_id = %(journey)s AND e.entered_at >= %(since)s AND e.entered_at < %(until)s
  AND e.state IN ('active', 'failed') AND e.step <> ''
GROUP BY 1, 2, 3
"""  # noqa: S608
_OURS = f"""
    WITH taken AS ({_TAKEN})
    SELECT m.id, m.customer_id, m.clicked_at, t.step, t.variant
    FROM taken t JOIN messaging_message m ON t.outcome = 'planned' AND m.key = t.key
    WHERE m.clicked_at IS NOT NULL
"""  # noqa: S608
# A person counts once, however often they entered: enrolments of one person do not vary freely.
_PEOPLE = """
SELECT e.variant, e.is_holdout, count(DISTINCT coalesce(e.customer_id, -e.id)),
       count(DISTINCT coalesce(e.customer_id, -e.id)) FILTER (WHERE e.goal_at IS NOT NULL),
       count(*), count(*) FILTER (WHERE e.state = 'active')
FROM campaigns_enrolment e
WHERE e.journey_id = %(journey)s AND e.entered_at >= %(since)s AND e.entered_at < %(until)s
GROUP BY 1, 2 ORDER BY 2, 1
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """One side of a split; without a split there is one, without a name. ``people`` reached the goal ``hits`` times."""

    name: str
    is_holdout: bool
    people: int
    hits: int
    entered: int
    inside: int
    lift: Lift | None = None


@dataclass(frozen=True, slots=True)
class Report:
    steps: list[Tally]
    variants: list[Variant]
    revenue: list[Revenue]
    goal: str = ""  # the fact that is the journey's goal; empty: it has none
    lift: Lift | None = None  # all who got it against all who were held out

    @property
    def entered(self) -> int:
        return sum(variant.entered for variant in self.variants)


def report(journey: Journey, since: datetime, until: datetime) -> Report:
    """``until`` is the first moment outside."""
    newest = journey.versions.order_by("-number").first()
    definition = newest.definition if newest else {}
    values = {"journey": journey.pk, "prefix": f"journey:{journey.slug}:", "since": since, "until": until}
    rows = [Counted(*row) for row in _rows(_STEPS, values)]
    variants = compared([Variant(*row) for row in _rows(_PEOPLE, values)])
    return Report(
        tally(rows, steps_of(definition)),
        variants,
        revenue_of(_OURS, values),
        goal_of(definition),
        overall(variants),
    )


def steps_of(definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(step["id"], step.get("do", "")) for step in definition.get("steps", [])]


def goal_of(definition: Mapping[str, Any]) -> str:
    goal = definition.get("goal") or {}
    return goal.get("fact", "") if isinstance(goal, dict) else str(goal)


def compared(variants: list[Variant]) -> list[Variant]:
    """Each variant beside all who were held out. Whoever left before the split belongs to no side."""
    held = _shares([v for v in variants if v.is_holdout])
    if not held.people:
        return variants
    return [v if v.is_holdout or not v.name else replace(v, lift=lift(Share(v.hits, v.people), held)) for v in variants]


def overall(variants: list[Variant]) -> Lift | None:
    held = _shares([v for v in variants if v.is_holdout])
    got = _shares([v for v in variants if v.name and not v.is_holdout])
    return lift(got, held) if held.people else None


def _shares(variants: list[Variant]) -> Share:
    return Share(sum(v.hits for v in variants), sum(v.people for v in variants))


def _rows(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()

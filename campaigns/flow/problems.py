"""Everything that keeps a definition from being published, each with its step: the engine's own sentences."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.checking import check_ends, check_step
from campaigns.engine import JourneyRefused, Plan, read_plan
from campaigns.flow.links import Raw, unlinked
from campaigns.subjects import SUBJECTS
from shelf.reasons import Refusal

HOLD = {"id": "hold", "do": "exit"}  # a step that is right, to read the rest of a definition with


@dataclass(frozen=True, slots=True)
class Problem:
    """``step`` is empty for what concerns beginning, goal and end."""

    step: str
    sentence: str


def problems_of(definition: Raw, templates: Collection[str], now: datetime) -> list[Problem]:
    """Of beginning and end, of each step by itself, then of how the steps hang together (the first of those)."""
    found = _ends(definition)
    subject = definition.get("subject")
    about = subject if isinstance(subject, str) and subject in SUBJECTS else "order"
    for step in definition.get("steps", []):
        try:
            plan = alone(step, about)
            check_step(next(iter(plan.steps.values())), plan, templates, now)
        except Refusal as refusal:
            found.append(Problem(step["id"], str(refusal)))
    if not found:
        try:
            read_plan(definition)
        except JourneyRefused as refusal:
            found.append(Problem(str(refusal.reason.values.get("step", "")), str(refusal)))
    return found


def _ends(definition: Raw) -> list[Problem]:
    try:
        check_ends(read_plan({**definition, "steps": [HOLD]}))
    except JourneyRefused as refusal:
        return [Problem("", str(refusal))]
    return []


def alone(step: Mapping[str, Any], subject: str) -> Plan:
    """A plan of this step only. Raises JourneyRefused for what is wrong with it by itself."""
    return read_plan({"starts_with": "order.placed", "subject": subject, "steps": [unlinked(step)]})

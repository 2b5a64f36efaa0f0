"""The nouns of a journey's plan. All frozen: a plan is read once per version and never changes.

A fact that a plan listens to is a string: ``order.paid`` is one about the journey's own subject; with ``customer:``
before it, one about anything of that customer's (another order of theirs, a ticket).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from shelf.reasons import Refusal

OF_CUSTOMER = "customer:"
LATE_HOURS = 24


class JourneyRefused(Refusal):
    """A plan that cannot be followed; the sentence names the step."""


@dataclass(frozen=True, slots=True)
class Window:
    """Local times of day between which a wait may end, ``until`` not included; over midnight when it is the earlier."""

    since: time
    until: time

    @property
    def is_overnight(self) -> bool:
        return self.until <= self.since


@dataclass(frozen=True, slots=True)
class Delay:
    """``after`` an anchor, plus days and hours; then forward to the local time ``at``, a weekday, a window.

    Days may be below zero (three days before the points expire). ``on`` is a fixed local date instead of an anchor.
    ``weekdays``: 0 is Monday.
    """

    after: str
    days: int = 0
    hours: int = 0
    at: time | None = None
    weekdays: frozenset[int] = frozenset()
    between: Window | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    id: str
    delay: Delay
    otherwise: Delay | None = None
    next: str = ""
    moved_by: tuple[str, ...] = ()  # facts that make its anchors known, or move them


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Until one of ``facts`` is known (then ``then``), else until ``within`` is over (``otherwise``)."""

    id: str
    facts: tuple[str, ...]
    within: Delay
    then: str = ""
    otherwise: str = ""
    since: str = "entered"  # or "step": only what is heard while it stands here
    moved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    id: str
    template: str
    late_hours: int = LATE_HOURS
    next: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    id: str
    what: str
    template: str
    late_hours: int = LATE_HOURS
    next: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """``condition`` (a tree over fields) or ``fact`` (known since the start): ``then``, else ``otherwise``."""

    id: str
    then: str
    otherwise: str
    condition: Mapping[str, Any] | None = None
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """``is_holdout``: its people go the same way and get nothing, so that others can be compared with them."""

    name: str
    percent: int
    next: str
    is_holdout: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    id: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """``act`` names a row of ACTS (config/wiring.py); ``values`` fill its form."""

    id: str
    act: str
    values: Mapping[str, Any] = field(default_factory=dict)
    late_hours: int | None = None
    next: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    id: str


Step = Wait | WaitFor | Send | Ask | Branch | Split | Act | Exit


@dataclass(frozen=True, slots=True)
class Start:
    """One of: a fact; entering or leaving a segment; a date field, ``days`` after it (before it: below zero)."""

    fact: str = ""
    segment: int = 0
    moves: str = ""  # enters, leaves
    date: str = ""
    days: int = 0
    at: time = time(0, 0)


@dataclass(frozen=True, slots=True)
class Goal:
    """Reached when ``fact`` happens within ``days`` of the start, also after the last step."""

    fact: str
    days: int
    ends: bool = False


@dataclass(frozen=True, slots=True)
class ReEntry:
    """``how``: once (per customer), order, subject, event, days (once in ``days`` days)."""

    how: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """``steps`` by id, in the order in which they were written; the first is where people begin.

    ``loops``: ids of steps that can be reached again from themselves.
    """

    start: Start
    subject: str
    ends_with: tuple[str, ...]
    steps: Mapping[str, Step]
    # Time runs from when we learned of the fact, or ("happened") from when it happened: old news is then too late.
    counts_from: str = "recorded"
    goal: Goal | None = None
    re_entry: ReEntry = ReEntry("subject")
    loops: frozenset[str] = frozenset()

    @property
    def first(self) -> str:
        return next(iter(self.steps))

    @property
    def exits(self) -> tuple[str, ...]:
        """Facts after which nothing more happens."""
        ends = (self.goal.fact,) if self.goal and self.goal.ends else ()
        return tuple(dict.fromkeys([*self.ends_with, *ends]))

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that its branches ask for."""
        return frozenset(name for s in self.steps.values() if isinstance(s, Branch) for name in fields_of(s.condition))

    @property
    def facts(self) -> frozenset[str]:
        """Every fact that its walking asks for: exits, branches, waits for a fact."""
        asked = set(self.exits)
        for step in self.steps.values():
            if isinstance(step, WaitFor):
                asked.update(step.facts)
            if isinstance(step, Branch) and step.fact:
                asked.add(step.fact)
        return frozenset(asked)


def fields_of(tree: Any) -> Iterator[str]:
    """Names of the fields in a condition tree, wherever they stand."""
    if isinstance(tree, Mapping):
        if isinstance(tree.get("field"), str):
            yield tree["field"]
        for name in ("all", "any", "not"):
            yield from fields_of(tree.get(name))
    elif isinstance(tree, list):
        for branch in tree:
            yield from fields_of(branch)


def next_of(step: Step) -> tuple[str, ...]:
    """Where a step may lead; an empty name is the end."""
    if isinstance(step, WaitFor | Branch):
        return (step.then, step.otherwise)
    if isinstance(step, Split):
        return tuple(variant.next for variant in step.variants)
    return () if isinstance(step, Exit) else (step.next,)


def targets(step: Step) -> Iterator[str]:
    yield from (name for name in next_of(step) if name)

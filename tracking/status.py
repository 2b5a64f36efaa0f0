"""What a parcel's stored checkpoints amount to. A pure function of the set: the order of arrival changes nothing.

- The latest by ``occurred_at`` decides; at equal times the higher rank does.
- A ``summary`` (the source's own word for the parcel) overrules the scans of the same source up to its time, and those
  that came in the same message, told by the same ``received_at``: carriers date scans wrongly and know the truth all
  the same. A message repeats the scans of the one before, so by ``received_at`` alone the order of arrival would count.
- ``pending``, ``info_received`` and ``expired`` are no movement: they never lower anything.
- ``delivered`` sticks. A later lower checkpoint makes it disputed, a later ``delivered`` settles that; only a
  return moves on from it. On the way back, scans of the way are scans of the way back.
- A scan that its source took back (``retracts``, the same time and code) never was, whichever of the two came first.
- A scan from the future (over a day after it was received) is kept by the caller and believed by nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from tracking.milestones import RANKS

NO_MOVEMENT = ("pending", "expired", "info_received")
ON_THE_WAY = ("picked_up", "in_transit", "exception")
GOING_BACK = ("returning", "returned")
PHYSICAL = (
    "picked_up",
    "in_transit",
    "out_for_delivery",
    "ready_for_pickup",
    "attempt_failed",
    "delivered",
    *GOING_BACK,
)
ATTEMPTS = ("delivered", "attempt_failed", "ready_for_pickup")
DAY = timedelta(days=1)
Scan = tuple[str, datetime, str]


class Checkpoint(Protocol):
    """What is read of a stored checkpoint."""

    source: str
    raw_code: str
    occurred_at: datetime
    received_at: datetime
    milestone: str
    reason: str
    summary: bool
    retracted: bool
    retracts: bool
    suspect: bool


class Step(NamedTuple):
    """A milestone, or another reason for it, that the parcel came through; ``at``: since when."""

    milestone: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ParcelStatus:
    """``shipped_at`` is the first scan by the carrier's hands, which a label is not. ``first_attempt_at`` is what
    being on time is measured by: delivered, failed attempt, ready to collect, or sent out again another day.
    ``leg``: out to the customer, or back. ``steps``: its way so far, whatever of it was heard of late."""

    milestone: str = "pending"
    reason: str = ""
    since: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    first_attempt_at: datetime | None = None
    disputed: bool = False
    scanned_at: datetime | None = None
    leg: str = "out"
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class _Course:
    """Where the deciding checkpoints have led so far. ``left_at``: when the milestone before was last confirmed."""

    milestone: str = "pending"
    reason: str = ""
    entered_at: datetime | None = None
    confirmed_at: datetime | None = None
    left_at: datetime | None = None
    delivered: bool = False
    disputed: bool = False


def status_of(checkpoints: Iterable[Checkpoint], now: datetime) -> ParcelStatus:
    checkpoints = list(checkpoints)
    undone = taken_back(checkpoints)
    believed = sorted((c for c in checkpoints if _is_believed(c, now, undone)), key=_by_time_and_rank)
    course, steps = _Course(), []
    for checkpoint in _deciding(believed):
        before, course = course, _moved_on(course, checkpoint)
        if (course.milestone, course.reason) != (before.milestone, before.reason):
            new = course.milestone != before.milestone
            at = _since(course, believed) if new else course.confirmed_at
            steps.append(Step(course.milestone, course.reason, at or checkpoint.occurred_at))
    return ParcelStatus(
        milestone=course.milestone,
        reason=course.reason,
        since=_since(course, believed),
        shipped_at=next((c.occurred_at for c in believed if c.milestone in PHYSICAL), None),
        delivered_at=_delivered_at(believed) if course.delivered else None,
        first_attempt_at=_first_attempt_at(believed),
        disputed=course.disputed,
        scanned_at=believed[-1].occurred_at if believed else None,
        leg=leg_of(course.milestone),
        steps=tuple(steps),
    )


def leg_of(milestone: str) -> str:
    return "back" if milestone in GOING_BACK else "out"


def is_suspect(occurred_at: datetime, received_at: datetime) -> bool:
    """Is the scan from the future? A day is left for wrong time zones and clocks."""
    return occurred_at > received_at + DAY


def taken_back(checkpoints: Iterable[Checkpoint]) -> set[Scan]:
    """The scans that are taken back, as ``scan_of`` names them."""
    return {scan_of(c) for c in checkpoints if c.retracts}


def scan_of(checkpoint: Checkpoint) -> Scan:
    return checkpoint.source, checkpoint.occurred_at, checkpoint.raw_code


def _is_believed(checkpoint: Checkpoint, now: datetime, undone: set[Scan]) -> bool:
    if checkpoint.retracted or scan_of(checkpoint) in undone:
        return False
    if checkpoint.suspect or checkpoint.milestone not in RANKS:
        return False
    return not is_suspect(checkpoint.occurred_at, checkpoint.received_at or now)


def _by_time_and_rank(checkpoint: Checkpoint) -> tuple[datetime, int, bool, str]:
    return checkpoint.occurred_at, RANKS[checkpoint.milestone], checkpoint.summary, checkpoint.reason


def _deciding(believed: Sequence[Checkpoint]) -> list[Checkpoint]:
    summaries = [c for c in believed if c.summary and c.milestone not in NO_MOVEMENT]
    together = {(c.source, c.received_at) for c in summaries}
    until = {c.source: c.occurred_at for c in summaries}  # in time: the last one stays
    overruled = {
        n
        for n, c in enumerate(believed)
        if (c.source, c.received_at) in together or (c.source in until and c.occurred_at <= until[c.source])
    }
    return [c for n, c in enumerate(believed) if c.summary or n not in overruled]


def _moved_on(course: _Course, seen: Checkpoint) -> _Course:
    if seen.milestone == course.milestone:
        return replace(course, reason=seen.reason, confirmed_at=seen.occurred_at, disputed=False)
    if not _leads_on(course, seen.milestone):
        lower = seen.milestone not in NO_MOVEMENT and RANKS[seen.milestone] < RANKS["delivered"]
        return replace(course, disputed=True) if course.milestone == "delivered" and lower else course
    return _Course(
        milestone=seen.milestone,
        reason=seen.reason,
        entered_at=seen.occurred_at,
        confirmed_at=seen.occurred_at,
        left_at=course.confirmed_at,
        delivered=course.delivered or seen.milestone == "delivered",
    )


def _leads_on(course: _Course, milestone: str) -> bool:
    if milestone in NO_MOVEMENT:
        return RANKS[milestone] > RANKS[course.milestone]
    if course.delivered:
        return milestone in GOING_BACK and RANKS[milestone] > RANKS[course.milestone]
    if course.milestone == "returning":
        return milestone not in ON_THE_WAY
    return course.milestone != "returned"


def _since(course: _Course, believed: Sequence[Checkpoint]) -> datetime | None:
    """When the milestone began: at its first scan after the one before was last confirmed."""
    times = (c.occurred_at for c in believed if c.milestone == course.milestone)
    first = next((at for at in times if course.left_at is None or at >= course.left_at), None)
    return min(filter(None, (first, course.entered_at)), default=None)


def _delivered_at(believed: Sequence[Checkpoint]) -> datetime:
    """The first delivery; one after the way back began would be the delivery to the sender."""
    return next(c.occurred_at for c in believed if c.milestone == "delivered")


def _first_attempt_at(believed: Sequence[Checkpoint]) -> datetime | None:
    rounds = [c.occurred_at for c in believed if c.milestone == "out_for_delivery"]
    second_round = [at for at in rounds if at - rounds[0] > DAY]
    return min([c.occurred_at for c in believed if c.milestone in ATTEMPTS] + second_round, default=None)

"""From counted rows to a report's table: each row stands in one box, so that the boxes add up to those who entered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from messaging.models import Message
from messaging.states import LEFT

State = Message.State

# Boxes of a step that sends, in the order of its table.
SENT, HELD, SKIPPED, FAILED, UNKNOWN, HOLDOUT, REFUSED, UNWRITTEN, LATE, GONE = BOXES = (
    "sent",
    "held",
    "skipped",
    "failed",
    "unknown",
    "holdout",
    "refused",
    "unwritten",  # its template was gone
    "late",
    "gone",  # it was planned, and its message is no longer there
)
_BY_STATE: dict[str, str] = {
    **dict.fromkeys(LEFT, SENT),
    State.READY: HELD,
    State.SENDING: HELD,
    State.SKIPPED: SKIPPED,
    State.EXPIRED: SKIPPED,
    State.CANCELLED: SKIPPED,
    State.FAILED: FAILED,
    State.UNKNOWN: UNKNOWN,
}
# "standing" and "stuck" are no steps taken: the enrolment is at this step now.
_BY_OUTCOME = {
    "holdout": HOLDOUT,
    "refused": REFUSED,
    "unwritten": UNWRITTEN,
    "late": LATE,
    "standing": HELD,
    "stuck": FAILED,
    "exited": SKIPPED,  # left while they stood here
}
SENDING = ("send", "ask")


@dataclass(frozen=True, slots=True)
class Counted:
    """``n`` steps taken (or messages) that are alike in everything before it."""

    step: str
    variant: str
    outcome: str
    state: str  # of the message; empty: there is none
    reason: str
    n: int
    delivered: int = 0
    clicked: int = 0
    goal: int = 0


@dataclass(slots=True)
class Tally:
    """One step, or one variant of it. For a step that sends nothing, ``outcomes`` are its boxes."""

    step: str
    do: str
    variant: str = ""
    entered: int = 0
    boxes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    clicked: int = 0
    goal: int = 0
    parts: list["Tally"] = field(default_factory=list)  # by variant, when there are several

    @property
    def sends(self) -> bool:
        return self.do in SENDING

    def adds_up(self) -> bool:
        return self.entered == sum((self.boxes if self.sends else self.outcomes).values())

    def add(self, row: Counted) -> None:
        self.entered += row.n
        self.delivered += row.delivered
        self.clicked += row.clicked
        self.goal += row.goal
        if not self.sends:
            self.outcomes[row.outcome] += row.n
            return
        box = box_of(row)
        self.boxes[box] += row.n
        if box in (SKIPPED, FAILED) and row.reason:
            self.reasons[row.reason] += row.n


def box_of(row: Counted) -> str:
    """Where a step that sends has put them."""
    if row.outcome in _BY_OUTCOME:
        return _BY_OUTCOME[row.outcome]
    if not row.state:
        return GONE
    return _BY_STATE[row.state]


def tally(rows: Iterable[Counted], steps: Sequence[tuple[str, str]]) -> list[Tally]:
    """A table line for each step that somebody took. ``steps``: (id, what it does) in the plan's order.

    A step of an older version that the plan no longer knows stands at the end.
    """
    rows = list(rows)
    known = {row.step: "send" for row in rows if row.state} | dict(steps)
    order = {step: n for n, (step, _do) in enumerate(steps)}
    lines: dict[str, Tally] = {}
    parts: dict[tuple[str, str], Tally] = {}
    for row in rows:
        do = known.get(row.step, "")
        for one in (
            lines.setdefault(row.step, Tally(row.step, do)),
            parts.setdefault((row.step, row.variant), Tally(row.step, do, row.variant)),
        ):
            one.add(row)
    for (step, _variant), part in sorted(parts.items()):
        lines[step].parts.append(part)
    for line in lines.values():
        line.parts = line.parts if len(line.parts) > 1 else []
    return sorted(lines.values(), key=lambda line: (order.get(line.step, len(order)), line.step))

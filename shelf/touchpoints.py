"""One point on the customer's path, counted: what an app lends to the map of touchpoints.

An app on any floor lends ``count(scope) -> list[Counted]``, all points that it knows at once, with a fixed number of
queries; config/wiring.py lists them. What the map does with them: campaigns/touchpoints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

BEFORE, PURCHASE, AFTER = "before", "purchase", "after"

# Where a point stands: later floors put theirs between these. Points of the merchant's own stand after one of them.
PLACES = {
    "order": 20,
    "confirmation": 30,
    "parcel": 40,
    "delivery": 50,
    "review": 60,
    "survey": 65,
    "support": 70,
    "points": 80,
    "next_order": 90,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom the map is about: who ordered from ``since`` until before ``until``, at one store or at all.

    ``customers``: a query of the ids of a segment's members, to stand in ``customer__in``; None: everybody.
    """

    since: datetime
    until: datetime
    now: datetime
    store_id: int | None = None
    customers: Any = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Numbers of people or orders, never of clicks.

    ``volume``: how many came here. ``asked`` and ``answered``: whoever was to respond, and did (None: nothing to
    respond to). ``rated`` and ``satisfied``: who said how it was, and said good. ``left``: whose way ended here,
    ``left_as`` says how; ``waiting``: not here yet, and nothing lost. None is "we cannot know", 0 is none.
    """

    name: str
    title: str | Promise
    phase: str
    place: int
    volume: int
    asked: int | None = None
    answered: int | None = None
    rated: int = 0
    satisfied: int = 0
    left: int | None = None
    left_as: str | Promise = ""
    waiting: int | None = None
    url: str = ""  # where the things themselves are listed, in the agent's room
    is_aside: bool = False  # beside the orders' way: its numbers are of others, or of a few
    trouble: str | Promise = ""  # why there are no numbers

    @property
    def response(self) -> float | None:
        """The share that responded, 0 to 1."""
        return self.answered / self.asked if self.asked and self.answered is not None else None

    @property
    def satisfaction(self) -> float | None:
        return self.satisfied / self.rated if self.rated else None


Count = Callable[[Scope], list[Counted]]

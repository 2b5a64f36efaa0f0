"""Facts about feedback. Subject: the order."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class ReviewRequested(Fact):
    kind: ClassVar[str] = "review.requested"
    request_id: int


@dataclass(frozen=True)
class ReviewSubmitted(Fact):
    """The customer answered: the lowest star among the answers decides who should look at it."""

    kind: ClassVar[str] = "review.submitted"
    request_id: int
    lowest: int
    answers: int

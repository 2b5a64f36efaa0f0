"""Facts about feedback. Subject: the order; of a survey about the shop, the customer."""

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


@dataclass(frozen=True)
class ReviewPublished(Fact):
    """Everybody may read it from now on."""

    kind: ClassVar[str] = "review.published"
    review_id: int
    request_id: int


@dataclass(frozen=True)
class SurveyRequested(Fact):
    kind: ClassVar[str] = "survey.requested"
    survey_id: int
    survey: str


@dataclass(frozen=True)
class SurveyAnswered(Fact):
    """The customer answered for the first time. ``band``: low, middle, good, as the field counts them."""

    kind: ClassVar[str] = "survey.answered"
    survey_id: int
    survey: str
    score: int
    band: str

"""Review requests and reviews, surveys with their answers, and what is shown of them in public."""

from feedback.models.reviews import Request, Review
from feedback.models.showing import Note, NoteCause, Place, Question, Refused, Score, Site, Vote
from feedback.models.surveys import Survey

__all__ = [
    "Note",
    "NoteCause",
    "Place",
    "Question",
    "Refused",
    "Request",
    "Review",
    "Score",
    "Site",
    "Survey",
    "Vote",
]

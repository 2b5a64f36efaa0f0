"""Review requests, reviews with their photos and their log, what is shown of them in public; surveys."""

from feedback.models.requests import Request, Suspected
from feedback.models.reviews import Review, ReviewEvent, ReviewPhoto
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
    "ReviewEvent",
    "ReviewPhoto",
    "Score",
    "Site",
    "Survey",
    "Suspected",
    "Vote",
]

"""Review requests, reviews with their photos and their log; surveys."""

from feedback.models.requests import Request, Suspected
from feedback.models.reviews import Review, ReviewEvent, ReviewPhoto
from feedback.models.surveys import Survey

__all__ = ["Request", "Review", "ReviewEvent", "ReviewPhoto", "Survey", "Suspected"]

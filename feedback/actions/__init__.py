"""The verbs of feedback."""

from feedback.actions.answering import (
    LONGEST,
    MOST_PHOTOS,
    Answer,
    ReviewRefused,
    answers_of,
    submit_review,
    withdraw_reviews,
)
from feedback.actions.asking import ask_for_reviews, close_requests
from feedback.actions.moderating import ModerationRefused, publish, publish_all, reject, reply
from feedback.actions.suspecting import suspect

__all__ = [
    "LONGEST",
    "MOST_PHOTOS",
    "Answer",
    "ModerationRefused",
    "ReviewRefused",
    "answers_of",
    "ask_for_reviews",
    "close_requests",
    "publish",
    "publish_all",
    "reject",
    "reply",
    "submit_review",
    "suspect",
    "withdraw_reviews",
]

"""Verbs of those who read reviews: find one helpful, ask about a product; and the answer to what was asked."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop as _

from feedback.models import Question, Review, Vote
from orders.models import Product
from shelf.reasons import Refusal

LONGEST_QUESTION = 1000
LONGEST_ANSWER = 5000
NO_QUESTION = _("Write your question first.")
TOO_LONG = _("A question has up to %(most)s characters; this one has %(count)s.")
NO_ANSWER = _("Write the answer first.")


class QuestionRefused(Refusal):
    """A question or an answer that cannot be kept, with a sentence."""


@transaction.atomic
def vote(review_id: int, visitor: str) -> bool:
    """One vote for each visitor and published review; True if it is new. A second one changes nothing."""
    found = Review.objects.select_for_update(of=("self",)).filter(pk=review_id, state=Review.State.PUBLISHED).first()
    if found is None:
        return False
    key = hashlib.sha256(f"vote:{visitor}".encode()).hexdigest()[:32]
    _vote, is_new = Vote.objects.get_or_create(review=found, key=key)
    if is_new:
        Review.objects.filter(pk=review_id).update(helpful=F("helpful") + 1)
    return is_new


def voted(review_ids: Collection[int], visitor: str) -> set[int]:
    """Which of these the visitor found helpful."""
    key = hashlib.sha256(f"vote:{visitor}".encode()).hexdigest()[:32]
    return set(Vote.objects.filter(review__in=review_ids, key=key).values_list("review_id", flat=True))


def ask(product: Product, text: str, language: str, now: datetime) -> Question:
    """Keep a question; nobody sees it before it is answered. Raises QuestionRefused."""
    text = text.replace("\0", "").strip()
    if not text:
        raise QuestionRefused(NO_QUESTION)
    if len(text) > LONGEST_QUESTION:
        raise QuestionRefused(TOO_LONG, most=LONGEST_QUESTION, count=len(text))
    return Question.objects.create(product=product, text=text, language=language, asked_at=now)


@transaction.atomic
def answer(question_id: int, text: str, by, now: datetime) -> Question:
    """Publish a question with its answer; an answer may be written anew. Raises QuestionRefused."""
    text = text.replace("\0", "").strip()[:LONGEST_ANSWER]
    if not text:
        raise QuestionRefused(NO_ANSWER)
    question = Question.objects.select_for_update().get(pk=question_id)
    question.state, question.answer = Question.State.ANSWERED, text
    question.answered_by, question.answered_at = by, now
    question.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return question


def refuse(question_ids: Collection[int]) -> int:
    """Questions that are none: not shown. One that was answered stays answered."""
    waiting = Question.objects.filter(pk__in=question_ids, state=Question.State.ASKED)
    return waiting.update(state=Question.State.REFUSED)

"""Verbs of a review's author: answer, answer anew, take it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from customers.actions import note_rating, tell_changed
from events.facts import record
from feedback import rules
from feedback.actions.moderating import publish_all
from feedback.events import ReviewSubmitted
from feedback.models import Request, Review, ReviewEvent, ReviewPhoto
from orders.models import Order, OrderLine
from orders.page_blocks import write_blocks
from shelf.reasons import Refusal

LONGEST = 5000  # characters of a review; more is cut off in the form already
LONGEST_POINT = 500  # of what is good and what is bad
MOST_PHOTOS = 5
NO_STAR = _("Choose at least one star for at least one product.")
TOO_LONG = _("The review is longer than %(most)s characters. Please shorten it.")
TOO_MANY_PHOTOS = _("At most %(most)s photos for a product, please.")


class ReviewRefused(Refusal):
    """An answer that cannot be kept, with a sentence for the customer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Stars from 1 to 5 and perhaps words, about one order line or (``line_id`` None) about the store.

    ``photos``: JPEGs that the limited child made; None leaves those that are there.
    """

    line_id: int | None
    stars: int
    text: str = ""
    pros: str = ""
    cons: str = ""
    photos: Sequence[bytes] | None = field(default=None, repr=False)


@transaction.atomic
def submit_review(request: Request, answers: Sequence[Answer], author: str, language: str, now: datetime) -> None:
    """Keep the answers; answering again changes the earlier ones, and asks the rule anew.

    Raises ReviewRefused when nothing was rated, or something is too much.
    """
    lines = {line.pk: line for line in request.order.lines.all()}
    answers = [a for a in answers if a.line_id is None or a.line_id in lines]
    _check(answers)
    Order.objects.select_for_update().get(pk=request.order_id)
    request = Request.objects.select_for_update().get(pk=request.pk)
    first = request.answered_at is None
    reviews = [_keep(request, one, lines.get(one.line_id or 0), author, language, now) for one in answers]
    request.state, request.answered_at = Request.State.ANSWERED, request.answered_at or now
    request.save(update_fields=["state", "answered_at"])
    lowest = min(a.stars for a in answers)
    if request.customer_id:
        note_rating(request.customer_id, lowest)
    write_blocks("review", {request.order_id: {"submitted": True, "request": request.pk}})
    if first:
        fact = ReviewSubmitted(request.pk, lowest, len(answers))
        record(fact, subject=("order", request.order_id), customer_id=request.customer_id, at=now)
    elif request.customer_id:
        tell_changed([request.customer_id], "last_rating")
    publish_all([review for review in reviews if not review.doubts], None, now)


def _check(answers: Sequence[Answer]) -> None:
    if not answers:
        raise ReviewRefused(NO_STAR)
    if any(len(_storable(one.text)) > LONGEST for one in answers):
        raise ReviewRefused(TOO_LONG, most=LONGEST)
    if any(len(one.photos or ()) > MOST_PHOTOS for one in answers):
        raise ReviewRefused(TOO_MANY_PHOTOS, most=MOST_PHOTOS)


def _keep(
    request: Request, answer: Answer, line: OrderLine | None, author: str, language: str, now: datetime
) -> Review:
    """The row of one answer, written or changed, with its line in the log; who changes nothing leaves it as it is."""
    whole = {} if line else {"title": ""}
    review = Review.objects.filter(request=request, line=line, **whole).first()
    said = {
        "stars": answer.stars,
        "text": _storable(answer.text),
        "pros": _storable(answer.pros)[:LONGEST_POINT],
        "cons": _storable(answer.cons)[:LONGEST_POINT],
        "author": _storable(author)[:120],
    }
    kind, before = ReviewEvent.Kind.SUBMITTED, {}
    if review is None:
        review = Review(request=request, line=line, title=line.title if line else "", created_at=now)
        review.store_id, review.product_id = request.order.store_id, line.product_id if line else None
    else:
        before = {name: getattr(review, name) for name, value in said.items() if getattr(review, name) != value}
        if not before and answer.photos is None and review.state != Review.State.WITHDRAWN:
            return review
        kind = ReviewEvent.Kind.EDITED
    vars(review).update(said, language=language, doubts=rules.doubts_about(said, bool(answer.photos)))
    review.state, review.reason, review.published_at = Review.State.PENDING, "", None
    review.save()
    if answer.photos is not None:
        review.photos.all().delete()
        ReviewPhoto.objects.bulk_create(
            ReviewPhoto(review=review, position=place, data=data, created_at=now)
            for place, data in enumerate(answer.photos)
        )
    ReviewEvent.objects.create(review=review, kind=kind, before=before, at=now)
    return review


@transaction.atomic
def withdraw_reviews(request: Request, now: datetime) -> None:
    """Its author takes everything back: words, photos and name are gone, and nobody reads the stars any more.

    That there was one is kept, with what it led to.
    """
    Order.objects.select_for_update().get(pk=request.order_id)
    rows = list(request.reviews.select_for_update().exclude(state=Review.State.WITHDRAWN))
    ReviewPhoto.objects.filter(review__in=rows).delete()
    ReviewEvent.objects.filter(review__in=rows).update(before={})
    for review in rows:
        review.state, review.reason, review.published_at = Review.State.WITHDRAWN, "", None
        review.text = review.pros = review.cons = review.author = review.reply = ""
        review.save()
    ReviewEvent.objects.bulk_create(
        ReviewEvent(review=review, kind=ReviewEvent.Kind.WITHDRAWN, at=now) for review in rows
    )


def _storable(typed: str) -> str:
    return typed.replace("\0", "").strip()  # PostgreSQL keeps no NUL in text


def answers_of(request: Request) -> Mapping[int | None, Review]:
    """By order line; None: about the store. What was taken back is no answer."""
    return {r.line_id: r for r in request.reviews.all() if r.state != Review.State.WITHDRAWN}

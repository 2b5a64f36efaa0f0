"""Verbs about feedback: ask for reviews, keep the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from customers.actions import note_rating, tell_changed
from events.facts import Recorded, record, record_all
from feedback.events import ReviewRequested, ReviewSubmitted
from feedback.models import Request, Review
from orders.models import Order
from orders.page_blocks import write_blocks
from shelf.reasons import Refusal

LONGEST = 5000  # characters of a review; more is cut off in the form already


class ReviewRefused(Refusal):
    """An answer that cannot be kept, with a sentence for the customer."""


def ask_for_reviews(orders: Sequence[Order], now: datetime) -> set[int]:
    """Open one request per order, in the caller's transaction; ids of the orders that had not been asked before."""
    asked = set(Request.objects.filter(order__in=orders).values_list("order_id", flat=True))
    fresh = [Request(order=o, customer_id=o.customer_id) for o in orders if o.pk not in asked]
    Request.objects.bulk_create(fresh)
    write_blocks("review", {r.order_id: {"submitted": False, "request": r.pk} for r in fresh})
    record_all([Recorded(ReviewRequested(r.pk), ("order", r.order_id), r.customer_id, now) for r in fresh])
    return {r.order_id for r in fresh}


@dataclass(frozen=True, slots=True)
class Answer:
    """Stars from 1 to 5 and perhaps words, about one order line or (``line_id`` None) about the store."""

    line_id: int | None
    stars: int
    text: str = ""


@transaction.atomic
def submit_review(request: Request, answers: Sequence[Answer], author: str, language: str, now: datetime) -> None:
    """Keep the answers; answering again changes the earlier ones. Raises ReviewRefused when nothing was rated."""
    lines = request.order.lines.in_bulk()
    answers = [a for a in answers if a.line_id is None or a.line_id in lines]
    if not answers:
        raise ReviewRefused(_("Choose at least one star for at least one product."))
    Order.objects.select_for_update().get(pk=request.order_id)
    request = Request.objects.select_for_update().get(pk=request.pk)
    first = request.state == Request.State.OPEN
    for answer in answers:
        whole: dict[str, Any] = {} if answer.line_id else {"title": ""}
        Review.objects.update_or_create(
            request=request,
            line_id=answer.line_id,
            **whole,
            defaults={
                "title": lines[answer.line_id].title if answer.line_id else "",
                "store_id": request.order.store_id,
                "product_id": lines[answer.line_id].product_id if answer.line_id else None,
                "country": request.order.store.country,
                "verified": Review.Verified.BUYER,
                "stars": answer.stars,
                "text": _storable(answer.text)[:LONGEST],
                "author": _storable(author)[:120],
                "language": language,
            },
        )
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


def _storable(typed: str) -> str:
    return typed.replace("\0", "").strip()  # PostgreSQL keeps no NUL in text


def answers_of(request: Request) -> Mapping[int | None, Review]:
    return {r.line_id: r for r in request.reviews.all()}

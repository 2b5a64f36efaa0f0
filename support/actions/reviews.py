"""A review with one or two stars opens a ticket: somebody is to make it good before anything else is asked."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext

from feedback.models import Request, Review
from orders.actions import speak
from support.actions.tickets import Channel, Opening, Priority, Words, open_tickets

LOW = 2  # stars: so few, or fewer


def open_for_reviews(request_ids: Sequence[int], now: datetime) -> None:
    """One ticket per order that was reviewed so, once. Three queries for any number of them."""
    requests = Request.objects.filter(pk__in=request_ids).select_related("order__store", "order__customer")
    reviews: dict[int, list[Review]] = {}
    for review in Review.objects.filter(request__in=request_ids).order_by("stars", "pk"):
        reviews.setdefault(review.request_id or 0, []).append(review)
    open_tickets([_opening(request, reviews.get(request.pk, [])) for request in requests], now)


def _opening(request: Request, reviews: Sequence[Review]) -> Opening:
    order = request.order
    language = speak(order)
    with translation.override(language):
        title = gettext("Your review of order %(number)s") % {"number": order.number}
    lines = [f"{'★' * r.stars} {r.title}".strip() + (f"\n{r.text}" if r.text else "") for r in reviews]
    author = next((r.author for r in reviews if r.author), "")
    return Opening(
        key=f"review:{request.pk}",
        title=title,
        store_id=order.store_id,
        channel=Channel.REVIEW,
        language=language,
        email=order.email,
        name=author or f"{order.first_name} {order.last_name}".strip(),
        customer_id=request.customer_id,
        order_id=order.pk,
        words=Words(f"review:{request.pk}", "\n\n".join(lines), is_proven=True),
        priority=Priority.HIGH,
    )

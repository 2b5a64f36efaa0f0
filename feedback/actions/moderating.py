"""Verbs of whoever looks after reviews: publish, keep back for a reason, reply. None knows the stars, or edits them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from events.facts import Recorded, record_all
from feedback.events import ReviewPublished
from feedback.models import Review, ReviewEvent
from shelf.reasons import Refusal
from staff.models import User

LONGEST_REPLY = 2000
NO_REASON = _("Choose a reason from the list.")
TAKEN_BACK = _("Its author has withdrawn this review.")
NO_REPLY = _("Write what you want to say.")
LONG_REPLY = _("The reply is longer than %(most)s characters. Please shorten it.")


class ModerationRefused(Refusal):
    """Something that cannot be done to a review, with a sentence for the agent."""


def publish_all(reviews: Sequence[Review], by: User | None, now: datetime) -> None:
    """From now on everybody may read them; in the caller's transaction, their rows locked or just made."""
    fresh = [review for review in reviews if not review.is_public]
    for review in fresh:
        review.state, review.reason, review.published_at = Review.State.PUBLISHED, "", now
    Review.objects.bulk_update(fresh, ["state", "reason", "published_at"])
    _log(fresh, ReviewEvent.Kind.PUBLISHED, by, now)
    record_all([
        Recorded(ReviewPublished(r.pk, r.request.pk), ("order", r.request.order_id), r.request.customer_id, now)
        for r in fresh
        if r.request
    ])  # fmt: skip


@transaction.atomic
def publish(review_id: int, by: User, now: datetime) -> Review:
    """Raises ModerationRefused for one that was taken back; one that is public already stays as it is."""
    review = _locked(review_id)
    publish_all([review], by, now)
    return review


@transaction.atomic
def reject(review_id: int, reason: str, by: User, now: datetime) -> Review:
    """Kept back for one of ``Review.Reason``, whatever its stars; its author is told why on the page of the review."""
    if reason not in Review.Reason.values:
        raise ModerationRefused(NO_REASON)
    review = _locked(review_id)
    if (review.state, review.reason) != (Review.State.REJECTED, reason):
        review.state, review.reason, review.published_at = Review.State.REJECTED, reason, None
        review.save(update_fields=["state", "reason", "published_at", "updated_at"])
        _log([review], ReviewEvent.Kind.REJECTED, by, now)
    return review


@transaction.atomic
def reply(review_id: int, text: str, by: User, now: datetime) -> Review:
    """What the shop says to it in public, under a person's name; said again, it takes the place of the earlier."""
    text = text.replace("\0", "").strip()
    if not text:
        raise ModerationRefused(NO_REPLY)
    if len(text) > LONGEST_REPLY:
        raise ModerationRefused(LONG_REPLY, most=LONGEST_REPLY)
    review = _locked(review_id)
    before = {"reply": review.reply} if review.reply else {}
    if text != review.reply:
        review.reply, review.replied_at, review.replied_by = text, now, by
        review.save(update_fields=["reply", "replied_at", "replied_by", "updated_at"])
        _log([review], ReviewEvent.Kind.REPLIED, by, now, before)
    return review


def _locked(review_id: int) -> Review:
    review = Review.objects.select_for_update(of=("self",)).select_related("request").get(pk=review_id)
    if review.state == Review.State.WITHDRAWN:
        raise ModerationRefused(TAKEN_BACK)
    return review


def _log(
    reviews: Sequence[Review], kind: str, by: User | None, now: datetime, before: dict[str, str] | None = None
) -> None:
    ReviewEvent.objects.bulk_create(
        ReviewEvent(review=review, kind=kind, reason=review.reason, by=by, at=now, before=before or {})
        for review in reviews
    )

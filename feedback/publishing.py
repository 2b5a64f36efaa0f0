"""What becomes of a review: published, or refused for one of the reasons that say nothing of stars."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_noop as _

from feedback.models import Review
from shelf.reasons import Refusal

NO_REASON = _("Choose why it is refused: the reason is counted on the public page.")
BATCH = 500


class PublishingRefused(Refusal):
    """A review that cannot be published or refused so, with a sentence."""


@transaction.atomic
def publish(review_ids: Collection[int]) -> int:
    """How many are public now that were not. What its author took back stays back."""
    rows = Review.objects.select_for_update().filter(pk__in=review_ids).exclude(state=Review.State.PUBLISHED)
    ids = list(rows.exclude(reason=Review.Why.WITHDRAWN).order_by("pk").values_list("pk", flat=True))
    return Review.objects.filter(pk__in=ids).update(state=Review.State.PUBLISHED, reason="")


@transaction.atomic
def reject(review_ids: Collection[int], reason: str) -> int:
    """How many are refused now. Raises PublishingRefused without a reason of the list."""
    if reason not in Review.Why.values:
        raise PublishingRefused(NO_REASON)
    rows = Review.objects.select_for_update().filter(pk__in=review_ids)
    ids = list(rows.exclude(state=Review.State.REJECTED).order_by("pk").values_list("pk", flat=True))
    return Review.objects.filter(pk__in=ids).update(state=Review.State.REJECTED, reason=reason)

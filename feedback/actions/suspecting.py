"""Answers that a machine seems to have sent: counted, and kept apart from those of people."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from feedback.models import Request, Suspected


@transaction.atomic
def suspect(request: Request, stars: Mapping[str, int], why: str, now: datetime) -> None:
    """Beside the request, one row however many came. ``stars``: order line or "store" → 1 to 5."""
    Request.objects.select_for_update().get(pk=request.pk)
    seen = {"why": why, "stars": dict(stars), "last_at": now}
    Suspected.objects.update_or_create(
        request=request,
        defaults={**seen, "count": F("count") + 1},
        create_defaults={**seen, "count": 1},
    )

"""The address of a review page."""

from datetime import timedelta

from django.conf import settings

from feedback.models import Request
from shelf import links

PURPOSE = "review"
LIVES = timedelta(days=180)


def review_url(request: Request) -> str:
    return f"{settings.PUBLIC_URL}/r/{links.make(PURPOSE, request.pk, request.link_version, LIVES)}/"

"""The addresses of review and survey pages."""

from datetime import timedelta

from django.conf import settings

from feedback.models import Request, Survey
from shelf import links

PURPOSE = "review"
LIVES = timedelta(days=180)
SURVEY = "survey"
SURVEY_LIVES = timedelta(days=90)  # then the next NPS may come


def review_url(request: Request) -> str:
    return f"{settings.PUBLIC_URL}/r/{links.make(PURPOSE, request.pk, request.link_version, LIVES)}/"


def survey_url(survey: Survey) -> str:
    return f"{settings.PUBLIC_URL}/s/{links.make(SURVEY, survey.pk, survey.link_version, SURVEY_LIVES)}/"

"""What a mail may say about a review request: ``review``, with five star links per product; about a survey that it
asks: ``survey``, with a link per number.

An order may be asked several questions: a mail is given the one that it asks (``by_ask``, messaging/contexts.py).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from feedback.links import review_url, survey_url
from feedback.models import Request, Survey
from feedback.scales import NPS, SCALES
from feedback.variables import WORDS
from messaging.contexts import Context
from messaging.models import Message
from orders.models import Order, OrderLine
from shelf.reasons import Reason
from tracking.models import Shipment

SURVEY = {"survey": {"url": "url", "choices": [{"n": "number", "url": "url"}]}}
DESCRIBE: dict[str, Any] = {
    **SURVEY,
    "review": {
        "url": "url",
        "products": [{"title": "text", "image_url": "url", "stars": [{"n": "number", "url": "url"}]}],
    },
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by order; three queries for any number of orders, two where nobody was asked for a review.

    An order that was not asked has no namespace.
    """
    told: dict[int, dict[str, Any]] = {
        request.order_id: {"review": of_request(request, lines)} for request, lines in _requests(ids)
    }
    for survey in Survey.objects.filter(order__in=ids).exclude(state=Survey.State.CLOSED):
        told.setdefault(survey.order_id or 0, {}).setdefault("by_ask", {})[survey.kind] = of_survey(survey)
    return told


def _requests(ids: Sequence[int]) -> Iterator[tuple[Request, list[OrderLine]]]:
    requests = list(Request.objects.filter(order__in=ids))
    lines: dict[int, list[OrderLine]] = {request.order_id: [] for request in requests}
    if lines:
        for line in OrderLine.objects.filter(order__in=lines).order_by("pk"):
            lines[line.order_id].append(line)
    for request in requests:
        yield request, lines[request.order_id]


def load_for_parcels(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """What is asked about their orders; four queries."""
    orders = dict(Shipment.objects.filter(pk__in=ids).values_list("pk", "order_id"))
    told = load(sorted(set(orders.values())), now)
    return {pk: told[order_id] for pk, order_id in orders.items() if order_id in told}


def load_for_people(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """What people were asked about the shop; keyed by an order of theirs, in two queries."""
    people = dict(Order.objects.filter(pk__in=ids, customer__isnull=False).values_list("pk", "customer_id"))
    by_person = _newest(Survey.objects.filter(Q(order=None) | Q(kind=NPS), customer__in=set(people.values())))
    return {pk: {"by_ask": by_person[customer]} for pk, customer in people.items() if customer in by_person}


def _newest(surveys: Any) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for survey in surveys.exclude(state=Survey.State.CLOSED).order_by("asked_at", "pk"):
        found.setdefault(survey.customer_id, {})[survey.kind] = of_survey(survey)
    return found


def of_survey(survey: Survey) -> dict[str, Any]:
    url = survey_url(survey)
    choices = [{"n": score, "url": f"{url}?score={score}"} for score in SCALES[survey.kind].scores]
    return {"survey": {"url": url, "choices": choices}}


def of_request(request: Request, lines: Sequence[OrderLine]) -> dict[str, Any]:
    url = review_url(request)
    return {
        "url": url,
        "products": [
            {
                "title": line.title,
                "image_url": line.image_url,
                "stars": [{"n": n, "url": f"{url}?stars={n}&line={line.pk}"} for n in range(1, 6)],
            }
            for line in lines
        ],
    }


def object_to_closed(messages: Sequence[Message], now: datetime) -> dict[int, Reason]:
    """The gate's late objection: an order that is asked about no more gets no mail that asks. One query."""
    asking = [m for m in messages if m.purpose_id == "review_requests"]
    closed = Request.objects.filter(order__in={m.subject_id for m in asking}, state=Request.State.CLOSED)
    why = dict(closed.values_list("order_id", "why_closed")) if asking else {}
    return {m.pk: Reason(why[m.subject_id]) for m in asking if m.subject_id in why}


CONTEXT = Context(load, DESCRIBE, WORDS)
OF_PARCEL = Context(load_for_parcels, DESCRIBE, WORDS)
OF_PERSON = Context(load_for_people, SURVEY)

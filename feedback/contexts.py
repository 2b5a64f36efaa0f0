"""What a mail may say about a review request: ``review``, with five star links per product."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedback.links import review_url
from feedback.models import Request
from feedback.variables import WORDS
from messaging.contexts import Context
from orders.models import OrderLine

DESCRIBE = {
    "review": {
        "url": "url",
        "products": [{"title": "text", "image_url": "url", "stars": [{"n": "number", "url": "url"}]}],
    }
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by order; two queries for any number of orders, one where none was asked: it has no namespace."""
    requests = list(Request.objects.filter(order__in=ids))
    if not requests:
        return {}
    lines: dict[int, list[OrderLine]] = {request.order_id: [] for request in requests}
    for line in OrderLine.objects.filter(order__in=lines).order_by("pk"):
        lines[line.order_id].append(line)
    return {request.order_id: {"review": of_request(request, lines[request.order_id])} for request in requests}


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


CONTEXT = Context(load, DESCRIBE, WORDS)

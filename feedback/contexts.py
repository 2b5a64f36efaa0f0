"""What a mail may say about a review request: ``review``, with five star links per product."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedback.links import review_url
from feedback.models import Request
from feedback.variables import WORDS
from messaging.contexts import Context

DESCRIBE = {
    "review": {
        "url": "url",
        "products": [{"title": "text", "image_url": "url", "stars": [{"n": "number", "url": "url"}]}],
    }
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by order; two queries for any number of orders. An order that was not asked has no namespace."""
    requests = Request.objects.filter(order__in=ids).prefetch_related("order__lines").select_related("order")
    return {r.order_id: {"review": of_request(r)} for r in requests}


def of_request(request: Request) -> dict[str, Any]:
    url = review_url(request)
    return {
        "url": url,
        "products": [
            {
                "title": line.title,
                "image_url": line.image_url,
                "stars": [{"n": n, "url": f"{url}?stars={n}&line={line.pk}"} for n in range(1, 6)],
            }
            for line in request.order.lines.all()
        ],
    }


CONTEXT = Context(load, DESCRIBE, WORDS)

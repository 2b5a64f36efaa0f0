"""All reviews of a store for whoever moves on: CSV and JSON, row by row, nothing held back."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from feedback.models import Review
from feedback.showing import photos_of
from orders.models import Store
from shelf.tables import write_csv

CHUNK = 500
COLUMNS = (
    "id", "product_id", "product_sku", "product_title", "stars", "title", "text", "author", "language", "country",
    "pros", "cons", "state", "reason", "badge", "is_incentivized", "source", "external_id", "order", "written_at",
    "reply", "replied_at", "helpful", "photos",
)  # fmt: skip


def told(review: Review, photos: Sequence[str]) -> dict[str, Any]:
    """One review as the export tells it; times are aware."""
    product, asked = review.product, review.request
    return {
        "id": review.pk,
        "product_id": product.external_id if product else "",
        "product_sku": product.sku if product else "",
        "product_title": product.title if product else review.title,
        "stars": review.stars,
        "title": review.headline,
        "text": review.text,
        "author": review.author,
        "language": review.language,
        "country": review.country,
        "pros": review.pros,
        "cons": review.cons,
        "state": review.state,
        "reason": review.reason,
        "badge": review.badge,
        "is_incentivized": review.is_incentivized,
        "source": review.source,
        "external_id": review.external_id,
        "order": asked.order.number if asked else "",
        "written_at": review.created_at,
        "reply": review.reply,
        "replied_at": review.replied_at,
        "helpful": review.helpful,
        "photos": list(photos),
    }


def _rows(store: Store) -> Iterator[dict[str, Any]]:
    rows = Review.objects.filter(store=store).select_related("product", "request__order").order_by("pk")
    walked = rows.iterator(chunk_size=CHUNK)
    while part := list(islice(walked, CHUNK)):
        photos = photos_of([review.pk for review in part])
        yield from (told(review, photos.get(review.pk, ())) for review in part)


def csv_of(store: Store, language: str) -> Iterator[bytes]:
    """As spreadsheets open it; photos stand in one cell, an address each line. Times are the store's."""
    rows = ([_cell(row[name]) for name in COLUMNS] for row in _rows(store))
    return write_csv(COLUMNS, rows, language, ZoneInfo(store.time_zone))


def _cell(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list) else value


def json_of(store: Store) -> Iterator[bytes]:
    """One array; times as ISO 8601 with their offset."""
    before = "[\n"
    for row in _rows(store):
        yield (before + json.dumps(row, ensure_ascii=False, default=lambda at: at.isoformat())).encode()
        before = ",\n"
    yield ("[]\n" if before == "[\n" else "\n]\n").encode()

"""What machines read on the public pages of reviews: schema.org as JSON-LD.

Only a product has stars here: a shop's stars about itself are "self-serving" by Google's rules for review snippets, so
no page says them of Organization or LocalBusiness. What is marked up stands on the page; without a review, nothing is.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString, mark_safe

LONGEST_NAME = 99  # an author's name "should be shorter than 100 characters"
# In HTML the text of a script ends at "</script", whatever JSON thinks; the separators end lines in old JavaScript.
_IN_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def product(
    name: str, url: str, image_url: str, sku: str, score: Mapping[str, Any], reviews: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Product with the plain mean of all its published reviews and those that the page shows; None without any.

    ``score``: count, mean (Decimal). Each review: stars, title, text, author, written_at, language, photos.
    """
    if not score["count"]:
        return None
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": name,
        "url": url,
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": str(score["mean"]),
            "reviewCount": score["count"],
            "bestRating": 5,
            "worstRating": 1,
        },
        "review": [_review(one) for one in reviews],
    }
    return {**told, **({"image": image_url} if image_url else {}), **({"sku": sku} if sku else {})}


def _review(one: Mapping[str, Any]) -> dict[str, Any]:
    written_at: datetime = one["written_at"]
    told = {
        "@type": "Review",
        "author": {"@type": "Person", "name": (one["author"] or one["nobody"])[:LONGEST_NAME]},
        "datePublished": written_at.date().isoformat(),
        "reviewRating": {"@type": "Rating", "ratingValue": one["stars"], "bestRating": 5, "worstRating": 1},
        "name": one["title"],
        "reviewBody": one["text"],
        "inLanguage": one["language"],
        "image": list(one["photos"]),
    }
    return {name: value for name, value in told.items() if value}


def script(told: Mapping[str, Any] | None) -> SafeString:
    """The JSON-LD as it may stand in HTML. It is data: browsers run no script of this type, under any policy."""
    if told is None:
        return SafeString("")
    body = json.dumps(told, ensure_ascii=False).translate(_IN_HTML)
    return mark_safe(f'<script type="application/ld+json">{body}</script>')  # noqa: S308 - every < is written as \\u003c

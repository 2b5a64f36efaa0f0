"""A reader of JSON-LD that knows the part of schema.org which reviews use, and what Google wants of it.

The properties are those of schema.org's Product, AggregateRating, Review, Rating and Person; the rules are those of
Google's page on review snippets (November 2026).
"""

import json
from html.parser import HTMLParser

PROPERTIES = {
    "Product": {"name", "url", "image", "sku", "gtin", "mpn", "brand", "description", "aggregateRating", "review"},
    "AggregateRating": {"ratingValue", "reviewCount", "ratingCount", "bestRating", "worstRating", "itemReviewed"},
    "Review": {"author", "datePublished", "reviewRating", "name", "reviewBody", "inLanguage", "image", "itemReviewed"},
    "Rating": {"ratingValue", "bestRating", "worstRating"},
    "Person": {"name"},
}
NEEDED = {
    "Product": ("name",),
    "AggregateRating": ("ratingValue",),
    "Review": ("author", "reviewRating"),
    "Rating": ("ratingValue",),
    "Person": ("name",),
}
RANGES = {
    ("Product", "aggregateRating"): "AggregateRating",
    ("Product", "review"): "Review",
    ("Review", "author"): "Person",
    ("Review", "reviewRating"): "Rating",
}


class _Scripts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.inside, self.found = False, []

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "script" and dict(attrs).get("type") == "application/ld+json"
        if self.inside:
            self.found.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


def read_page(html: str) -> list[dict]:
    """Every JSON-LD node of a page."""
    reader = _Scripts()
    reader.feed(html)
    return [json.loads(one) for one in reader.found]


def faults(node: dict) -> list[str]:
    """What is wrong with a node, as sentences; [] for one that may be shown with stars."""
    kind = node.get("@type", "")
    if kind not in PROPERTIES:
        return [f"{kind} may not carry stars about itself"]
    names = {name for name in node if not name.startswith("@")}
    found = [f"{kind} has no property {name}" for name in sorted(names - PROPERTIES[kind])]
    found += [f"{kind} lacks {name}" for name in NEEDED[kind] if not node.get(name)]
    if kind == "AggregateRating" and not (node.get("reviewCount") or node.get("ratingCount")):
        found.append("AggregateRating counts nothing")
    if kind in ("AggregateRating", "Rating") and not 1 <= float(node.get("ratingValue") or 0) <= 5:
        found.append(f"{kind} is not between 1 and 5")
    if kind == "Person" and len(node.get("name", "")) >= 100:
        found.append("Person has too long a name")
    for (owner, name), wanted in RANGES.items():
        many = node.get(name, []) if owner == kind else []
        for one in many if isinstance(many, list) else [many]:
            found += faults(one) if one.get("@type") == wanted else [f"{owner}.{name} is no {wanted}"]
    return found

"""The rules of Google's product review feed, written down by hand, and a reader that holds a file against them.

``RULES_2_2`` are those of product_reviews.xsd 2.2: element → its children in their order, each (name, at least, at
most); a leaf is the name of a kind of text. ``DIFFERENCES`` is what 2.4 added, from Google's reference and its sample.
The feed is refused as a whole for one element out of place, therefore order is checked and not only presence.
"""

import re
import xml.etree.ElementTree as ET
from datetime import datetime

MANY = None
KINDS = {
    "text": re.compile(r"\s*\S+[\s\S]*"),
    "url": re.compile(r"(https?://)?\S+\.\S+"),
    "gtin": re.compile(r"[\d -xX]{7,}"),
    "method": re.compile(r"unsolicited|post_fulfillment"),
    "boolean": re.compile(r"true|false|1|0"),
    "decimal": re.compile(r"[+-]?\d+(\.\d+)?"),
    "moment": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"),
    "version": re.compile(r"2\.[24]"),
}
RULES_2_2 = {
    "feed": [
        ("version", 1, 1), ("aggregator", 0, 1), ("publisher", 1, 1), ("reviews", 0, 1), ("deleted_reviews", 0, 1),
    ],
    "aggregator": [("name", 1, 1)],
    "publisher": [("name", 1, 1), ("favicon", 0, 1)],
    "reviews": [("review", 1, MANY)],
    "deleted_reviews": [("review_id", 1, MANY)],
    "review": [
        ("review_id", 0, 1), ("reviewer", 1, 1), ("review_timestamp", 1, 1), ("title", 0, 1), ("content", 1, 1),
        ("pros", 0, 1), ("cons", 0, 1), ("review_url", 1, 1), ("reviewer_images", 0, 1), ("ratings", 1, 1),
        ("products", 1, 1), ("is_spam", 0, 1), ("collection_method", 0, 1), ("transaction_id", 0, 1),
    ],
    "reviewer": [("name", 1, 1), ("reviewer_id", 0, 1)],
    "pros": [("pro", 1, MANY)],
    "cons": [("con", 1, MANY)],
    "reviewer_images": [("reviewer_image", 1, MANY)],
    "reviewer_image": [("url", 1, 1)],
    "ratings": [("overall", 1, 1)],
    "products": [("product", 1, MANY)],
    "product": [("product_ids", 0, 1), ("product_name", 0, 1), ("product_url", 1, 1)],
    "product_ids": [("gtins", 0, 1), ("mpns", 0, 1), ("skus", 0, 1), ("brands", 0, 1)],
    "gtins": [("gtin", 1, MANY)],
    "mpns": [("mpn", 1, MANY)],
    "skus": [("sku", 1, MANY)],
    "brands": [("brand", 1, MANY)],
}  # fmt: skip
LEAVES = {
    "version": "version", "name": "text", "favicon": "url", "review_id": "text", "reviewer_id": "text",
    "review_timestamp": "moment", "title": "text", "content": "text", "pro": "text", "con": "text",
    "review_url": "url", "url": "url", "overall": "decimal", "gtin": "gtin", "mpn": "text", "sku": "text",
    "brand": "text", "product_name": "text", "product_url": "url", "is_spam": "boolean",
    "collection_method": "method", "transaction_id": "text",
}  # fmt: skip
ATTRIBUTES = {"review_url": {"type"}, "overall": {"min", "max"}}  # those that must be there
# element, its kind of text, the element of <review> (or of product_ids) after which it stands
DIFFERENCES = (
    ("is_verified_purchase", "boolean", "reviewer"),
    ("is_incentivized_review", "boolean", "is_verified_purchase"),
    ("review_language", "text", "content"),
    ("review_country", "text", "review_language"),
)


def rules_2_4():
    review = list(RULES_2_2["review"])
    for name, _kind, after in DIFFERENCES:
        at = next(n for n, rule in enumerate(review) if rule[0] == after)
        review.insert(at + 1, (name, 0, 1))
    feed = [rule for rule in RULES_2_2["feed"] if rule[0] != "deleted_reviews"]  # a full file has none
    return {**RULES_2_2, "review": review, "feed": feed}


def faults(body: bytes, rules=None) -> list[str]:
    """What is wrong with a file, as sentences; [] for one that follows the rules."""
    root = ET.fromstring(body)
    found: list[str] = []
    _walk(root, rules or rules_2_4(), found)
    ids = [element.text for element in root.iterfind("reviews/review/review_id")]
    return found + [f"{one} stands twice" for one in sorted({i for i in ids if ids.count(i) > 1})]


def _walk(element, rules, found):
    tag = element.tag
    if tag in rules:
        _children(element, rules[tag], found)
        for child in element:
            _walk(child, rules, found)
        return
    kind = LEAVES.get(tag) or next((k for name, k, _after in DIFFERENCES if name == tag), None)
    if kind is None:
        found.append(f"<{tag}> is not known")
    elif not KINDS[kind].fullmatch(element.text or ""):
        found.append(f"<{tag}> is no {kind}: {element.text!r}")
    elif kind == "moment" and datetime.fromisoformat(element.text).tzinfo is None:
        found.append(f"<{tag}> has no zone")
    if ATTRIBUTES.get(tag, set()) - set(element.attrib):
        found.append(f"<{tag}> lacks {sorted(ATTRIBUTES[tag] - set(element.attrib))}")


def _children(element, rule, found):
    names = [child.tag for child in element]
    order = [name for name, _least, _most in rule]
    found += [f"<{name}> does not belong into <{element.tag}>" for name in names if name not in order]
    known = [order.index(name) for name in names if name in order]
    if known != sorted(known):
        found.append(f"<{element.tag}> has its elements in another order: {names}")
    for name, least, most in rule:
        if names.count(name) < least or (most is not None and names.count(name) > most):
            found.append(f"<{element.tag}> has {names.count(name)} <{name}>")


XS = "{http://www.w3.org/2001/XMLSchema}"


def rules_of_xsd(body: bytes) -> dict:
    """The same table out of the schema itself: to prove that the rules above were copied well."""
    root = ET.fromstring(body)
    types = {one.get("name"): one for one in root.iterfind(f"{XS}complexType")}
    rules: dict = {}

    def walk(name, holder):
        sequence = holder.find(f"{XS}sequence") if holder is not None else None
        if sequence is None:
            return
        rules[name] = [
            (e.get("name"), int(e.get("minOccurs", 1)), MANY if e.get("maxOccurs") == "unbounded" else 1)
            for e in sequence
            if e.tag == f"{XS}element"
        ]
        for e in sequence.iterfind(f"{XS}element"):
            inner = e.find(f"{XS}complexType")
            walk(e.get("name"), inner if inner is not None else types.get(e.get("type", "")))

    feed = root.find(f"{XS}element")
    assert feed is not None
    walk("feed", feed.find(f"{XS}complexType"))
    return rules

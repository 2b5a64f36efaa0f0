"""The product review feed of Google, schema 2.4: all reviews in one file, written as it is sent.

Each file replaces the last: a review that is missing is deleted there, so low stars are always in it. What the rules
do not let in (no text, no address of the product, a phone, mail or web address in the text) is left out, and counted by
reason. Order of elements: developers.google.com/product-review-feeds/schema, read in November 2026.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext_noop as _

VERSION = "2.4"
XSD = f"http://www.google.com/shopping/reviews/schema/product/{VERSION}/product_reviews.xsd"
NO_TEXT = _("stars without words")
NO_ADDRESS = _("the product's page in the shop is not known")
PERSONAL = _("a phone number, a mail or a web address in the text")
ANONYMOUS = "Anonymous"
# XML 1.0 knows no other characters; a feed with one of the rest is refused as a whole.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PERSONAL = re.compile(r"https?://|www\.|\S@\S+\.\w|(?:\+|\b)\d(?:[\s().-]*\d){8,}", re.IGNORECASE)
_GTIN = re.compile(r"[\d -xX]{7,}")  # as the schema has it
_PER_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One review as the feed tells it. ``is_verified`` and ``was_asked`` only by a link of ours; ``order`` its id."""

    id: int
    author: str
    stars: int
    title: str
    text: str
    written_at: datetime
    review_url: str
    product_name: str
    product_url: str
    sku: str = ""
    gtin: str = ""
    mpn: str = ""
    brand: str = ""
    language: str = ""
    country: str = ""
    pros: Sequence[str] = ()
    cons: Sequence[str] = ()
    photos: Sequence[str] = ()
    is_verified: bool = False
    was_paid: bool = False
    was_asked: bool = False
    is_spam: bool = False
    order: str = ""


def why_not(line: Line) -> str:
    """Why a review cannot stand in the feed, as a sentence for people; empty when it can."""
    if not line.text.strip():
        return NO_TEXT
    if not urlsplit(line.product_url).netloc:
        return NO_ADDRESS
    return PERSONAL if _PERSONAL.search(f"{line.title} {line.text}") else ""


def left_out(lines: Iterable[Line]) -> Counter[str]:
    return Counter(reason for line in lines if (reason := why_not(line)))


def written(publisher: str, lines: Iterable[Line]) -> Iterator[bytes]:
    """The file in pieces of two hundred reviews. Without any review the list is left out, as the schema wants it."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns:vc="http://www.w3.org/2007/XMLSchema-versioning"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:noNamespaceSchemaLocation="{XSD}">\n'
        f"<version>{VERSION}</version>\n<publisher>{_element('name', publisher or '–')}</publisher>\n"
    ).encode()
    begun, pieces = False, []
    for line in lines:
        if why_not(line):
            continue
        pieces.append(("" if begun else "<reviews>\n") + _review(line))
        begun = True
        if len(pieces) == _PER_CHUNK:
            yield "".join(pieces).encode()
            pieces = []
    yield ("".join(pieces) + ("</reviews>\n" if begun else "") + "</feed>\n").encode()


def _review(line: Line) -> str:
    name = _clean(line.author)
    anonymous = "" if name else ' is_anonymous="true"'
    written_at = line.written_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "".join([
        "<review>",
        _element("review_id", str(line.id)),
        f"<reviewer><name{anonymous}>{escape(name or ANONYMOUS)}</name></reviewer>",
        _element("is_verified_purchase", _boolean(line.is_verified)),
        _element("is_incentivized_review", _boolean(line.was_paid)),
        _element("review_timestamp", written_at),
        _element("title", line.title),
        _element("content", line.text),
        _element("review_language", line.language),
        _element("review_country", line.country),
        _many("pros", "pro", line.pros),
        _many("cons", "con", line.cons),
        f'<review_url type="group">{escape(line.review_url)}</review_url>',
        _inside("reviewer_images", "".join(f"<reviewer_image>{_element('url', one)}</reviewer_image>"
                                           for one in line.photos)),
        f"<ratings><overall min={quoteattr('1')} max={quoteattr('5')}>{line.stars}</overall></ratings>",
        f"<products><product>{_product(line)}</product></products>",
        _element("is_spam", _boolean(line.is_spam)),
        _element("collection_method", "post_fulfillment" if line.was_asked else "unsolicited"),
        _element("transaction_id", line.order),
        "</review>\n",
    ])  # fmt: skip


def _product(line: Line) -> str:
    gtin = line.gtin if _GTIN.fullmatch(line.gtin) else ""
    ids = "".join([
        _many("gtins", "gtin", [gtin]), _many("mpns", "mpn", [line.mpn]),
        _many("skus", "sku", [line.sku]), _many("brands", "brand", [line.brand]),
    ])  # fmt: skip
    named = _element("product_name", line.product_name)
    return _inside("product_ids", ids) + named + _element("product_url", line.product_url)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text).strip()


def _element(name: str, text: str) -> str:
    """Nothing for an empty text: the schema knows no blank strings."""
    text = _clean(text)
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _many(outer: str, inner: str, texts: Sequence[str]) -> str:
    return _inside(outer, "".join(_element(inner, one) for one in texts))


def _inside(name: str, body: str) -> str:
    return f"<{name}>{body}</{name}>" if body else ""

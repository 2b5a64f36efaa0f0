"""The files of others by their headings: which column says what, and how its days are written.

=============== ============================================================================ =======================
layout          known by                                                                     days
=============== ============================================================================ =======================
Judge.me        ``curated`` or ``metaobject_handle`` (export), ``reviewer_name`` (import)      ISO, or dd/mm/yyyy
Yotpo           ``Review Content`` with ``Review Score``                                      ISO, or yyyy-mm-dd
Okendo          ``Is Verified Buyer`` (export), ``dateCreated`` with ``body`` (template)      ISO
Stamped         ``reviewMessage`` (export), ``published`` with ``created_at`` (template)      ISO, or mm/dd/yyyy
Trustpilot      ``Review Stars`` with ``Review Created (UTC)``                                ISO, UTC
WooCommerce     ``comment_content``                                                          ISO; ``_gmt`` is UTC
=============== ============================================================================ =======================

Sources: the vendors' help pages and public importers, read in November 2026; no file of a live account was seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal

# field of ReviewSeen → headings, the first that the file has and that is not empty counts; small letters
Columns = Mapping[str, Sequence[str]]


class LayoutRefused(Refusal):
    """A table that is none of the six, with a sentence for whoever brought it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """``marks``: sets of headings, one of which the file must have. ``hidden``: words in the column ``state`` by which
    a review was not shown there. ``day_first``: how 03/04/2025 is meant. ``of_store``: its reviews are about the shop.
    """

    source: str
    name: str
    marks: tuple[frozenset[str], ...]
    columns: Columns
    hidden: frozenset[str] = field(default=frozenset())
    day_first: bool = False
    of_store: bool = False


def _marks(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one.split(" + ")) for one in sets)


LAYOUTS = (
    Layout(
        "judgeme", "Judge.me", _marks("curated + reviewer_name", "metaobject_handle", "reviewer_name + review_date"),
        {
            "external_id": ("id", "review_id"), "title": ("title",), "text": ("body",), "stars": ("rating",),
            "written_at": ("review_date",), "author": ("reviewer_name",), "email": ("reviewer_email",),
            "product_id": ("product_id",), "handle": ("product_handle",), "reply": ("reply",),
            "replied_at": ("reply_date",), "photos": ("picture_urls",), "state": ("curated",),
            "country": ("location",),
        },
        frozenset({"spam", "not-yet", "not_yet"}), day_first=True,
    ),
    Layout(
        "yotpo", "Yotpo", _marks("review content + review score", "review_content + review_score"),
        {
            "external_id": ("review id", "review_id"), "title": ("review title", "review_title"),
            "text": ("review content", "review_content"), "stars": ("review score", "review_score"),
            "written_at": ("date", "review creation date", "review_creation_date"),
            "author": ("display name", "display_name"), "email": ("email", "user email"),
            "product_id": ("product id", "product_id"), "product_title": ("product title", "product_title"),
            "product_url": ("product url", "product_url"), "reply": ("comment content", "comment_content"),
            "replied_at": ("comment date", "comment creation date"), "sku": ("sku", "product sku"),
            "photos": ("published image url", "published_image_url", "image urls"),
            "state": ("review status", "review_status"), "said_verified": ("verified purchase", "reviewer type"),
        },
        frozenset({"rejected", "unpublished", "pending", "spam"}),
    ),
    Layout(
        "okendo", "Okendo",
        _marks("is verified buyer + rating", "datecreated + body + name", "datecreated + rating + body"),
        {
            "external_id": ("review id", "reviewid"), "title": ("title",), "text": ("body",), "stars": ("rating",),
            "written_at": ("date created", "datecreated"), "author": ("reviewer name", "name"),
            "email": ("reviewer email", "email"), "product_id": ("product id", "productid"),
            "product_title": ("product name", "productname"), "handle": ("handle",), "sku": ("sku",),
            "reply": ("reply", "reply body", "replybody"), "replied_at": ("reply date", "replydatecreated"),
            "photos": ("imageurls", "image urls"), "state": ("status",), "country": ("countrycode", "country code"),
            "said_verified": ("is verified buyer", "isverifiedbuyer"),
        },
        frozenset({"rejected", "pending", "hidden"}),
    ),
    Layout(
        "stamped", "Stamped", _marks("reviewmessage", "review message", "published + created_at + rating"),
        {
            "external_id": ("id", "review id", "reviewid"), "title": ("reviewtitle", "review title", "title"),
            "text": ("reviewmessage", "review message", "body"), "stars": ("reviewrating", "review rating", "rating"),
            "written_at": ("datecreated", "date created", "reviewdate", "created_at"), "author": ("author", "name"),
            "email": ("email",), "product_id": ("productid", "product id", "product_id"),
            "handle": ("product_handle", "producthandle"), "product_title": ("producttitle", "productname"),
            "product_url": ("producturl", "product_url"), "sku": ("productsku", "sku"),
            "reply": ("reviewreply", "review reply", "reply"), "replied_at": ("reviewreplydate", "replied_at"),
            "photos": ("reviewuserphotos", "photos", "image_urls"), "state": ("reviewstate", "published"),
            "country": ("country",), "said_verified": ("reviewverifiedtype", "verified"),
        },
        frozenset({"0", "2", "false", "no", "unpublished", "rejected", "pending", "archived", "spam"}),
    ),
    Layout(
        "trustpilot", "Trustpilot", _marks("review stars + review created (utc)"),
        {
            "external_id": ("review id",), "title": ("review title",), "text": ("review content",),
            "stars": ("review stars",), "written_at": ("review created (utc)",), "author": ("review username",),
            "email": ("review user email",), "reply": ("company reply", "business reply"),
            "replied_at": ("company reply date (utc)", "business reply date (utc)"), "sku": ("product sku", "sku"),
            "product_title": ("product name",), "product_url": ("product url",), "language": ("review language",),
            "state": ("status",), "said_verified": ("source", "source of review"),
        },
        frozenset({"hidden", "removed", "archived", "reported"}), of_store=True,
    ),
    Layout(
        "woocommerce", "WooCommerce", _marks("comment_content"),
        {
            "external_id": ("comment_id",), "text": ("comment_content",), "stars": ("rating",),
            "written_at": ("comment_date_gmt", "comment_date"), "author": ("comment_author",),
            "email": ("comment_author_email",), "product_id": ("comment_post_id",),
            "sku": ("product_sku",), "product_title": ("product_title", "post_title"), "title": ("review_title",),
            "state": ("comment_approved",), "parent": ("comment_parent",), "said_verified": ("verified",),
        },
        frozenset({"0", "spam", "trash", "hold"}),
    ),
)  # fmt: skip


def layout_of(headings: Sequence[str]) -> Layout:
    """The layout that a table's headings name. Raises LayoutRefused."""
    known = {" ".join(heading.lower().split()) for heading in headings}
    for layout in LAYOUTS:
        if any(mark <= known for mark in layout.marks):
            return layout
    names = ", ".join(layout.name for layout in LAYOUTS)
    raise LayoutRefused(_("These headings are of none of the files that we can read: %(names)s."), names=names)

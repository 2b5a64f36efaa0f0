"""Rows of a file of reviews, checked one by one: a review, or a sentence why not."""

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _

from feedback.importing.layouts import Layout, layout_of
from shelf import tables
from shelf.emails import normalise_email
from shelf.reasons import Reason, Refusal

MOST_WORDS = 20_000  # characters; a longer text is no review
MOST_PHOTOS = 5
NO_STARS = _("“%(typed)s” is no rating from 1 to 5.")
NO_DAY = _("“%(typed)s” is no day that we can read.")
IN_FUTURE = _("It was written on a day that is still to come.")
TOO_LONG = _("The text is longer than %(most)s characters.")
NO_PRODUCT = _("It does not say which product it is about.")
TWICE = _("Another row of this file has the same number.")
_TAG = re.compile(r"<[^>]{0,500}>")
_BREAK = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)
_DAYS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%b %d, %Y")
_DAY_FIRST = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")
_MONTH_FIRST = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")


@dataclass(frozen=True, slots=True)
class ReviewSeen:
    """A review as another system kept it. ``written_at`` is aware; texts are plain, without tags.

    Its product is named by the shop's id, a handle (the end of its address), a SKU or a title; none: about the shop.
    ``said_verified`` is what the other side said of the buyer: kept, and never shown as ours.
    """

    source: str
    external_id: str
    stars: int
    title: str
    text: str
    author: str
    email: str
    written_at: datetime
    product_id: str = ""
    handle: str = ""
    sku: str = ""
    product_title: str = ""
    reply: str = ""
    replied_at: datetime | None = None
    photos: tuple[str, ...] = ()
    language: str = ""
    country: str = ""
    is_shown: bool = True
    said_verified: bool = False

    @property
    def is_about_store(self) -> bool:
        return not (self.product_id or self.handle or self.sku or self.product_title)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """``line`` as an editor counts it; ``raw`` is the row as it stands in the file."""

    line: int
    reason: Reason
    raw: dict[str, str]


class RowRefused(Refusal):
    """One row, not the file."""


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """A file of one of the six layouts, walked once. ``rows``: how many it has."""

    layout: Layout
    table: tables.Table
    zone: ZoneInfo

    @classmethod
    def opened(cls, file: bytes | Path, zone: ZoneInfo) -> "ReviewFile":
        """Raises ``tables.BadTable`` or ``LayoutRefused`` when the file as a whole cannot be used."""
        table = tables.read_table(file, tables.LARGE if isinstance(file, Path) else tables.DEFAULT)
        return cls(layout_of(table.columns), table, zone)

    def count(self) -> int:
        return sum(1 for _row in self.table.records())

    def read(self, now: datetime) -> Iterator[tuple[int, ReviewSeen | RefusedRow, dict[str, str]]]:
        """(line, what it says, the row). A WooCommerce row that answers another is that one's reply, and is no review
        of its own."""
        replies = self._replies()
        seen: set[str] = set()
        for line, cells in self.table.records():
            row = self._row(cells)
            if row.get("parent", "0") not in ("", "0"):
                continue
            try:
                review = self._review(row, replies, now)
                if review.external_id in seen:
                    raise RowRefused(TWICE)
            except RowRefused as refusal:
                yield line, RefusedRow(line, refusal.reason, self._raw(cells)), self._raw(cells)
            else:
                seen.add(review.external_id)
                yield line, review, self._raw(cells)

    def _raw(self, cells: list) -> dict[str, str]:
        return {name: str(value)[:2000] for name, value in tables.named(self.table.columns, cells).items()}

    def _row(self, cells: list) -> dict[str, str]:
        """field → what stands there, the first heading that is filled counts."""
        by_heading = {
            " ".join(name.lower().split()): _written(value)
            for name, value in tables.named(self.table.columns, cells).items()
        }
        found = {}
        for name, headings in self.layout.columns.items():
            found[name] = next((by_heading[h] for h in headings if by_heading.get(h)), "")
        if self.layout.source == "woocommerce" and by_heading.get("comment_date_gmt"):
            found["is_utc"] = "1"
        return found

    def _replies(self) -> dict[str, tuple[str, datetime | None]]:
        """Comment's number → the answer to it and its day; only WooCommerce keeps them in rows of their own."""
        if "parent" not in self.layout.columns:
            return {}
        found: dict[str, tuple[str, datetime | None]] = {}
        for _line, cells in self.table.records():
            row = self._row(cells)
            if row["parent"] not in ("", "0"):
                found.setdefault(row["parent"], (plain(row["text"]), self._day(row, "written_at", strict=False)))
        return found

    def _review(self, row: dict[str, str], replies: dict, now: datetime) -> ReviewSeen:
        text, title = plain(row["text"]), plain(row["title"]) if row.get("title") else ""
        if len(text) > MOST_WORDS:
            raise RowRefused(TOO_LONG, most=MOST_WORDS)
        written_at = self._day(row, "written_at")
        assert written_at is not None
        if written_at > now + timedelta(days=1):
            raise RowRefused(IN_FUTURE)
        reply, replied_at = replies.get(row["external_id"], ("", None))
        review = ReviewSeen(
            source=self.layout.source,
            external_id=row["external_id"][:100] or _fingerprint(row),
            stars=_stars(row["stars"]),
            title=title[:300],
            text=text,
            author=plain(row["author"])[:120],
            email=normalise_email(row["email"]) or "",
            written_at=written_at,
            product_id=row.get("product_id", "")[:100],
            handle=row.get("handle", "") or _handle(row.get("product_url", "")),
            sku=row.get("sku", "")[:100],
            product_title=row.get("product_title", "")[:300],
            reply=plain(row.get("reply", "")) or reply,
            replied_at=self._day(row, "replied_at", strict=False) or replied_at,
            photos=_photos(row.get("photos", "")),
            language=row.get("language", "")[:2].lower(),
            country=row["country"].upper() if len(row.get("country", "")) == 2 else "",
            is_shown=row.get("state", "").lower() not in self.layout.hidden,
            said_verified=_means_verified(row.get("said_verified", "")),
        )
        if review.is_about_store and not self.layout.of_store:
            raise RowRefused(NO_PRODUCT)
        return review

    def _day(self, row: dict[str, str], name: str, *, strict: bool = True) -> datetime | None:
        typed = row.get(name, "")
        found = _read_day(typed, self.layout.day_first)
        if found is None and strict:
            raise RowRefused(NO_DAY, typed=typed[:60])
        if found is None or found.tzinfo:
            return found
        is_utc = bool(row.get("is_utc")) or self.layout.of_store
        return found.replace(tzinfo=UTC if is_utc else self.zone).astimezone(UTC)


def plain(text: str) -> str:
    """Without tags and entities: paragraphs stay lines. What looks like a tag after that is somebody's text."""
    broken = _TAG.sub("", _BREAK.sub("\n", text.replace("\0", "")))
    lines = (" ".join(line.split()) for line in html.unescape(broken).splitlines())
    return "\n".join(line for line in lines if line)


def _written(value) -> str:
    return value.isoformat(sep=" ") if hasattr(value, "isoformat") else str(value).strip()


def _fingerprint(row: dict[str, str]) -> str:
    """Of a row without a number: the same row is the same review, in whichever file it comes again."""
    told = [row.get(name, "") for name in ("product_id", "handle", "sku", "author", "email", "written_at", "text")]
    return hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:32]


def _stars(typed: str) -> int:
    try:
        number = float(typed.replace(",", ".").split("/")[0])
    except ValueError:
        raise RowRefused(NO_STARS, typed=typed[:60]) from None
    if not 1 <= number <= 5 or number != int(number):
        raise RowRefused(NO_STARS, typed=typed[:60])
    return int(number)


def _read_day(typed: str, day_first: bool) -> datetime | None:
    """Naive where the file names no offset."""
    typed = typed.strip().removesuffix(" UTC") + ("+00:00" if typed.strip().endswith(" UTC") else "")
    try:
        return datetime.fromisoformat(typed)
    except ValueError:
        pass
    for form in (*_DAYS, *(_DAY_FIRST if day_first else _MONTH_FIRST), *_DAY_FIRST):
        try:
            return datetime.strptime(typed, form)  # noqa: DTZ007 - the file's zone is put in by the caller
        except ValueError:
            continue
    return None


def _handle(url: str) -> str:
    return url.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2][:300] if url else ""


def _photos(typed: str) -> tuple[str, ...]:
    found = [one for one in re.split(r"[\s,;|]+", typed) if one.startswith("https://") and len(one) <= 500]
    return tuple(dict.fromkeys(found))[:MOST_PHOTOS]


def _means_verified(typed: str) -> bool:
    return typed.lower() in {"1", "2", "true", "yes", "verified", "verified_buyer", "verified buyer", "invitation"}

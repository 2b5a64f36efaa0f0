"""What the public pages of reviews show: scores that are kept, one page of reviews by keyset, notes and questions.

A page makes the same few queries whether a product has three reviews or a million: nothing is counted here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from feedback.importing import LAYOUTS
from feedback.models import Note, Question, Refused, Review, ReviewPhoto, Score
from feedback.models.showing import STARS
from shelf import formats, keyset

PAGE = 20
IN_FRAME = 6
MOST_NOTES, MOST_QUESTIONS = 5, 30
SOURCES = {layout.source: layout.name for layout in LAYOUTS}
# how a list may be ordered: its word in the address → its label, its order (each has an index)
ORDERS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("Newest"), ("-published_at", "-id")),
    "helpful": (_("Most helpful"), ("-helpful", "-published_at", "-id")),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many reviews have one star, two … five."""

    stars: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)

    @property
    def count(self) -> int:
        return sum(self.stars)

    @property
    def sum(self) -> int:
        return sum(n * many for n, many in enumerate(self.stars, start=1))

    @property
    def mean(self) -> Decimal:
        """The plain mean, two places, halves up; 0 without a review."""
        exact = Decimal(self.sum) / self.count if self.count else Decimal(0)
        return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def rounded(self) -> int:
        """Whole stars, halves up."""
        return int(self.mean.quantize(Decimal(1), ROUND_HALF_UP))

    def share(self, stars: int) -> int:
        """Per cent of all that a bar is long; what is there is seen."""
        many = self.stars[stars - 1]
        return max(1, round(100 * many / self.count)) if many else 0


NOTHING = Tally()


def tally_of(row: Score | None) -> Tally:
    return Tally(tuple(getattr(row, name) for name in STARS)) if row else NOTHING  # type: ignore[arg-type]


def tallies(product_ids: Sequence[int]) -> dict[int, Tally]:
    """One query; a product without reviews has the empty one."""
    rows = {row.product_id: tally_of(row) for row in Score.objects.filter(product__in=product_ids)}
    return {pk: rows.get(pk, NOTHING) for pk in product_ids}


def store_tally(store_id: int) -> Tally:
    return tally_of(Score.objects.filter(store=store_id, product=None).first())


def refused(store_id: int) -> list[tuple[str, int]]:
    """(reason in words, how many) for every reason there is, those that never happened too."""
    counted = dict(Refused.objects.filter(store=store_id).values_list("reason", "count"))
    return [(label, counted.get(reason, 0)) for reason, label in Review.Reason.choices]


def told(tally: Tally, language: str, urls: Mapping[int, str] | None = None, chosen: int | None = None) -> dict:
    """A tally as the summary draws it, five stars first."""
    return {
        "count": tally.count,
        "mean": tally.mean,
        "mean_text": mean_text(tally, language),
        "rounded": tally.rounded,
        "bars": [
            {
                "stars": n,
                "count": tally.stars[n - 1],
                "share": tally.share(n),
                "url": (urls or {}).get(n, ""),
                "is_chosen": n == chosen,
            }
            for n in (5, 4, 3, 2, 1)
        ],
    }


def mean_text(tally: Tally, language: str) -> str:
    return formats.number(tally.mean, language) if tally.count else ""


# --- Reviews ------------------------------------------------------------------------------------------------------


def published(product_id: int) -> QuerySet[Review]:
    return Review.objects.filter(product=product_id, state=Review.State.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reviews of a product, in which order; ``cursor`` as the page before gave it."""

    stars: int | None = None
    verified: bool = False
    order: str = ""
    cursor: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.stars or self.verified or self.order or self.cursor)


def page_of(product_id: int, wanted: Wanted, size: int = PAGE) -> keyset.Page:
    """One page of published reviews, rows as the pages draw them. Two queries."""
    rows = published(product_id)
    if wanted.stars:
        rows = rows.filter(stars=wanted.stars)
    if wanted.verified:
        rows = rows.filter(badge=Review.Badge.BUYER)
    _label, order = ORDERS.get(wanted.order, ORDERS[""])
    page = keyset.page_after(rows, order, wanted.cursor, size)
    photos = photos_of([review.pk for review in page.rows])
    cards = [card_of(review, photos.get(review.pk, [])) for review in page.rows]
    return keyset.Page(cards, page.next_cursor, page.previous_cursor)


def photos_of(review_ids: Sequence[int]) -> dict[int, list[str]]:
    """The addresses of the photos of these reviews, in their order; the pictures themselves are not read."""
    found: dict[int, list[str]] = {}
    rows = ReviewPhoto.objects.filter(review__in=review_ids).order_by("review", "position")
    for review_id, pk in rows.values_list("review_id", "pk"):
        found.setdefault(review_id, []).append(f"{settings.PUBLIC_URL}{reverse('review-photo', args=[pk])}")
    return found


def card_of(review: Review, photos: Sequence[str] = ()) -> dict[str, Any]:
    """A review as plain data: all that is public of it, and nothing else."""
    return {
        "id": review.pk,
        "stars": review.stars,
        "title": review.headline,
        "text": review.text,
        "author": review.author,
        "written_at": review.created_at,
        "language": review.language,
        "country": review.country,
        "badge": str(review.badge),
        "source": SOURCES.get(review.source, review.source),
        "was_paid": review.is_incentivized,
        "reply": review.reply,
        "replied_at": review.replied_at,
        "helpful": review.helpful,
        "pros": [review.pros] if review.pros else [],
        "cons": [review.cons] if review.cons else [],
        "photos": photos,
    }


# --- Beside them --------------------------------------------------------------------------------------------------


def notes_of(store_id: int, product_id: int | None) -> list[dict[str, Any]]:
    """The newest notes with how many answers caused them and the published reviews among those. Two queries."""
    rows = Note.objects.filter(store=store_id, product=product_id, published_at__isnull=False)
    notes = list(rows.prefetch_related("causes__review").order_by("-published_at", "-pk")[:MOST_NOTES])
    return [_note(note) for note in notes]


def _note(note: Note) -> dict[str, Any]:
    causes = list(note.causes.all())
    shown = [c.review_id for c in causes if c.review and c.review.state == Review.State.PUBLISHED]
    return {"said": note.said, "did": note.did, "count": len(causes), "reviews": shown}


def questions_of(product_id: int) -> list[Question]:
    rows = Question.objects.filter(product=product_id, state=Question.State.ANSWERED)
    return list(rows.order_by(F("answered_at").desc(), "-pk")[:MOST_QUESTIONS])

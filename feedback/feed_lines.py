"""The rows of a store's published reviews as Google's feed tells them, a few hundred at a time."""

from collections.abc import Iterator, Sequence
from itertools import islice

from django.conf import settings
from django.urls import reverse

from feedback.feed import Line
from feedback.models import Review, Site
from feedback.showing import photos_of
from orders.models import Product, Store

CHUNK = 500


def lines_of(store: Store) -> Iterator[Line]:
    """Every published review of a product, whatever its stars. Rows are read by a cursor of the database."""
    site = Site.objects.filter(store=store).first()
    rows = Review.objects.filter(store=store, state=Review.State.PUBLISHED, product__isnull=False)
    wanted = rows.select_related("product", "request").order_by("pk")
    pattern = site.product_url if site else ""
    rows_read = wanted.iterator(chunk_size=CHUNK)
    while part := list(islice(rows_read, CHUNK)):
        photos = photos_of([review.pk for review in part])
        for review in part:
            assert review.product is not None
            yield _line(review, review.product, store.slug, pattern, photos.get(review.pk, ()))


def _line(review: Review, product: Product, slug: str, pattern: str, photos: Sequence[str]) -> Line:
    is_ours = review.badge == Review.Badge.BUYER
    return Line(
        id=review.pk,
        author=review.author,
        stars=review.stars,
        title=review.headline,
        text=review.text,
        written_at=review.created_at,
        review_url=f"{settings.PUBLIC_URL}{reverse('product-reviews', args=[slug, product.pk])}",
        product_name=product.title,
        product_url=product_page(pattern, product),
        sku=product.sku,
        language=review.language,
        country=review.country,
        pros=[review.pros],
        cons=[review.cons],
        photos=photos,
        is_verified=is_ours,
        was_paid=review.is_incentivized,
        was_asked=is_ours,
        order=str(review.request_id or ""),
    )


def product_page(pattern: str, product: Product) -> str:
    """The shop's own page of a product; empty where the shop has not said where those are."""
    if not pattern or ("{sku}" in pattern and not product.sku):
        return ""
    return pattern.replace("{id}", product.external_id).replace("{sku}", product.sku)

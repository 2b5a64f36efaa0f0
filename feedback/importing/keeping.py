"""An import of reviews as a job: read, matched with our products, kept by the part; or only told (dry run)."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from feedback.importing.reading import RefusedRow, ReviewFile, ReviewSeen
from feedback.models import Review, ReviewEvent
from orders.models import Product, Store
from shelf.reasons import Reason, Refusal
from staff import jobs
from staff.models import Job

KIND = "import_reviews"
SIZE = 500
NOT_OURS = _("This store has no product “%(product)s”: neither by the shop's id, nor by SKU, nor by title.")
KNOWN = _("It was imported before.")


def import_reviews(
    store: Store,
    file: bytes | Path,
    *,
    dry_run: bool = False,
    by=None,
    progress: Callable[[Job], None] = lambda job: None,
    now: datetime | None = None,
) -> Job:
    """Keep a file's reviews, or (``dry_run``) only say what would happen; the finished job.

    A review that is there already is reported and stays as it is, so that a file may be read again after a stop. Single
    rows never stop the rest: they are the job's refused rows. Raises Refusal when the file as a whole cannot be read.
    """
    opened = ReviewFile.opened(file, ZoneInfo(store.time_zone))
    digest = hashlib.sha256(file if isinstance(file, bytes) else file.read_bytes()).hexdigest()
    title = f"{store.name}: {opened.layout.name}"
    job = jobs.start(KIND, title, dry_run=dry_run, by=by, store=store.slug, file=digest, source=opened.layout.source)
    try:
        jobs.expect(job, opened.count())
        now = now or timezone.now()
        rows = opened.read(now)
        while part := list(islice(rows, SIZE)):
            go_on = _take(store, job, part, now, dry_run=dry_run)
            progress(job)
            if not go_on:
                return jobs.finish(job, Job.State.CANCELLED)
    except BaseException as error:
        said = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
        jobs.finish(job, Job.State.FAILED, said)
        raise
    return jobs.finish(job)


Read = tuple[int, ReviewSeen | RefusedRow, dict[str, str]]


@transaction.atomic
def _take(store: Store, job: Job, part: Sequence[Read], now: datetime, *, dry_run: bool) -> bool:
    seen = [(line, one, raw) for line, one, raw in part if isinstance(one, ReviewSeen)]
    refused: list[tuple[int, Reason, dict]] = [
        (line, one.reason, raw) for line, one, raw in part if isinstance(one, RefusedRow)
    ]
    products = _products(store, [one for _line, one, _raw in seen])
    source = seen[0][1].source if seen else ""
    known = set(
        Review.objects.filter(store=store, source=source, external_id__in=[one.external_id for _l, one, _r in seen])
        .values_list("external_id", flat=True)
    )  # fmt: skip
    kept = []
    for line, one, raw in seen:
        product = products(one)
        if one.external_id in known:
            refused.append((line, Reason(KNOWN, {}), raw))
        elif product is None and not one.is_about_store:
            refused.append((line, Reason(NOT_OURS, {"product": _name(one)}), raw))
        else:
            kept.append(_row(store, product, one))
    if not dry_run:
        made = Review.objects.bulk_create(kept)
        ReviewEvent.objects.bulk_create(ReviewEvent(review=one, kind=ReviewEvent.Kind.IMPORTED, at=now) for one in made)
    return jobs.note(job, len(kept), sorted(refused, key=lambda row: row[0]))


def _products(store: Store, seen: Sequence[ReviewSeen]) -> Callable[[ReviewSeen], Product | None]:
    """One query for the part: by the shop's id, else by SKU, else by the whole title."""
    ids = {one.product_id for one in seen if one.product_id}
    skus = {one.sku for one in seen if one.sku}
    titles = {one.product_title for one in seen if one.product_title}
    named = Q(external_id__in=ids | {one.handle for one in seen if one.handle}) | Q(sku__in=skus) | Q(title__in=titles)
    found = list(Product.objects.filter(store=store).filter(named).order_by("-pk"))
    by_id = {p.external_id: p for p in found}
    by_sku = {p.sku: p for p in found if p.sku}
    by_title = {p.title: p for p in found}

    def product(one: ReviewSeen) -> Product | None:
        return by_id.get(one.product_id) or by_sku.get(one.sku) or by_id.get(one.handle) or by_title.get(
            one.product_title
        )  # fmt: skip

    return product


def _name(one: ReviewSeen) -> str:
    return (one.product_title or one.sku or one.handle or one.product_id)[:100]


def _row(store: Store, product: Product | None, one: ReviewSeen) -> Review:
    """What was shown there is shown here, whatever its stars; what was not waits for a person."""
    return Review(
        store=store,
        product=product,
        title=product.title if product else "",
        state=Review.State.PUBLISHED if one.is_shown else Review.State.PENDING,
        badge=Review.Badge.IMPORTED,
        published_at=one.written_at if one.is_shown else None,
        source=one.source,
        external_id=one.external_id,
        stars=one.stars,
        headline=one.title,
        text=one.text,
        author=one.author,
        language=one.language,
        country=one.country,
        reply=one.reply,
        replied_at=one.replied_at,
        created_at=one.written_at,
    )

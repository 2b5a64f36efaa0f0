"""Scores of reviews: what keeping them adds to a write among a million reviews, and what a page's look costs."""

import json
import subprocess
import sys
from statistics import median
from time import perf_counter

from bench.ground import Ground
from config.data_folder import ROOT

REVIEWS = 1_000_000
PRODUCTS = 1_000
WRITES = 300
MOST_MILLISECONDS = 5.0


def measure(on: Ground, reviews: int = REVIEWS) -> None:
    env = on.env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "bench.scores", str(reviews)]
    said = subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    told = json.loads(said.splitlines()[-1])
    print(
        f"\nscores: {told['reviews']:,} published reviews of {PRODUCTS:,} products; milliseconds, median and 95 of 100"
    )
    for name in ("write", "edit", "bare", "look"):
        half, most = told[name]
        print(f"  {half:6.2f} {most:6.2f}  {WORDS[name]}")
    print(f"  the kept score is what counting gives: {'yes' if told['true'] else 'NO'}")
    print(f"  {told['edit'][0] - told['bare'][0]:6.2f}         what keeping the scores adds to a write")
    print(f"  must: less than {MOST_MILLISECONDS} of it at the median; a page counts no reviews")


WORDS = {
    "write": "one review is written and committed, scores of product and store with it",
    "edit": "one review changes its stars, scores with it",
    "bare": "one review changes what no score depends on",
    "look": "the score and the first twenty reviews of a product are read",
}

FILL = """
INSERT INTO feedback_review (store_id, product_id, title, headline, stars, text, pros, cons, author, language, country,
    helpful, state, doubts, reason, badge, is_incentivized, source, external_id, reply, created_at, updated_at,
    published_at)
SELECT %(store)s, %(first)s + n %% %(products)s, 'Kettle', '', 1 + n %% 5, 'Boils fast, pours well.', '', '', 'Anna',
    'en', 'DE', 0, 'published', '[]', '', 'imported', false, 'bench', n::text, '', now() - n * interval '1 second',
    now(), now() - n * interval '1 second'
FROM generate_series(1, %(reviews)s) n
"""
SCORES = """
INSERT INTO feedback_score (store_id, product_id, one, two, three, four, five)
SELECT store_id, product_id, count(*) FILTER (WHERE stars = 1), count(*) FILTER (WHERE stars = 2),
    count(*) FILTER (WHERE stars = 3), count(*) FILTER (WHERE stars = 4), count(*) FILTER (WHERE stars = 5)
FROM feedback_review WHERE state = 'published' GROUP BY GROUPING SETS ((store_id), (store_id, product_id))
"""


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    from bench.fill import a_store
    from orders.models import Product

    reviews = int(sys.argv[1])
    store = a_store()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE feedback_review, feedback_score CASCADE")
        products = Product.objects.bulk_create(
            Product(store=store, external_id=f"bench-{n}", title=f"Kettle {n}") for n in range(PRODUCTS)
        )
        cursor.execute("ALTER TABLE feedback_review DISABLE TRIGGER USER")
        values = {"store": store.pk, "first": products[0].pk, "products": PRODUCTS, "reviews": reviews}
        cursor.execute(FILL, values)
        cursor.execute("ALTER TABLE feedback_review ENABLE TRIGGER USER")
        cursor.execute(SCORES)
        cursor.execute("VACUUM ANALYZE feedback_review, feedback_score")
    print(json.dumps(told(store, products, reviews)))


def told(store, products, reviews: int) -> dict:
    from django.utils import timezone

    from feedback.models import Review
    from feedback.showing import Wanted, page_of, tallies

    now = timezone.now()
    written = []

    def write(n):
        written.append(
            Review.objects.create(store=store, product=products[n % PRODUCTS], stars=1 + n % 5, text="Boils fast.",
                                  language="en", state="published", created_at=now, published_at=now)
        )  # fmt: skip

    def edit(n):
        Review.objects.filter(pk=written[n].pk).update(stars=5 - n % 5)

    def bare(n):
        Review.objects.filter(pk=written[n].pk).update(helpful=n)

    def look(n):
        tallies([products[n % PRODUCTS].pk])
        page_of(products[n % PRODUCTS].pk, Wanted())

    found = {name: timed(deed) for name, deed in (("write", write), ("edit", edit), ("bare", bare), ("look", look))}
    some = products[7]
    counted = Review.objects.filter(product=some, state="published").count()
    return {**found, "reviews": reviews, "true": tallies([some.pk])[some.pk].count == counted}


def timed(deed) -> tuple[float, float]:
    """(median, 95 of 100) in milliseconds."""
    took = []
    for n in range(WRITES):
        begun = perf_counter()
        deed(n)
        took.append(1000 * (perf_counter() - begun))
    took.sort()
    return round(median(took), 3), round(took[int(0.95 * WRITES)], 3)


if __name__ == "__main__":
    main()

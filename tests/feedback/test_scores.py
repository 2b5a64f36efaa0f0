"""The score of a product is kept with each write, whoever writes, and equals what counting would give."""

import random
from decimal import Decimal

import pytest
from django.db.models import Count

from feedback.models import Review, Score
from feedback.showing import NOTHING, Tally, refused, store_tally, tallies
from tests.builders.reviews import a_product, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def kettle(store):
    return a_product(store)


def stars(product):
    return tallies([product.pk])[product.pk].stars


def test_only_what_is_published_counts(kettle):
    said(kettle, 5)
    said(kettle, 1)
    said(kettle, 3, state="pending")
    said(kettle, 2, state="rejected", reason="off_topic")

    assert stars(kettle) == (1, 0, 0, 0, 1)
    assert store_tally(kettle.store_id).count == 2
    assert [n for _reason, n in refused(kettle.store_id) if n] == [1]


def test_every_way_of_changing_a_review_keeps_the_score(kettle, store):
    other = a_product(store, "Чашка", "772", "C-1")
    review = said(kettle, 5)

    Review.objects.filter(pk=review.pk).update(stars=2)
    assert stars(kettle) == (0, 1, 0, 0, 0)
    Review.objects.filter(pk=review.pk).update(product=other)
    assert (stars(kettle), stars(other)) == ((0,) * 5, (0, 1, 0, 0, 0))
    Review.objects.filter(pk=review.pk).update(state="rejected", reason="abuse")
    assert (stars(other), store_tally(store.pk)) == ((0,) * 5, NOTHING)
    Review.objects.filter(pk=review.pk).update(state="published", reason="")
    assert (stars(other), refused(store.pk)[0][1]) == ((0, 1, 0, 0, 0), 0)
    review.delete()
    assert (stars(other), store_tally(store.pk)) == ((0,) * 5, NOTHING)


def test_a_store_that_goes_takes_its_scores_along(kettle, store):
    said(kettle, 4)

    store.delete()

    assert Score.objects.count() == 0


def test_after_a_hundred_random_writes_the_score_is_what_counting_gives(kettle, store):
    dice, cup = random.Random(8), a_product(store, "Чашка", "772", "C-1")
    rows = [said(dice.choice([kettle, cup]), dice.randint(1, 5), state=dice.choice(["published", "pending"]))
            for _n in range(40)]  # fmt: skip

    for _n in range(60):
        one = dice.choice(rows)
        change = dice.choice([{"stars": dice.randint(1, 5)}, {"state": dice.choice(["published", "pending"])},
                              {"product": dice.choice([kettle, cup, None])}, {"helpful": 3}])  # fmt: skip
        Review.objects.filter(pk=one.pk).update(**change)

    for product in (kettle, cup):
        shown = Review.objects.filter(product=product, state="published")
        counted = dict(shown.order_by().values_list("stars").annotate(n=Count("pk")))
        assert stars(product) == tuple(counted.get(n, 0) for n in range(1, 6))
    assert store_tally(store.pk).count == Review.objects.filter(state="published").count()


def test_the_mean_is_plain_and_halves_go_up():
    assert (Tally((0, 0, 0, 1, 1)).mean, Tally((0, 0, 0, 1, 1)).rounded) == (Decimal("4.50"), 5)
    assert (Tally((1, 0, 0, 0, 2)).mean, Tally((1, 0, 0, 0, 2)).sum) == (Decimal("3.67"), 11)
    assert (NOTHING.mean, NOTHING.share(5), Tally((1, 0, 0, 0, 999)).share(1)) == (0, 0, 1)

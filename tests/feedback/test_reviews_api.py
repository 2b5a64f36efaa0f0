"""Published reviews and scores by API."""

import pytest

from feedback.models import ReviewPhoto
from staff.tokens import make_token
from tests.builders.door import MONDAY
from tests.builders.reviews import a_product, said
from tests.builders.room import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def bearer():
    return {"Authorization": f"Bearer {make_token(person('agent'), 'the shop')}"}


def test_a_shop_reads_published_reviews_of_one_product(client, store, bearer, django_assert_max_num_queries):
    kettle, cup = a_product(store), a_product(store, "Чашка", "772", "C-1")
    first = said(kettle, 2, "Протікає", days_ago=2)
    ReviewPhoto.objects.create(review=first, position=0, data=b"x", created_at=MONDAY)
    said(kettle, 5, badge="imported", source="judgeme")
    said(kettle, 1, state="pending")
    said(cup, 4)

    with django_assert_max_num_queries(8):
        found = client.get(f"/api/v1/reviews/?store={store.slug}&product=771", headers=bearer).json()["results"]

    assert [(one["stars"], one["badge"], one["source"], len(one["photos"])) for one in found] == [
        (5, "imported", "judgeme", 0), (2, "buyer", "asked", 1),
    ]  # fmt: skip


def test_scores_are_told_with_their_plain_mean(client, store, bearer):
    kettle = a_product(store)
    said(kettle, 2)
    said(kettle, 5)
    a_product(store, "Чашка", "772", "C-1")

    assert client.get("/api/v1/scores/", headers=bearer).json()["results"] == [
        {"store": store.slug, "product": "771", "count": 2, "mean": "3.50",
         "one": 0, "two": 1, "three": 0, "four": 0, "five": 1},
    ]  # fmt: skip


def test_without_a_token_nothing_is_told(client):
    assert [client.get(f"/api/v1/{name}/").status_code in (401, 403) for name in ("reviews", "scores")] == [True, True]

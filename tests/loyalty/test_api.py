"""Balances by API."""

import pytest

from loyalty.actions import earn_for_orders
from staff.tokens import make_token
from tests.builders import loyalty as made
from tests.builders.door import MONDAY
from tests.builders.room import person

pytestmark = pytest.mark.django_db


def test_a_shop_reads_what_one_customer_can_spend(client, store, django_assert_max_num_queries):
    made.programme()
    order = made.delivered(store)
    earn_for_orders([order.pk], MONDAY)
    bearer = {"Authorization": f"Bearer {make_token(person('agent'), 'the shop')}"}

    with django_assert_max_num_queries(8):
        found = client.get("/api/v1/points/?email=Olena@Example.com", headers=bearer).json()["results"]

    assert found == [
        {"customer": order.customer_id, "available": 0, "pending": 125, "owed": 0, "expire_at": None},
    ]
    assert client.get("/api/v1/points/?email=nobody@example.com", headers=bearer).json()["results"] == []


def test_without_a_token_nothing_is_told(client):
    assert client.get("/api/v1/points/").status_code in (401, 403)

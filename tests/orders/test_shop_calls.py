"""Telling the shop's own system: by its API where that is possible, else as a task; "confirmed" is its own word."""

import pytest
from django.utils import timezone

from orders.actions import shop_calls
from orders.actions.self_service import note_done_in_shop, request_cancel
from orders.models import OrderRequest
from orders.stores.cancelling import ask_to_cancel
from shelf import safe_http
from tests.builders.room import person
from tests.builders.self_service import asker, placed, policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(store):
    policy(store, cancel="automatic")
    store.url = "https://lavka.myshopify.com"
    store.save()
    store.connection.token = "shpat_1"
    store.connection.save()
    return request_cancel(asker(placed(store)), "changed_mind", "", timezone.now())


def answers(monkeypatch, *said):
    calls = []

    def fetch(method, url, **more):
        calls.append((method, url, more["headers"].get("x-shopify-access-token")))
        one = said[len(calls) - 1]
        if isinstance(one, Exception):
            raise one
        return safe_http.Answer(one, {}, b"")

    monkeypatch.setattr(shop_calls.safe_http, "fetch", fetch)
    return calls


def test_a_shop_with_a_key_is_asked_and_says_so_itself_later(asked, monkeypatch):
    calls = answers(monkeypatch, 200)

    shop_calls.ask_shops()

    asked.refresh_from_db()
    url = "https://lavka.myshopify.com/admin/api/2025-07/orders/1042/cancel.json"
    assert calls == [("POST", url, "shpat_1")]
    assert (asked.shop_state, asked.shop_confirmed_at) == ("asked", None)


def test_a_shop_that_says_no_becomes_a_task_with_the_reason(asked, monkeypatch):
    answers(monkeypatch, 422)

    shop_calls.ask_shops()

    asked.refresh_from_db()
    assert (asked.shop_state, asked.shop_said_why) == ("failed", "The shop answered 422.")
    assert shop_calls.ask_shops() == 0


def test_a_shop_that_does_not_answer_is_asked_again_later(asked, monkeypatch):
    answers(monkeypatch, safe_http.Unreachable("Nobody answered."), 200)

    shop_calls.ask_shops()
    asked.refresh_from_db()
    state, tries = asked.shop_state, asked.shop_tries
    OrderRequest.objects.update(shop_next_at=timezone.now())
    shop_calls.ask_shops()

    asked.refresh_from_db()
    assert (state, tries, asked.shop_state) == ("to_ask", 1, "asked")


def test_where_no_key_is_known_a_person_does_it(store):
    policy(store, cancel="automatic")
    asked = request_cancel(asker(placed(store)), "changed_mind", "", timezone.now())

    note_done_in_shop(asked.pk, person("agent"), timezone.now())

    assert asked.shop_state == "to_do"
    asked.refresh_from_db()
    assert asked.shop_state == "confirmed"


@pytest.mark.parametrize(
    ("source", "url", "token", "number"),
    [
        ("shopify", "https://shop.example", "shpat_1", "7"),  # not the shop's own host: the key would go astray
        ("woocommerce", "https://shop.example", "ck_1", "7"),
        ("woocommerce", "https://shop.example", "ck_1:cs_1", "7/../8"),
        ("opencart", "https://shop.example", "key", "7"),
    ],
)
def test_who_cannot_be_asked_is_not(source, url, token, number):
    assert ask_to_cancel(source, url, token, number) is None

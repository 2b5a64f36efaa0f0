"""What webhooks lost is asked for: a real server on this machine that speaks as the shops document it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events.clocks import drain
from events.models import Event, Poll, Receipt
from orders.models import Order
from tests.builders import shopify, woocommerce
from tests.builders.door import MONDAY
from tests.builders.shop_api import KEY, TOKEN, shop_api
from tests.conftest import connect

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def shop():
    with shop_api() as shop:
        yield shop


@pytest.fixture
def asked_store(store, shop):
    """The store of Shopify, asked where the stand-in listens."""
    return attach(store, store.connection, shop, TOKEN)


@pytest.fixture
def woo(store, shop):
    return attach(store, connect("woocommerce", "woo"), shop, KEY)


def attach(store, connection, shop, token):
    connection.token, connection.options = token, {"private_hosts": ["127.0.0.1"], "address": shop.address}
    connection.save()
    store.connection = connection
    store.save()
    return store


def in_shopify(number, at=MONDAY, **more):
    more = {"customer": shopify.customer(f"n{number}@example.com", id=number, admin_graphql_api_id=None)} | more
    return shopify.order(number, email=f"n{number}@example.com", at=at.isoformat(), **more)


def in_woo(number, at=MONDAY, **more):
    at = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return woocommerce.order(number, email=f"n{number}@example.com", at=at, customer_id=number, **more)


def later(clock, minutes):
    clock.move_to(datetime.now(UTC) + timedelta(minutes=minutes))


def numbers():
    return sorted(Order.objects.values_list("number", flat=True))


def test_an_order_whose_webhook_was_lost_is_found_and_is_news(asked_store, shop):
    shop.orders = [in_shopify(1001)]

    drain("polls")
    drain("receipts")

    assert numbers() == ["#1001"]
    assert Event.objects.get(kind="order.placed").handled_at is None
    assert Poll.objects.values_list("found", "failures", "reason").get() == (1, 0, "")


def test_an_order_that_the_webhook_brought_changes_nothing_when_it_is_asked_for(asked_store, shop, client):
    shop.orders = [in_shopify(1001)]
    body, headers = shopify.delivery(shop.orders[0], "shop-secret")
    client.post("/in/shopify/lavka/", data=body, content_type="application/json", headers=headers)
    drain("receipts")
    before = list(Event.objects.values_list("kind", "key"))

    drain("polls")
    drain("receipts")

    assert (numbers(), list(Event.objects.values_list("kind", "key"))) == (["#1001"], before)


@pytest.mark.parametrize("count", [49, 50, 51, 120])
def test_shopify_is_walked_page_by_page_to_its_end(asked_store, shop, count):
    shop.orders = [in_shopify(1000 + n) for n in range(count)]

    drain("polls")

    assert Receipt.objects.count() == count
    assert len(shop.asked) == (count + 49) // 50
    assert Poll.objects.get().cursor == {"since": MONDAY.isoformat()}


def test_the_next_walk_begins_a_little_before_the_last_one_and_finds_only_what_is_new(asked_store, shop, clock):
    shop.orders = [in_shopify(1001)]
    drain("polls")
    later(clock, 13)
    shop.orders.append(in_shopify(1002, MONDAY - timedelta(minutes=4)))

    drain("polls")

    assert shop.asked[1].query["updated_at_min"] == (MONDAY - timedelta(minutes=5)).isoformat()
    assert (Receipt.objects.count(), Poll.objects.get().found) == (2, 2)


def test_a_changed_order_is_another_version_and_is_read(asked_store, shop, clock):
    shop.orders = [in_shopify(1001)]
    drain("polls")
    later(clock, 13)
    changed = (MONDAY + timedelta(minutes=9)).isoformat()
    shop.orders[0] |= {"updated_at": changed, "cancelled_at": changed, "cancel_reason": "customer"}

    drain("polls")
    drain("receipts")

    assert Order.objects.get().cancel_reason == "customer"


def test_a_page_that_shopify_keeps_no_longer_is_walked_anew(asked_store, shop, clock):
    shop.orders = [in_shopify(1000 + n) for n in range(60)]
    shop.moods = []
    Poll.objects.create(
        connection=asked_store.connection,
        cursor={"since": MONDAY.isoformat(), "walk_at": MONDAY.isoformat(), "page": "gone"},
        began_at=MONDAY,
        next_at=MONDAY,
    )
    shop.moods = [(400, {}, b'{"errors":{"page_info":"Invalid value."}}')]

    drain("polls")

    assert Receipt.objects.count() == 60


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"<html>maintenance</html>", "The body is not valid JSON (Expecting value: line 1 column 1 (char 0))."),
        (b"{}", "The field “orders” is missing, and nothing can be done without it."),
        (b"", "The body is empty."),
    ],
)
def test_of_an_answer_that_is_no_list_of_orders_nothing_is_concluded(asked_store, shop, answer, sentence):
    shop.moods = [(200, {}, answer)]

    drain("polls")

    poll = Poll.objects.get()
    assert (poll.cursor, poll.answered_at, poll.failures, poll.why) == ({}, None, 1, sentence)


def test_one_odd_order_parks_alone_and_holds_back_nobody(asked_store, shop):
    shop.orders = [in_shopify(1001), in_shopify(1002) | {"id": 1.5e18, "admin_graphql_api_id": None}]

    drain("polls")
    drain("receipts")

    assert sorted(Receipt.objects.values_list("state", flat=True)) == ["done", "parked"]
    assert numbers() == ["#1001"]


@pytest.mark.parametrize("count", [49, 50, 51, 120])
def test_woocommerce_is_walked_to_its_end(woo, shop, count):
    shop.orders = [in_woo(200 + n, MONDAY - timedelta(seconds=n)) for n in range(count)]

    drain("polls")

    assert Receipt.objects.count() == count
    assert Poll.objects.get().cursor == {"since": MONDAY.isoformat()}


def test_a_hundred_and_twenty_orders_of_one_second_are_all_found(woo, shop):
    shop.orders = [in_woo(200 + n) for n in range(120)]

    drain("polls")

    assert Receipt.objects.count() == 120


def test_a_change_of_the_year_3609_does_not_carry_the_cursor_there(woo, shop, clock):
    shop.orders = [in_woo(205, MONDAY.replace(year=3609)), in_woo(206)]
    drain("polls")
    later(clock, 13)
    shop.orders.append(in_woo(207, MONDAY + timedelta(minutes=12)))

    drain("polls")

    assert Receipt.objects.count() == 3
    assert Poll.objects.get().cursor == {"since": (MONDAY + timedelta(minutes=12)).isoformat()}


def test_a_key_of_woocommerce_in_the_wrong_form_is_told_and_goes_nowhere(woo, shop):
    woo.connection.token = "cs_two"
    woo.connection.save()

    drain("polls")

    assert shop.asked == []
    assert Poll.objects.get().why.startswith("The API key of WooCommerce is written ck_…:cs_…")

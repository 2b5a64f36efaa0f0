"""Telling the shop's own system, a real server on this machine that speaks as the shops document it.

By its API where that is possible, else as a task; "confirmed" is its own word; a refusal is told, and asked again.
"""

import json
from datetime import UTC, timedelta

import pytest
import time_machine
from django.utils import timezone

from events.clocks import drain
from events.models import Event
from orders.actions import OrderRefused, shop_calls
from orders.actions.self_service import note_done_in_shop, request_cancel, request_change
from orders.models import Order, OrderRequest
from orders.stores.telling import Shop, ask_to_cancel, ask_to_send_to, words_of
from tests.builders import shopify, woocommerce
from tests.builders.door import MONDAY
from tests.builders.room import person
from tests.builders.self_service import asker, door, placed, policy, prove, text
from tests.builders.shop_api import KEY, TOKEN, shop_api
from tests.conftest import connect

pytestmark = pytest.mark.django_db
ELSEWHERE = {"line1": "вул. Велика Васильківська, 100", "name": "Олена Коваль", "city": "Київ", "postcode": "03150"}


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def shop(clock):
    with shop_api() as shop:
        yield shop


@pytest.fixture(params=["shopify", "woocommerce"])
def order(request, store, shop) -> Order:
    """An order of the shop, which was asked for it."""
    is_woo = request.param == "woocommerce"
    store.connection = connect("woocommerce", "woo") if is_woo else store.connection
    store.connection.token = KEY if is_woo else TOKEN
    store.connection.options = {"private_hosts": ["127.0.0.1"], "address": shop.address}
    store.connection.save()
    store.save()
    policy(store, cancel="automatic", change="automatic")
    shop.orders = [_in_woo() if is_woo else shopify.order(1042, at=MONDAY.isoformat())]
    hear()
    return Order.objects.get()


def _in_woo():
    return woocommerce.order(1042, at=MONDAY.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))


def hear():
    drain("polls")
    drain("receipts")


def cancel(order) -> OrderRequest:
    return request_cancel(asker(order), "changed_mind", "", timezone.now())


def state_of(asked) -> str:
    asked.refresh_from_db()
    return asked.shop_state


def has_left(shop):
    shop.orders[0] |= {"fulfillment_status": "fulfilled", "status": "completed"}


def test_a_shop_cancels_and_its_own_word_confirms_it(order, shop, clock):
    clock.move_to(MONDAY + timedelta(minutes=1))
    asked = cancel(order)

    shop_calls.ask_shops()
    told = state_of(asked)
    clock.move_to(MONDAY + timedelta(minutes=21))
    hear()

    assert (told, state_of(asked)) == ("asked", "confirmed")
    assert shop.orders[0].get("cancelled_at") or shop.orders[0]["status"] == "cancelled"


def test_a_shop_sends_it_elsewhere_and_its_own_word_confirms_it(order, shop, clock):
    clock.move_to(MONDAY + timedelta(minutes=1))
    asked = request_change(asker(order), {**order.address, "phone": "", **ELSEWHERE}, "", timezone.now())

    shop_calls.ask_shops()
    told = state_of(asked)
    clock.move_to(MONDAY + timedelta(minutes=21))
    hear()

    order.refresh_from_db()
    assert (told, state_of(asked), order.own_words) == ("asked", "confirmed", {})
    assert order.address["line1"] == "вул. Велика Васильківська, 100"


def test_what_the_shop_refuses_is_told_to_the_customer_and_to_the_agent(client, order, shop):
    asked = cancel(order)
    has_left(shop)

    shop_calls.ask_shops()
    prove(client, order)
    page = text(client.get(f"{door(order, 'cancel')}?lang=en"))
    client.force_login(person("owner"))
    room = text(client.get(f"/admin/orders/orderrequest/{asked.pk}/change/"))

    assert state_of(asked) == "failed"
    assert asked.shop_words in page and "The shop’s own system has not taken it yet" in page
    assert asked.shop_words in room and "Ask the shop again" in room
    assert "order" in asked.shop_words and "<" not in asked.shop_words
    assert Event.objects.filter(kind="order.shop_refused", subject_id=asked.pk).count() == 1


def test_what_the_shop_refused_is_asked_again_when_an_agent_says_so(order, shop):
    asked = cancel(order)
    wanted = shop.orders
    shop.orders = []
    shop_calls.ask_shops()
    said = state_of(asked), asked.shop_said_why

    shop.orders = wanted
    shop_calls.ask_shop_again(asked.pk, None, timezone.now())
    shop_calls.ask_shops()

    assert said == ("failed", "The shop does not know this order.")
    assert (state_of(asked), order.page.blocks["requests"]["cancel"]["stuck"]) == ("asked", False)
    with pytest.raises(OrderRefused, match="does not have to be asked again"):
        shop_calls.ask_shop_again(asked.pk, None, timezone.now())


def test_a_refused_key_says_what_to_do(order):
    asked = cancel(order)
    connection = order.store.connection
    connection.token = connection.token + "x"
    connection.save()

    shop_calls.ask_shops()

    assert (state_of(asked), asked.shop_said_why) == (
        "failed",
        "The shop does not take our key (401). Give its connection a new one.",
    )


def test_a_shop_that_is_down_is_asked_again_later(order, shop, clock):
    asked = cancel(order)
    shop.moods = [(503, {}, b""), (429, {}, b"")]

    states = []
    for minutes in (0, 2, 15):
        clock.move_to(MONDAY + timedelta(minutes=minutes))
        shop_calls.ask_shops()
        states.append((state_of(asked), asked.shop_tries))

    assert states == [("to_ask", 1), ("to_ask", 2), ("asked", 3)]


def test_a_shop_that_stays_away_becomes_a_task(order, shop, clock):
    asked = cancel(order)
    shop.moods = [(503, {}, b"")] * 9

    for hours in range(9):
        clock.move_to(MONDAY + timedelta(hours=2 * hours))
        shop_calls.ask_shops()

    assert (state_of(asked), asked.shop_tries, asked.shop_said_why) == ("failed", 4, "The shop answered 503.")


def test_where_no_key_is_known_a_person_does_it(store):
    policy(store, cancel="automatic")
    asked = cancel(placed(store))

    before = state_of(asked)
    with pytest.raises(OrderRefused, match="cannot be asked by its API"):
        shop_calls.ask_shop_again(asked.pk, None, timezone.now())
    note_done_in_shop(asked.pk, person("agent"), timezone.now())

    assert (before, state_of(asked)) == ("to_do", "confirmed")


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
    shop = Shop(source, url, token)

    assert (ask_to_cancel(shop, number), ask_to_send_to(shop, number, ELSEWHERE)) == (None, None)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"errors": {"base": ["Already cancelled"], "zip": ["is invalid"]}}, "Already cancelled zip: is invalid"),
        ({"errors": "Not\n Found"}, "Not Found"),
        ({"message": "<script>no</script>"}, "no"),
        ([1], ""),
        ({"errors": None}, ""),
    ],
)
def test_a_shops_words_are_read_in_each_of_its_spellings(said, words):
    assert words_of(json.dumps(said).encode()) == words
    assert words_of(b"<html>") == ""

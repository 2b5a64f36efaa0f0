"""Orders by API: who may, what is refused and how it is said, what a repetition does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from campaigns.models import Enrolment
from events.clocks import tick
from events.models import Event
from messaging.models import Message
from orders.models import Order
from staff.models import ApiToken, User
from staff.tokens import make_token

pytestmark = pytest.mark.django_db

URL = "/api/v1/orders/"


@pytest.fixture
def token(store):
    return make_token(User.objects.create_superuser("robot@lavka.example", "x" * 12), "the till")


def order(**overrides):
    return {
        "store": "lavka",
        "external_id": "A-1",
        "number": "A-1",
        "currency": "UAH",
        "total": "1330.00",
        "email": "Olena@Example.com",
        "first_name": "Олена",
        "lines": [{"external_id": "1", "title": "Чайник", "quantity": 2, "price": "625.00"}],
    } | overrides


def post(client, token, data):
    return client.post(URL, data, content_type="application/json", headers={"authorization": f"Bearer {token}"})


def test_a_new_order_is_201_and_the_same_again_is_200_and_the_same_row(client, token):
    first = post(client, token, order())
    again = post(client, token, order())

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    saved = Order.objects.get()
    assert (saved.email, str(saved.total), str(saved.subtotal)) == ("olena@example.com", "1330.00", "1250.00")
    assert Event.objects.filter(kind="order.placed").count() == 1


def test_an_update_without_a_date_leaves_the_date_alone(client, token):
    placed = timezone.now() - timedelta(hours=5)
    post(client, token, order(placed_at=placed.isoformat()))

    post(client, token, order(total="1000.00"))

    saved = Order.objects.get()
    assert (saved.placed_at, saved.total) == (placed, Decimal("1000.00"))
    assert Event.objects.get(kind="order.changed").data["fields"] == ["total"]


def test_an_order_of_last_year_is_history_and_nobody_is_written_to(client, token, journeys):
    answer = post(client, token, order(placed_at="2025-11-22T10:00:00Z"))
    tick()

    assert answer.status_code == 201
    assert (Message.objects.count(), Enrolment.objects.count()) == (0, 0)


def test_an_order_of_now_is_confirmed(client, token, journeys):
    post(client, token, order())
    tick()

    assert Message.objects.get().state == "sent"


WRONG = {
    "no store": ({"store": "nobody"}, {"store": ["Object with slug=nobody does not exist."]}),
    "no number": ({"number": ""}, {"number": ["This field may not be blank."]}),
    "a currency": (
        {"currency": "LUN"},
        {"currency": ["“LUN” is not a currency. Expected a three-letter code such as EUR, USD or UAH."]},
    ),
    "a sum": ({"total": "a lot"}, {"total": ["A valid number is required."]}),
    "an e-mail": ({"email": "olena@"}, {"email": ["This is not an e-mail address."]}),
    "a language": ({"language": "pl"}, {"language": ['"pl" is not a valid choice.']}),
    "a NUL": ({"first_name": "Оле\x00на"}, {"first_name": ["Null characters are not allowed."]}),
    "two lines": (
        {"lines": [{"external_id": "1", "title": "a", "quantity": 1, "price": "1"}] * 2},
        {"lines": ["Two lines have the same external_id."]},
    ),
    "too dear": (
        {"lines": [{"external_id": "1", "title": "a", "quantity": 100_000, "price": "9999999999.99"}]},
        {"lines": {"0": {"price": ["Price times quantity is more than can be kept."]}}},
    ),
    "nobody": (
        {"email": "", "phone": "call me"},
        {
            "email": "Order A-1 has neither an e-mail nor a telephone number that can be read: nobody could be told "
            "about it. Add one in the shop; its next message brings the order in."
        },
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_kept_is_refused_by_field_and_changes_nothing(client, token, name):
    wrong, said = WRONG[name]

    answer = post(client, token, order(**wrong))

    assert (answer.status_code, answer.json()) == (400, said)
    assert not Order.objects.exists()


@pytest.mark.parametrize("body", ["[]", "{", "null", '"x"', ""])
def test_a_body_that_is_no_order_is_a_400(client, token, body):
    assert post(client, token, body).status_code == 400
    assert not Order.objects.exists()


def test_without_a_good_token_nothing_is_said_and_nothing_kept(client, token):
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    expired = post(client, token, order())
    wrong = post(client, "x" * 43, order())
    absent = client.post(URL, order(), content_type="application/json")

    assert [expired.status_code, wrong.status_code, absent.status_code] == [401, 401, 401]
    assert expired.json() == wrong.json() == {"detail": "This token is not valid."}
    assert not Order.objects.exists()


def test_the_list_is_newest_first_and_names_the_link_of_each_page(client, token):
    for number in (1, 2, 3):
        placed = timezone.now() - timedelta(hours=number)
        post(client, token, order(external_id=str(number), number=str(number), placed_at=placed.isoformat()))

    listed = client.get(URL, headers={"authorization": f"Bearer {token}"}).json()["results"]

    assert [row["number"] for row in listed] == ["1", "2", "3"]
    assert client.get(listed[0]["status_url"].partition("8000")[2]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_same_new_order_from_six_threads_is_one_order(store, token):
    def send(_):
        try:
            return post(Client(), token, order()).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(send, range(6)))

    assert answers == [200] * 5 + [201]
    assert (Order.objects.count(), Order.objects.get().customer.stats.orders) == (1, 1)
    assert Event.objects.filter(kind="order.placed").count() == 1

"""Parcels by API: made once, scanned once, refused by field."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from orders.actions import save_orders
from orders.models import Order
from staff.models import User
from staff.tokens import make_token
from tests.builders.door import order_seen
from tracking.models import Checkpoint, Shipment, ShipmentLine

pytestmark = pytest.mark.django_db

URL = "/api/v1/shipments/"


@pytest.fixture
def post(client, store):
    save_orders(store, [order_seen(at=timezone.now())])
    token = make_token(User.objects.create_superuser("robot@lavka.example", "x" * 12), "the warehouse")

    def send(data, path=""):
        headers = {"authorization": f"Bearer {token}"}
        return client.post(URL + path, data, content_type="application/json", headers=headers)

    return send


def shipment(**overrides):
    return {"store": "lavka", "order": "1042", "carrier": "Нова пошта", "number": "20450000000001"} | overrides


def scan(milestone="in_transit", **overrides):
    return {"occurred_at": "2026-11-20T09:00:00Z", "milestone": milestone, "city": "Київ"} | overrides


def test_a_new_parcel_is_201_and_the_same_again_is_200_and_the_same_row(post):
    first, again = post(shipment()), post(shipment(number="2045 0000 0000 01"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["carrier"], Order.objects.get().stage) == ("nova_poshta", "shipped")


def test_a_parcel_without_a_number_is_known_by_its_own_id(post):
    codes = [post(shipment(number="", external_id=name)).status_code for name in ("p1", "p2", "p1")]

    assert codes == [201, 201, 200]
    assert Shipment.objects.count() == 2


def test_what_lies_in_the_parcel_and_when_it_is_expected_is_kept(post):
    post(shipment(estimated_on="2026-11-30", sent=False, lines=[{"line": "line-Чайник", "quantity": 1}]))

    parcel = Order.objects.get().page.blocks["parcels"][0]
    assert (parcel["estimated_on"], parcel["lines"]) == ("2026-11-30", [{"title": "Чайник", "quantity": 1}])
    assert ShipmentLine.objects.get().quantity == 1
    assert Order.objects.get().stage == "packing"


def test_scans_are_added_once_and_the_status_follows_from_all_of_them(post):
    pk = post(shipment()).json()["id"]
    way = [scan("delivered", occurred_at="2026-11-21T10:00:00Z"), scan()]

    first = post(way, f"{pk}/checkpoints/")
    again = post(way[0], f"{pk}/checkpoints/")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["milestone"] == "delivered"
    assert Checkpoint.objects.count() == 2
    assert Event.objects.filter(kind="shipment.delivered").count() == 1
    assert Order.objects.get().stage == "delivered"


def in_two_days():
    return (timezone.now() + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"order": "nobody"}, {"order": ["This store has no such order."]}),
        ({"store": "other"}, {"order": ["This store has no such order."]}),
        ({"number": ""}, {"number": ["Give a tracking number, or an external_id of the parcel."]}),
        ({"url": "javascript:alert(1)"}, {"url": ["Enter a valid URL."]}),
        ({"number": "1" * 101}, {"number": ["Ensure this field has no more than 100 characters."]}),
        (
            {"lines": [{"line": "1", "quantity": 0}]},
            {"lines": {"0": {"quantity": ["Ensure this value is greater than or equal to 1."]}}},
        ),
    ],
)
def test_a_parcel_that_cannot_be_kept_is_refused_by_field(post, wrong, said):
    answer = post(shipment(**wrong))

    assert (answer.status_code, answer.json()) == (400, said)
    assert not Shipment.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"milestone": "teleported"}, "milestone"),
        ({"reason": "boredom"}, "reason"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": in_two_days()}, "occurred_at"),
        ({"message": "x" * 501}, "message"),
    ],
)
def test_a_scan_that_cannot_be_kept_is_refused_with_the_whole_list(post, wrong, field):
    pk = post(shipment()).json()["id"]

    answer = post([scan(), scan(**wrong)], f"{pk}/checkpoints/")

    assert answer.status_code == 400
    assert list(answer.json()["1"]) == [field]
    assert not Checkpoint.objects.exists()


def test_a_parcel_that_nobody_made_is_not_found(post):
    assert [post(scan(), f"{pk}/checkpoints/").status_code for pk in ("1", "x", "9" * 30)] == [404, 404, 404]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic eDp5"}])
def test_without_a_token_nothing_is_said(client, post, headers):
    assert client.get(URL, headers=headers).status_code == 401
    assert client.post(URL, shipment(), content_type="application/json", headers=headers).status_code == 401
    assert not Shipment.objects.exists()

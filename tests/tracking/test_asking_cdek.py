"""CDEK signs nothing: with a key its pushes are hints, and what it answers itself is what counts."""

from datetime import UTC, datetime

import pytest
import time_machine

from events import polls
from events.clocks import drain
from events.models import Receipt
from tests.builders import cdek
from tests.builders.carrier_api import LOGIN, carrier_api
from tests.builders.door import knock
from tests.builders.parcels import ship
from tests.conftest import connect
from tracking.carriers import cdek as adapter
from tracking.models import Checkpoint, Shipment

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
NUMBER = "1106321645"
ACCEPTED = ("ACCEPTED", "2026-03-01T12:00:00+0300")
READY = ("ACCEPTED_AT_PICK_UP_POINT", "2026-03-03T12:00:00+0300")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(polls.random, "uniform", lambda low, high: 1.0)
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def stand_in():
    with carrier_api() as stand_in:
        yield stand_in


def attach(stand_in, token=LOGIN):
    connection = connect("cdek", "parcels", "the-secret")
    connection.token = token
    connection.options = {"private_hosts": ["127.0.0.1"], "address": stand_in.address}
    connection.save()


def push(client, code, at="2026-03-03T12:00:00+0300"):
    body, headers = cdek.delivery(cdek.status(code, NUMBER, at), "the-secret")
    headers.pop("?token")
    knock(client, "/in/cdek/parcels/", (body, headers), query_params={"token": "the-secret"})
    drain("receipts")


def ask():
    drain("polls")
    drain("receipts")


def milestone():
    return Shipment.objects.values_list("milestone", flat=True).get()


def test_with_a_key_a_lie_in_the_address_moves_nothing(store, stand_in, client):
    attach(stand_in)
    ship(store, NUMBER, carrier="cdek", at=NOW)
    stand_in.parcels[NUMBER] = cdek.order(ACCEPTED)

    push(client, "DELIVERED")
    ask()

    assert milestone() == "info_received"
    states = dict(Receipt.objects.values_list("topic", "state"))
    assert states == {"ORDER_STATUS": Receipt.State.IGNORED, "order": Receipt.State.DONE}


def test_a_hint_makes_its_parcel_the_next_to_be_asked_about(store, stand_in, client, clock):
    attach(stand_in)
    ship(store, NUMBER, carrier="cdek", at=NOW)
    stand_in.parcels[NUMBER] = cdek.order(ACCEPTED)
    ask()
    later = NOW.replace(hour=10)
    clock.move_to(later)
    stand_in.parcels[NUMBER] = cdek.order(ACCEPTED, READY)

    push(client, READY[0])
    due = Shipment.objects.values_list("ask_at", flat=True).get()
    ask()

    assert (due, milestone()) == (later, "ready_for_pickup")


def test_without_a_key_pushes_are_believed_as_they_come(store, stand_in, client):
    attach(stand_in, token="")
    ship(store, NUMBER, carrier="cdek", at=NOW)

    push(client, READY[0])
    ask()

    assert (milestone(), stand_in.asked) == ("ready_for_pickup", [])


def test_a_hint_of_a_parcel_that_nobody_reported_waits_for_it(store, stand_in, client):
    attach(stand_in)

    push(client, READY[0])

    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.waits_for) == (Receipt.State.PARKED, f"parcel:{NUMBER}")


def test_a_status_is_one_scan_whether_it_was_pushed_or_asked_for(store, stand_in, client):
    attach(stand_in, token="")
    ship(store, NUMBER, carrier="cdek", at=NOW)
    push(client, READY[0], READY[1])
    attach_key = connect("cdek", "second")
    attach_key.token = LOGIN
    attach_key.options = {"private_hosts": ["127.0.0.1"], "address": stand_in.address}
    attach_key.save()
    stand_in.parcels[NUMBER] = cdek.order(ACCEPTED, READY)

    ask()

    assert Checkpoint.objects.count() == 2


def test_nothing_of_the_people_in_an_order_is_kept(store, stand_in):
    attach(stand_in)
    ship(store, NUMBER, carrier="cdek", at=NOW)
    stand_in.parcels[NUMBER] = cdek.order(READY)

    ask()

    assert "Петров" not in bytes(Receipt.objects.get().body).decode()


def test_an_order_that_brings_a_parcel_back_is_of_its_way_back():
    back = cdek.order(
        ("DELIVERED", cdek.AT),
        number="2200000001",
        is_return=True,
        related_entities=[{"type": "direct_order", "cdek_number": NUMBER}],
    )

    (parcel,) = adapter.read("order", {"entity": back})

    assert (parcel.number, parcel.return_number) == (NUMBER, "2200000001")
    assert [(scan.milestone, scan.returning) for scan in parcel.checkpoints] == [("returned", True)]


def test_a_status_that_was_taken_back_retracts_itself():
    told = cdek.order(READY)
    told["statuses"][0]["deleted"] = True

    (parcel,) = adapter.read("order", {"entity": told})

    assert [scan.retracts for scan in parcel.checkpoints] == [True]

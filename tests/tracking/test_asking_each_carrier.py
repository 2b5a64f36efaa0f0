"""What holds for every carrier that is asked, one stand-in for all: news, no news, a bad key, and what goes wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from events import polls
from events.clocks import drain
from events.models import Connection, Poll, Receipt
from tests.builders import cdek, fivepost, meest, nova_poshta, russian_post, ukrposhta, yandex_delivery
from tests.builders.carrier_api import CUT, KEY, LOGIN, carrier_api
from tests.builders.parcels import ship
from tests.conftest import connect
from tracking.carriers import ASKED
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Known:
    """``number`` as the shop writes it, ``asked`` as the carrier is asked; ``told`` is what the stand-in knows."""

    number: str
    asked: str
    told: Any
    other: str  # a number of this carrier that it does not know
    token: str = KEY


KNOWN = {
    "nova_poshta": Known(nova_poshta.NUMBER, nova_poshta.NUMBER, nova_poshta.document("7"), "20400048799002"),
    "russian_post": Known(
        russian_post.NUMBER,
        russian_post.NUMBER,
        russian_post.answer(russian_post.operation(8, 2)),
        "80080080080086",
        LOGIN,
    ),
    "ukrposhta": Known(ukrposhta.NUMBER, ukrposhta.NUMBER, [ukrposhta.event("21700")], "0500100031144"),
    "meest": Known("CV 999002233 UA", meest.NUMBER, [meest.event(9, upu="EDH")], "CV999002234UA"),
    "yandex_delivery": Known(
        yandex_delivery.NUMBER,
        yandex_delivery.NUMBER,
        [yandex_delivery.state("DELIVERY_ARRIVED_PICKUP_POINT")],
        "aa241d8009bb46d0bff5c65a73077bcd-udp",
    ),
    "cdek": Known("1106321645", "1106321645", cdek.order(("ACCEPTED_AT_PICK_UP_POINT", cdek.AT)), "1106321646", LOGIN),
    "fivepost": Known(fivepost.ORDER_ID, fivepost.ORDER_ID, [fivepost.state("PLACED_IN_POSTAMAT")], "1002"),
}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(polls.random, "uniform", lambda low, high: 1.0)
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def stand_in():
    with carrier_api() as stand_in:
        yield stand_in


@pytest.fixture(params=sorted(ASKED))
def carrier(request, stand_in):
    """The slug of a carrier whose connection asks the stand-in, which knows one parcel of it."""
    known = KNOWN[request.param]
    stand_in.parcels[known.asked] = known.told
    attach(request.param, stand_in, known.token)
    return request.param


def attach(source, stand_in, token):
    connection = connect(source, "parcels")
    connection.token = token
    connection.options = {"private_hosts": ["127.0.0.1"], "address": stand_in.address}
    connection.save()


def ask():
    drain("polls")
    drain("receipts")


def milestones():
    return list(Shipment.objects.order_by("pk").values_list("milestone", flat=True))


def test_a_parcel_under_way_is_asked_about_and_moves(store, stand_in, carrier):
    ship(store, KNOWN[carrier].number, carrier=carrier, at=NOW)

    ask()

    assert milestones() == ["ready_for_pickup"]
    assert stand_in.asked == [[KNOWN[carrier].asked]]
    assert Receipt.objects.values_list("state", flat=True).get() == Receipt.State.DONE


def test_told_again_it_is_no_news(store, stand_in, carrier, clock):
    ship(store, KNOWN[carrier].number, carrier=carrier, at=NOW)
    ask()
    clock.move_to(NOW + timedelta(hours=3))

    ask()

    assert len(stand_in.asked) == 2
    assert (Receipt.objects.count(), Poll.objects.get().found) == (1, 1)


def test_a_number_that_it_does_not_know_keeps_nobody_from_being_asked_about(store, stand_in, carrier, clock):
    ship(store, KNOWN[carrier].other, 1, carrier, at=NOW - timedelta(hours=1))
    ship(store, KNOWN[carrier].number, 2, carrier, at=NOW)

    for minutes in (0, 20):  # Russian Post is asked about one at a time
        clock.move_to(NOW + timedelta(minutes=minutes))
        ask()

    assert milestones() == ["pending", "ready_for_pickup"]
    assert Poll.objects.get().failures == 0


def test_a_bad_key_waits_for_a_person_and_nobody_counts_as_asked(store, stand_in, carrier):
    ship(store, KNOWN[carrier].number, carrier=carrier, at=NOW)
    Connection.objects.filter(slug="parcels").update(token="bad:key")

    ask()

    poll = Poll.objects.get()
    assert (poll.refused_at, poll.next_at) == (NOW, NOW + polls.KEY_AGAIN)
    assert poll.why
    assert Shipment.objects.get().asked_at is None


@pytest.mark.parametrize(
    "mood",
    [
        (429, {"Retry-After": "60"}, b"slow down"),
        (500, {}, b"oops"),
        (503, {}, b""),
        (200, {"Content-Type": "text/html"}, b"<html><body>Technical works</body></html>"),
        (200, {"Content-Type": "application/json"}, b'{"odd": true}'),
        (200, {"Content-Type": "application/json"}, b""),
        (CUT, {}, b""),
    ],
    ids=["429", "500", "503", "html", "odd", "empty", "cut"],
)
def test_what_goes_wrong_has_a_reason_loses_nothing_and_is_tried_again(store, stand_in, carrier, clock, mood):
    ship(store, KNOWN[carrier].number, carrier=carrier, at=NOW)
    stand_in.moods = [mood]
    ask()
    first = Poll.objects.get()
    clock.move_to(NOW + timedelta(minutes=1))
    refused = first.refused_at  # 5Post's door to the pass gave none
    if refused:
        clock.move_to(NOW + polls.KEY_AGAIN)

    ask()

    assert first.failures == 1
    assert first.why
    assert (Poll.objects.get().failures, milestones()) == (0, ["ready_for_pickup"])


def test_what_was_answered_before_an_odd_answer_is_kept_and_the_odd_one_comes_next(store, stand_in, clock):
    attach("meest", stand_in, KEY)
    for n in range(3):
        number = f"CV99900223{n}UA"
        stand_in.parcels[number] = [meest.event(606, upu="EMA", parcelNumber=number, barCode="")]
        ship(store, number, n, "meest", at=NOW)
    stand_in.moods = []
    answer_second_with(stand_in, (502, {}, b"<html>"))

    ask()

    assert milestones() == ["picked_up", "pending", "pending"]
    assert (Poll.objects.get().failures, Poll.objects.get().next_at) == (0, NOW + timedelta(minutes=5))
    unasked = Shipment.objects.filter(asked_at=None).order_by("pk")
    assert list(unasked.values_list("number", flat=True)) == ["CV999002231UA", "CV999002232UA"]


def answer_second_with(stand_in, mood):
    """The mood comes after one good answer."""

    class Second(list):
        turn = 0

        def __bool__(self):
            self.turn += 1
            return self.turn == 2

    stand_in.moods = Second([mood])


def test_every_carrier_that_is_asked_is_tried_here():
    assert set(KNOWN) == set(ASKED)

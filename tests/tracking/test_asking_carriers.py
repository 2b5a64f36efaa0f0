"""Carriers that send nothing are asked: a real server on this machine that speaks as they document it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events import polls
from events.clocks import drain
from events.models import Poll, Receipt
from tests.builders import nova_poshta, russian_post
from tests.builders.carrier_api import CUT, KEY, LOGIN, carrier_api
from tests.builders.door import MONDAY, order_seen
from tests.builders.parcels import ship
from tests.conftest import connect
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

HTML = (200, {"Content-Type": "text/html"}, b"<html><body>Technical works</body></html>")
NUMBER = nova_poshta.NUMBER


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(polls.random, "uniform", lambda low, high: 1.0)
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def carrier():
    with carrier_api() as carrier:
        yield carrier


@pytest.fixture
def poshta(carrier):
    return attach("nova_poshta", carrier, KEY)


@pytest.fixture
def post(carrier):
    return attach("russian_post", carrier, LOGIN)


def attach(source, carrier, token, **options):
    connection = connect(source, "parcels")
    connection.token = token
    connection.options = {"private_hosts": ["127.0.0.1"], "address": carrier.address, **options}
    connection.save()
    return connection


def later(clock, **span):
    clock.move_to(datetime.now(UTC) + timedelta(**span))


def ask():
    drain("polls")
    drain("receipts")


def milestones():
    return dict(Shipment.objects.order_by("number").values_list("number", "milestone"))


def poll_now():
    return Poll.objects.get()


def test_a_parcel_under_way_is_asked_about_with_the_recipients_phone_and_moves(store, carrier, poshta):
    ship(store, NUMBER, seen=order_seen(phone="+380501112233"))
    carrier.parcels[NUMBER] = nova_poshta.document("7", scanned="09:00 02.03.2026")

    ask()

    assert milestones() == {NUMBER: "ready_for_pickup"}
    asked = json.loads(carrier.bodies[0])["methodProperties"]["Documents"]
    assert asked == [{"DocumentNumber": NUMBER, "Phone": "380501112233"}]


def test_the_same_answer_twice_is_one_delivery(store, carrier, poshta, clock):
    ship(store, NUMBER)
    carrier.parcels[NUMBER] = nova_poshta.document("5")
    ask()
    later(clock, hours=5)

    ask()

    assert len(carrier.asked) == 2
    assert (Receipt.objects.count(), poll_now().found) == (1, 1)


def test_a_new_status_is_another_delivery_and_the_history_is_ours(store, carrier, poshta, clock):
    parcel = ship(store, NUMBER)
    for code, at in (("1", ""), ("5", "10:00 03.03.2026"), ("7", "11:00 04.03.2026"), ("9", "12:00 05.03.2026")):
        carrier.parcels[NUMBER] = nova_poshta.document(code, scanned=at)
        ask()
        later(clock, hours=30)

    assert milestones() == {NUMBER: "delivered"}
    scans = parcel.checkpoints.order_by("occurred_at").values_list("raw_code", flat=True)
    assert list(scans) == ["1", "1", "5", "7", "9"]


@pytest.mark.parametrize(("count", "calls"), [(1, [1]), (100, [100]), (201, [100, 100, 1])])
def test_a_hundred_numbers_go_in_one_call_and_full_ones_follow_each_other_at_once(store, carrier, poshta, count, calls):
    for n in range(count):
        ship(store, str(20400000000000 + n), n)

    ask()

    assert [len(numbers) for numbers in carrier.asked] == calls
    assert sorted(n for numbers in carrier.asked for n in numbers) == sorted(milestones())


def test_numbers_that_the_carrier_does_not_know_are_no_news_and_asked_again_later(store, carrier, poshta, clock):
    for n in range(10):
        ship(store, str(20400000000000 + n), n)
    for n in range(5):
        number = str(20400000000000 + n)
        carrier.parcels[number] = nova_poshta.document("5", number, scanned="09:00 02.03.2026")
    ask()
    later(clock, hours=2, minutes=1)

    ask()

    assert list(milestones().values()) == ["in_transit"] * 5 + ["pending"] * 5
    assert Receipt.objects.count() == 5
    assert carrier.asked[1] == [str(20400000000000 + n) for n in range(5, 10)]


def test_one_odd_number_does_not_keep_the_others_from_being_asked_about(store, carrier, poshta):
    for n in range(60):
        number = "BAD0000000001" if n == 17 else str(20400000000000 + n)
        ship(store, number, n, "Nova Poshta")
        carrier.parcels[number] = nova_poshta.document("5", number, scanned="09:00 02.03.2026")

    ask()

    assert Receipt.objects.count() == 59
    assert Shipment.objects.filter(asked_at=MONDAY).count() == 60
    assert poll_now().failures == 0


def test_what_is_no_number_at_all_is_never_sent(store, carrier, poshta):
    ship(store, "../../KEYS?X=1", carrier="Nova Poshta")

    ask()

    assert carrier.asked == []
    assert Shipment.objects.get().asked_at == MONDAY


def test_a_service_that_refuses_everything_is_left_alone_after_a_few_calls(store, carrier, poshta):
    for n in range(100):
        ship(store, f"BAD{n}", n, "Nova Poshta")

    ask()

    assert len(carrier.asked) <= 16
    assert poll_now().why == "Nova Poshta answered with an error: “Document number is not correct”."


@pytest.mark.parametrize(
    ("mood", "reason", "wait"),
    [
        ((429, {"Retry-After": "120"}, b"slow down"), "The source answered 429.", timedelta(minutes=2)),
        ((500, {}, b"oops"), "The source answered 500.", timedelta(minutes=1)),
        ((503, {}, b""), "The source answered 503.", timedelta(minutes=1)),
        (HTML, None, timedelta(minutes=1)),
        ((CUT, {}, b""), None, timedelta(minutes=1)),
        ((200, {}, b'{"success": true, "data": "odd"}'), None, timedelta(minutes=1)),
        (
            (200, {}, json.dumps(nova_poshta.error("To many requests")).encode()),
            "Nova Poshta answered with an error: “To many requests”.",
            timedelta(minutes=1),
        ),
    ],
    ids=["429", "500", "503", "html", "cut", "odd", "too many"],
)
def test_what_goes_wrong_has_a_reason_loses_nothing_and_is_tried_again(
    store, carrier, poshta, clock, mood, reason, wait
):
    ship(store, NUMBER)
    carrier.parcels[NUMBER] = nova_poshta.document("5", scanned="09:00 02.03.2026")
    carrier.moods = [mood]
    ask()
    first = poll_now()
    clock.move_to(MONDAY + wait)

    ask()

    assert (first.failures, first.next_at, first.why) == (1, MONDAY + wait, reason or first.why)
    assert first.why
    assert (poll_now().failures, milestones()) == (0, {NUMBER: "in_transit"})


@pytest.mark.parametrize("answer", ["in words", 401, 403])
def test_a_bad_key_waits_for_a_person(store, carrier, poshta, answer):
    ship(store, NUMBER)
    poshta.token = "another" if answer == "in words" else KEY
    poshta.save()
    carrier.moods = [] if answer == "in words" else [(answer, {}, b"")]

    ask()

    poll = poll_now()
    assert (poll.refused_at, poll.next_at) == (MONDAY, MONDAY + polls.KEY_AGAIN)
    assert (Receipt.objects.count(), Shipment.objects.get().asked_at) == (0, None)


def test_when_nothing_is_under_way_nobody_is_asked(store, carrier, poshta):
    ship(store, "1Z999AA10123456784")

    ask()

    assert carrier.asked == []
    assert poll_now().next_at == MONDAY + polls.NOTHING_UNDER_WAY


def test_a_connection_that_names_a_store_asks_about_its_parcels_only(store, carrier, poshta):
    ship(store, NUMBER)
    poshta.options["store"] = "another"
    poshta.save()

    ask()

    assert carrier.asked == []


# --- Russian Post: one number at a time, a hundred a day ----------------------------------------------------------


def test_russian_post_is_asked_about_one_parcel_each_quarter_of_an_hour(store, carrier, post):
    ship(store, russian_post.NUMBER, carrier="Почта России")
    carrier.parcels[russian_post.NUMBER] = russian_post.answer(
        russian_post.operation(1, at="2026-03-01T12:00:00+03:00"),
        russian_post.operation(8, 2, at="2026-03-02T09:00:00+03:00"),
    )

    ask()

    assert milestones() == {russian_post.NUMBER: "ready_for_pickup"}
    assert poll_now().next_at == MONDAY + timedelta(days=1) / 100


def test_who_has_a_larger_contract_asks_more_often(store, carrier):
    attach("russian_post", carrier, LOGIN, a_day=1440)
    ship(store, russian_post.NUMBER, carrier="Почта России")

    ask()

    assert poll_now().next_at == MONDAY + timedelta(minutes=1)


def test_a_number_that_russian_post_refuses_is_parked_with_its_words_once(store, carrier, post, clock):
    ship(store, russian_post.NUMBER, carrier="Почта России")
    ask()
    later(clock, hours=5)

    ask()

    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.reason_values) == (
        Receipt.State.PARKED,
        {"error": "Неверный штриховой идентификатор"},
    )
    assert len(carrier.asked) == 2


def test_russian_post_tells_a_wrong_password_with_500_and_it_waits_for_a_person(store, carrier):
    attach("russian_post", carrier, "login:wrong")
    ship(store, russian_post.NUMBER, carrier="Почта России")

    ask()

    assert (poll_now().refused_at, Receipt.objects.count()) == (MONDAY, 0)


def test_a_key_without_its_second_part_is_told(store, carrier):
    attach("russian_post", carrier, "login")
    ship(store, russian_post.NUMBER, carrier="Почта России")

    ask()

    assert poll_now().why == "The key must have the form “login:password”."
    assert carrier.asked == []


@pytest.mark.parametrize("mood", [HTML, (CUT, {}, b""), (502, {}, b"<html>"), (429, {}, b"")])
def test_a_sick_russian_post_loses_nothing(store, carrier, post, clock, mood):
    ship(store, russian_post.NUMBER, carrier="Почта России")
    carrier.parcels[russian_post.NUMBER] = russian_post.answer(
        russian_post.operation(1, at="2026-03-01T12:00:00+03:00")
    )
    carrier.moods = [mood]
    ask()
    later(clock, minutes=2)

    ask()

    assert milestones() == {russian_post.NUMBER: "picked_up"}

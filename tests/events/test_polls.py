"""Asking sources: leased, outside of transactions, answers and cursor together, patient with what goes wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection as db

from events import inbox, polls
from events.clocks import drain
from events.connections import connect
from events.models import Connection, Poll, Receipt
from events.sources import Delivery, NotAnswered, Polled, Wanted
from shelf import safe_http
from shelf.safe_http import Answer, Blocked, Unreachable
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db

AGAIN = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(polls.random, "uniform", lambda low, high: 1.0)
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def asks(monkeypatch):
    """What the source was asked; ``answer`` is a function of the asking."""

    class Asks(list):
        def answer(self, asking):
            return Polled((Delivery("k1", "t", b"{}"),), {"at": len(self)}, AGAIN)

    asks = Asks()

    def poll(asking):
        asks.append(asking)
        return asks.answer(asking)

    source = replace(inbox.READERS["shopify"], poll=poll, store=lambda batch: [None for _one in batch])
    monkeypatch.setitem(inbox.READERS, "shopify", source)
    return asks


def give_key(source="shopify", slug="lavka", token="key"):
    return connect(source, slug, MONDAY, secret="s", token=token)[0]


def fetches(asks, monkeypatch, *answers):
    """The source's poll fetches one address, which answers thus, one after the other."""
    left = list(answers)

    def fetch(method, url, **sent):
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(safe_http, "fetch", fetch)

    def answer(asking):
        asking.fetch("GET", "https://shop.example/")
        return Polled((), {"came": True}, AGAIN)

    asks.answer = answer


def poll_now():
    return Poll.objects.get()


def test_who_has_a_key_is_asked_and_who_has_none_is_not(asks):
    give_key()
    connect("shopify", "without", MONDAY)

    drain("polls")

    assert [asking.token for asking in asks] == ["key"]
    assert Receipt.objects.values_list("key", "topic", "state").get() == ("k1", "t", "waiting")
    poll = poll_now()
    assert (poll.cursor, poll.next_at, poll.answered_at, poll.found) == ({"at": 1}, MONDAY + AGAIN, MONDAY, 1)


def test_the_next_asking_gets_the_cursor_and_what_is_known_is_not_stored_twice(asks, clock):
    give_key()
    drain("polls")
    clock.move_to(MONDAY + AGAIN)

    drain("polls")

    assert (asks[1].cursor, asks[1].began_at) == ({"at": 1}, MONDAY)
    assert (Receipt.objects.count(), poll_now().found) == (1, 1)


def test_a_paused_connection_is_not_asked(asks):
    Connection.objects.filter(pk=give_key().pk).update(paused_at=MONDAY)

    drain("polls")

    assert asks == []


def test_a_worker_that_dies_while_it_asks_loses_nothing(asks, clock):
    class Killed(BaseException):
        """Not even caught as an error."""

    def dies(asking):
        raise Killed

    usual, asks.answer = asks.answer, dies
    give_key()
    with pytest.raises(Killed):
        polls.ask_due()
    assert poll_now().next_at == MONDAY + polls.LEASE

    asks.answer = usual
    clock.move_to(MONDAY + polls.LEASE)
    drain("polls")

    assert (asks[1].cursor, Receipt.objects.count()) == ({}, 1)


def test_who_has_lost_the_lease_writes_nothing(asks, clock):
    def slow(asking):
        asks.answer = usual
        clock.move_to(MONDAY + polls.LEASE)
        polls.ask_due()
        return Polled((Delivery("stale", "t", b"{}"),), {"stale": True}, AGAIN)

    usual, asks.answer = asks.answer, slow
    give_key()

    polls.ask_due()

    assert (poll_now().cursor, list(Receipt.objects.values_list("key", flat=True))) == ({"at": 2}, ["k1"])


@pytest.mark.django_db(transaction=True)
def test_nobody_is_asked_inside_a_transaction(asks):
    inside = []
    usual = asks.answer
    asks.answer = lambda asking: (inside.append(db.in_atomic_block), usual(asking))[1]
    give_key()

    drain("polls")

    assert inside == [False]


def test_when_the_cursor_cannot_be_written_the_answers_are_not_kept_either(asks, monkeypatch):
    def fails(connection, wanted, now):
        raise RuntimeError

    source = inbox.READERS["shopify"]
    source = replace(source, wanted=lambda connection, now, limit: [Wanted("N1")], asked=fails)
    monkeypatch.setitem(inbox.READERS, "shopify", source)
    give_key()

    with pytest.raises(RuntimeError):
        polls.ask_due()

    assert (Receipt.objects.count(), poll_now().cursor) == (0, {})


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_and_a_new_one_is_tried_at_once(asks, monkeypatch, status):
    give_key()
    fetches(asks, monkeypatch, Answer(status, {}, b""), Answer(200, {}, b""))
    drain("polls")

    poll = poll_now()
    assert (poll.refused_at, poll.why) == (MONDAY, f"The source refused our key ({status}).")
    assert (poll.next_at, poll.cursor) == (MONDAY + polls.KEY_AGAIN, {})
    assert list(polls.in_trouble()) == [poll]

    give_key(token="another")
    drain("polls")

    assert (poll_now().refused_at, poll_now().why, list(polls.in_trouble())) == (None, "", [])


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("2.0", 2), ("Mon, 23 Nov 2026 09:05:00 GMT", 300), ("99999999", 86_400), ("soon", 60), ("", 60)],
)
def test_a_source_that_asks_for_patience_is_given_it(asks, monkeypatch, said, seconds):
    give_key()
    fetches(asks, monkeypatch, Answer(429, {"retry-after": said}, b""))

    drain("polls")

    poll = poll_now()
    assert (poll.next_at, poll.failures) == (MONDAY + timedelta(seconds=seconds), 1)
    assert (poll.cursor, poll.why) == ({}, "The source answered 429.")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Unreachable("Nobody answered in time."), "Nobody answered in time."),
        (Blocked("This is no web address."), "This is no web address."),
        (ValueError("of ours"), "An error on our side: ValueError: of ours"),
        (Answer(500, {}, b""), "The source answered 500."),
        (Answer(302, {}, b""), "The source answered 302."),
        (Answer(200, {}, b"[", cut=True), "The source's answer is longer than 20000000 bytes."),
    ],
)
def test_whatever_goes_wrong_has_a_reason_and_leaves_the_cursor(asks, monkeypatch, error, sentence):
    give_key()
    fetches(asks, monkeypatch, error)

    drain("polls")

    assert (poll_now().cursor, poll_now().why, Receipt.objects.count()) == ({}, sentence, 0)


def test_each_failure_waits_longer_and_the_third_is_trouble(asks, monkeypatch, clock):
    give_key()
    fetches(asks, monkeypatch, *[Unreachable("Nobody.")] * 7)
    waits, troubles = [], []

    for _each in range(7):
        drain("polls")
        waits.append((poll_now().next_at - datetime.now(UTC)).total_seconds())
        troubles.append(polls.in_trouble().count())
        clock.move_to(poll_now().next_at)

    assert waits == [60, 300, 900, 3600, 21600, 21600, 21600]
    assert troubles == [0, 0, 1, 1, 1, 1, 1]


def test_only_the_hosts_that_the_owner_approved_may_be_private(asks, monkeypatch):
    seen = []
    monkeypatch.setattr(
        safe_http, "fetch", lambda method, url, **sent: (seen.append(sent["allow_private"]), Answer(200, {}, b""))[1]
    )

    def answer(asking):
        asking.fetch("GET", "http://shop.lan/")
        asking.fetch("GET", "http://shop.lan.example/")
        return Polled((), {}, AGAIN)

    asks.answer = answer
    Connection.objects.filter(pk=give_key().pk).update(options={"private_hosts": ["Shop.LAN"]})

    drain("polls")

    assert seen == [True, False]


def test_a_source_of_parcels_is_asked_about_those_that_are_wanted_and_told_so(asks, monkeypatch, clock):
    wanted, noted = [[Wanted("N1", "+380501112233"), Wanted("N2")], []], []
    source = replace(
        inbox.READERS["shopify"],
        at_once=2,
        wanted=lambda connection, now, limit: wanted.pop(0)[:limit],
        asked=lambda connection, numbers, now: noted.append((tuple(numbers), now)),
    )
    monkeypatch.setitem(inbox.READERS, "shopify", source)
    give_key()
    drain("polls")
    clock.move_to(MONDAY + AGAIN)

    drain("polls")

    assert [asking.wanted for asking in asks] == [(("N1", "+380501112233"), ("N2", ""))]
    assert noted == [(("N1", "N2"), MONDAY)]
    assert poll_now().next_at == MONDAY + AGAIN + polls.NOTHING_UNDER_WAY


def of_parcels(asks, monkeypatch, *numbers):
    """The source is one of parcels that wants these; who was asked about is noted."""
    noted = []
    source = replace(
        inbox.READERS["shopify"],
        wanted=lambda connection, now, limit: [Wanted(number) for number in numbers],
        asked=lambda connection, numbers, now: noted.append(tuple(numbers)),
    )
    monkeypatch.setitem(inbox.READERS, "shopify", source)
    give_key()
    return noted


def test_a_source_that_stopped_half_way_says_about_whom_it_was_asked(asks, monkeypatch):
    noted = of_parcels(asks, monkeypatch, "N1", "N2", "N3")
    asks.answer = lambda asking: Polled((), {}, AGAIN, asked=("N1", "N2"))

    drain("polls")

    assert noted == [("N1", "N2")]


def test_whoever_stands_first_through_three_failures_waits_his_turn_again(asks, monkeypatch, clock):
    noted = of_parcels(asks, monkeypatch, "N1", "N2")
    fetches(asks, monkeypatch, *[Answer(500, {}, b"")] * 3)
    for minutes in (0, 2, 10):
        clock.move_to(MONDAY + timedelta(minutes=minutes))
        drain("polls")

    assert (noted, poll_now().failures) == ([("N1",)], 3)


def test_a_refused_key_is_no_reason_to_pass_anybody_over(asks, monkeypatch, clock):
    noted = of_parcels(asks, monkeypatch, "N1")
    fetches(asks, monkeypatch, *[Answer(403, {}, b"")] * 4)
    for day in range(4):
        clock.move_to(MONDAY + timedelta(days=day))
        drain("polls")

    assert noted == []


def test_a_page_costs_the_same_few_statements_whatever_is_on_it(asks, django_assert_num_queries):
    asks.answer = lambda asking: Polled(tuple(Delivery(f"k{n}", "t", b"{}") for n in range(300)), {"n": 1}, AGAIN)
    give_key()
    polls._begin(inbox.READERS, MONDAY)

    with django_assert_num_queries(11):
        polls.ask_due()

    assert Receipt.objects.count() == 300


def test_what_a_refusal_of_an_answer_knows():
    odd = NotAnswered(429, timedelta(seconds=2), "The source answered %(status)s.", status=429)

    assert (odd.status, odd.wait, str(odd.reason)) == (429, timedelta(seconds=2), "The source answered 429.")

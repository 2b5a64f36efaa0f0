"""The breaker: a provider in trouble is left alone, and one letter finds out when it is well again."""

import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import requests
import time_machine
from django.db import connection, connections, transaction

from events.models import Event
from messaging import actions
from messaging.actions import breaker
from messaging.channels.email import judge_error
from messaging.channels.smtp import answer_to_body
from messaging.channels.ways import Later, NoWayOut, Refused, Silent, Taken
from messaging.models import Message, Sender
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import mail_server, planned

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def new_process():
    """What a process remembers of its senders."""
    breaker._told_at.clear()
    breaker._in_trouble.clear()


@pytest.fixture
def lavka(db):
    return Sender.objects.create(slug="lavka")


def fail(sender, times, now=NOON, error="421 4.7.0 try again later"):
    for _ in range(times):
        breaker.note(sender.pk, [error], 0, now)
    sender.refresh_from_db()


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


# --- Opening ------------------------------------------------------------------------------------------------------


def test_four_failures_are_bad_luck_and_five_open_the_breaker(lavka):
    fail(lavka, 4)
    before = breaker.state_of(lavka, NOON)
    fail(lavka, 1)

    assert (before, breaker.state_of(lavka, NOON)) == ("closed", "open")
    assert lavka.paused_until == NOON + MINUTE
    assert lavka.why_paused == "The provider failed 5 times in a row. The last time it said: 421 4.7.0 try again later"
    assert kinds() == ["sender.paused"]


def test_a_success_in_between_begins_the_row_anew(lavka):
    fail(lavka, 4)
    breaker.note(lavka.pk, [], 1, NOON)
    fail(lavka, 4)

    assert breaker.state_of(lavka, NOON) == "closed"


def test_failures_among_successes_are_not_in_a_row(lavka):
    for _ in range(20):
        breaker.note(lavka.pk, ["451 busy"] * 6, 58, NOON)

    lavka.refresh_from_db()
    assert lavka.failures == 0


def test_letters_that_were_on_their_way_when_it_opened_say_nothing_new(lavka):
    fail(lavka, 5)
    breaker.note(lavka.pk, ["reset"] * 60, 0, NOON)
    breaker.note(lavka.pk, [], 1, NOON)

    lavka.refresh_from_db()
    assert (lavka.failures, lavka.paused_until) == (5, NOON + MINUTE)


def test_each_failed_try_doubles_the_wait_up_to_a_quarter_of_an_hour(lavka):
    fail(lavka, 5)
    now, waits = NOON, []
    for _ in range(6):
        now = lavka.paused_until
        assert breaker.probes(now) == {lavka.pk}
        fail(lavka, 1, now)
        waits.append((lavka.paused_until - now) / MINUTE)

    assert waits == [2, 4, 8, 15, 15, 15]
    assert kinds() == ["sender.paused"]  # one trouble


def test_waits_are_scaled_for_trials(lavka, settings):
    settings.BACK_OFF_SCALE = 0.01

    fail(lavka, 5)

    assert lavka.paused_until == NOON + timedelta(seconds=0.6)


# --- Trying -------------------------------------------------------------------------------------------------------


def test_nobody_tries_before_the_time_is_over_and_then_only_one(lavka):
    fail(lavka, 5)

    early = breaker.probes(NOON + timedelta(seconds=59))
    first, second = breaker.probes(NOON + MINUTE), breaker.probes(NOON + MINUTE)

    assert (early, first, second) == (set(), {lavka.pk}, set())


def test_a_try_that_found_no_letter_is_given_back(lavka):
    fail(lavka, 5)
    breaker.unused(breaker.probes(NOON + MINUTE))

    assert breaker.probes(NOON + MINUTE) == {lavka.pk}


def test_the_try_of_a_worker_that_died_passes_to_another(lavka):
    fail(lavka, 5)
    breaker.probes(NOON + MINUTE)

    assert breaker.probes(NOON + MINUTE + breaker.PROBE) == {lavka.pk}


def test_a_letter_that_leaves_closes_the_breaker_by_itself(lavka):
    fail(lavka, 5)
    breaker.probes(NOON + MINUTE)
    breaker.note(lavka.pk, [], 1, NOON + MINUTE)

    lavka.refresh_from_db()
    assert (lavka.failures, lavka.paused_until, lavka.why_paused) == (0, None, "")
    assert kinds() == ["sender.paused", "sender.resumed"]


def test_a_letter_that_was_on_its_way_when_it_opened_does_not_close_it(lavka):
    fail(lavka, 5)

    breaker.note(lavka.pk, [], 1, NOON + MINUTE - timedelta(seconds=1))

    lavka.refresh_from_db()
    assert (lavka.failures, lavka.paused_until) == (5, NOON + MINUTE)


def test_a_person_may_close_it_earlier(lavka):
    fail(lavka, 5)

    assert breaker.resume(lavka, by_id=7)
    assert not breaker.resume(lavka, by_id=7)
    assert Event.objects.get(kind="sender.resumed").created_by_id == 7


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_try():
    lavka = Sender.objects.create(slug="lavka", failures=5, paused_until=NOON)
    granted = []

    def work():
        granted.append(breaker.probes(NOON))
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(6)]
    with transaction.atomic():  # all have seen that the way is half open, and reach for it at once
        Sender.objects.select_for_update().get(pk=lavka.pk)
        for worker in workers:
            worker.start()
        wait_for_blocked(6)
    for worker in workers:
        worker.join(10)

    assert sorted(map(len, granted)) == [0, 0, 0, 0, 0, 1]
    assert {lavka.pk} in granted


def wait_for_blocked(count: int) -> None:
    """Until so many sessions of this database wait for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
    )
    for _ in range(3000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.01)
    raise AssertionError(f"fewer than {count} workers reached for it")


# --- What it costs ------------------------------------------------------------------------------------------------


def test_success_after_success_costs_one_look_a_second(lavka, django_assert_num_queries):
    with django_assert_num_queries(1):
        for thousandth in range(999):
            breaker.note(lavka.pk, [], 1, NOON + timedelta(milliseconds=thousandth))


# --- Bad input: what providers answer -----------------------------------------------------------------------------


def answer_of_api(status, **headers):
    error = requests.HTTPError("Too Many Requests")
    error.response = SimpleNamespace(status_code=status, headers=headers, ok=False)
    return judge_error(error)


def test_429_with_retry_after_pauses_exactly_as_long_as_asked(lavka):
    breaker.weigh(lavka.pk, [answer_of_api(429, **{"Retry-After": "37"}), Taken()], NOON)

    lavka.refresh_from_db()
    assert lavka.paused_until == NOON + timedelta(seconds=37)
    assert lavka.why_paused == "The provider asked us to wait: Too Many Requests"


def test_a_shorter_wait_does_not_shorten_a_longer_one(lavka):
    breaker.pause_until(lavka.pk, NOON + 5 * MINUTE, "one")
    breaker.pause_until(lavka.pk, NOON + MINUTE, "two")

    lavka.refresh_from_db()
    assert lavka.paused_until == NOON + 5 * MINUTE


def test_421_five_times_opens_the_breaker(lavka):
    for _ in range(5):
        breaker.weigh(lavka.pk, [answer_to_body(421, "4.7.0 too many connections")], NOON)

    lavka.refresh_from_db()
    assert breaker.state_of(lavka, NOON) == "open"


def test_a_provider_that_hangs_opens_the_breaker(lavka):
    for _ in range(5):
        breaker.weigh(lavka.pk, [Silent("the mail server said nothing for 20 seconds")], NOON)

    lavka.refresh_from_db()
    assert "said nothing for 20 seconds" in lavka.why_paused


def test_a_provider_that_cannot_be_reached_opens_the_breaker(lavka):
    for _ in range(5):
        breaker.weigh(lavka.pk, [NoWayOut("Connection refused")], NOON)

    lavka.refresh_from_db()
    assert breaker.state_of(lavka, NOON) == "open"


def test_a_recipient_that_is_refused_is_no_trouble_of_the_provider(lavka):
    for _ in range(9):
        breaker.weigh(lavka.pk, [Refused("550 no such user"), Later("450 mailbox busy")], NOON)

    lavka.refresh_from_db()
    assert lavka.failures == 0


def test_a_restart_in_the_middle_forgets_nothing(lavka, new_process):
    fail(lavka, 3)
    breaker._in_trouble.clear()
    breaker._told_at.clear()
    fail(lavka, 2)

    assert breaker.state_of(lavka, NOON) == "open"


# --- In the sending loop ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_provider_in_trouble_gets_one_letter_to_try_and_then_all_of_them(store, journeys, settings):
    with time_machine.travel(MONDAY, tick=False) as clock, mail_server(*["451 4.3.2 not now"] * 5) as server:
        Sender.objects.filter(pk=store.sender_id).update(url=server.url, connections=1)
        for number in range(5):
            seen = order_seen(number, email=f"n{number}@example.com", customer_id=str(number))
            planned(save_orders(store, [seen])[0].order, MONDAY)

        actions.send_due()
        opened = Sender.objects.get(pk=store.sender_id).paused_until
        clock.shift(timedelta(seconds=59))
        while_open = actions.send_due()
        clock.shift(timedelta(seconds=2))
        tried = actions.send_due()
        actions.send_due()

    assert opened == MONDAY + MINUTE
    assert (while_open, tried) == (0, 1)
    assert sorted(Message.objects.values_list("state", flat=True)) == ["sent"] * 5
    assert len(server.mails) == 5
    assert Sender.objects.get(pk=store.sender_id).paused_until is None

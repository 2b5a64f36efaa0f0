"""Clocks, heartbeats and nudges: work is found with or without a broker."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from events import clocks, nudges, tasks
from events.clocks import Clock
from events.management.commands.tick import Command
from events.models import Heartbeat
from tests.builders import shopify
from tests.builders.door import MONDAY, knock
from tests.conftest import SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def table():
    kept = list(clocks.CLOCKS.values())
    yield clocks.run_with
    clocks.run_with(kept)


def counting_down(start):
    left = [start]

    def run():
        left[0] -= 1
        return max(left[0], 0)

    return run


def test_a_clock_runs_until_nothing_is_due_and_leaves_a_heartbeat(table):
    table([Clock("sweep", counting_down(4), 5)])

    moved = clocks.drain("sweep")

    assert moved == 3 + 2 + 1
    assert Heartbeat.objects.get(name="sweep").moved == 6


def test_a_second_beat_overwrites_the_first(table):
    table([Clock("sweep", lambda: 0, 5)])

    with time_machine.travel(MONDAY, tick=False):
        clocks.drain("sweep")
    with time_machine.travel(MONDAY + timedelta(seconds=5), tick=False):
        clocks.drain("sweep")

    assert [beat.at for beat in Heartbeat.objects.all()] == [MONDAY + timedelta(seconds=5)]


def broken():
    raise RuntimeError("out of order")


def test_a_clock_that_fails_does_not_hold_up_the_others(table):
    ran = []
    table([Clock("bad", broken, 5), Clock("good", lambda: ran.append(1) or 0, 5)])

    with pytest.raises(RuntimeError, match="out of order") as caught:
        clocks.tick()

    assert ran == [1]
    assert caught.value.__notes__ == ["in the clock “bad”"]


def test_tick_forever_outlives_a_bad_second(table, caplog):
    table([Clock("bad", broken, 5)])

    Command().go_round()

    assert [r.getMessage() for r in caplog.records] == [
        "the work of this second was not done; the next second tries again"
    ]


def test_tick_does_all_due_work_once_and_says_how_much(table, capsys):
    table([Clock("sweep", counting_down(3), 5)])

    call_command("tick")

    assert capsys.readouterr().out == "3 rows moved\n"


def test_a_broker_that_is_away_costs_a_delivery_less_than_a_tenth_of_a_second(client, store, caplog):
    tried = threading.Event()

    def away(name):
        tried.set()
        time.sleep(0.5)
        raise ConnectionError("Redis is away")

    delivery = shopify.delivery(shopify.order(1042), SECRET)
    client.get("/healthz")
    nudges.publish_with(away)
    begun = time.monotonic()
    answer = knock(client, "/in/shopify/lavka/", delivery)
    took = time.monotonic() - begun

    assert answer.status_code == 200
    assert took < 0.1
    assert not tried.is_set()  # the test's own transaction is not over: nobody is woken before the commit


@pytest.mark.django_db(transaction=True)
def test_a_nudge_after_the_commit_wakes_a_worker_and_survives_its_failure(client, store):
    tried = []

    def away(name):
        tried.append(name)
        raise ConnectionError("Redis is away")

    nudges.publish_with(away)
    for number in (1, 2):
        begun = time.monotonic()
        assert knock(client, "/in/shopify/lavka/", shopify.delivery(shopify.order(number), SECRET)).status_code == 200
        assert time.monotonic() - begun < 0.1
        time.sleep(nudges.SPACING_SECONDS + 0.05)

    assert tried == ["receipts", "receipts"]


def test_a_burst_of_nudges_queues_a_clock_once(monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.run_clock, "apply_async", lambda **kwargs: queued.append(kwargs["args"]))
    tasks.cache.delete("nudged:receipts")

    for _ in range(20):
        tasks.publish("receipts")

    assert queued == [("receipts",)]

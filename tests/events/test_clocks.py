"""Clocks, heartbeats and nudges: work is found with or without a broker."""

import queue
import threading
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


def test_nobody_is_woken_before_the_delivery_is_committed(
    client, store, monkeypatch, django_capture_on_commit_callbacks
):
    woken = []
    monkeypatch.setattr(nudges, "nudge", woken.append)

    with django_capture_on_commit_callbacks(execute=True):
        answer = knock(client, "/in/shopify/lavka/", shopify.delivery(shopify.order(1042), SECRET))
        before = list(woken)

    assert (answer.status_code, before, woken) == (200, [], ["receipts"])


@pytest.mark.django_db(transaction=True)
def test_a_delivery_waits_for_no_broker_and_the_next_one_wakes_a_worker_though_the_last_could_not(client, store):
    tried, given_up, away = queue.SimpleQueue(), [], threading.Event()

    def hang(name):
        tried.put(name)
        away.wait(10)
        given_up.append(name)
        raise ConnectionError("Redis is away")

    nudges.publish_with(hang)
    first = knock(client, "/in/shopify/lavka/", shopify.delivery(shopify.order(1), SECRET))
    meanwhile = (tried.get(timeout=10), list(given_up))
    away.set()
    second = knock(client, "/in/shopify/lavka/", shopify.delivery(shopify.order(2), SECRET))

    assert (first.status_code, meanwhile) == (200, ("receipts", []))
    assert (second.status_code, tried.get(timeout=10)) == (200, "receipts")


def test_a_burst_of_nudges_queues_a_clock_once(monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.run_clock, "apply_async", lambda **kwargs: queued.append(kwargs["args"]))
    tasks.cache.delete("nudged:receipts")

    for _ in range(20):
        tasks.publish("receipts")

    assert queued == [("receipts",)]

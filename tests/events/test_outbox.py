"""The outbox: reactions answer every event exactly once, whatever fails, dies or comes late."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from events import outbox, underway
from events.facts import Recorded, record, record_all
from events.models import Event, Heartbeat, OwedReaction, Underway
from orders.events import OrderCancelled, OrderPaid
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db


class Answers:
    """A reaction that writes a row per event, and stumbles over the numbers in ``broken``."""

    __name__ = "answers"

    def __init__(self):
        self.broken, self.dies = set(), None

    def __call__(self, events):
        for event in events:
            if event.data["number"] in self.broken:
                raise RuntimeError(f"{event.data['number']} is too hot")
            Heartbeat.objects.create(name=f"{event.data['number']}:{event.pk}", at=timezone.now())
        if self.dies:
            raise self.dies  # after the effects and before the commit


@pytest.fixture
def answers():
    kept, every = dict(outbox.REACTIONS), list(outbox.EVERY)
    answers = Answers()
    outbox.react_with({"order.cancelled": [answers], "order.paid": []}, [])
    yield answers
    outbox.react_with(kept, every)


def cancelled(*numbers):
    facts = [Recorded(OrderCancelled(number, ""), ("order", n)) for n, number in enumerate(numbers)]
    with transaction.atomic():
        record_all(facts)


def answered():
    return Counter(name.partition(":")[0] for name in Heartbeat.objects.values_list("name", flat=True))


def test_one_event_that_cannot_be_answered_leaves_the_other_nine_answered_once(answers):
    answers.broken = {"n6"}
    cancelled(*(f"n{n}" for n in range(10)))

    taken = outbox.answer_waiting(), outbox.answer_waiting()

    assert taken == (10, 0)
    assert answered() == {f"n{n}": 1 for n in range(10) if n != 6}
    owed = OwedReaction.objects.get()
    assert (owed.event.data["number"], owed.state, owed.attempts) == ("n6", "waiting", 1)
    assert owed.error == "RuntimeError: n6 is too hot"
    assert not Event.objects.filter(handled_at=None).exists()


def test_a_reaction_owed_is_tried_six_times_and_then_waits_for_a_person(answers):
    answers.broken = {"hot"}
    with time_machine.travel(MONDAY, tick=False):
        cancelled("hot")
        outbox.answer_waiting()

    waits, at = [], MONDAY
    for _ in range(5):
        owed = OwedReaction.objects.get()
        waits.append((owed.next_at - at).total_seconds())
        at = owed.next_at
        with time_machine.travel(at, tick=False):
            assert (outbox.pay_owed(), outbox.pay_owed()) == (1, 0)

    assert waits == [5, 30, 120, 600, 3600]
    owed = OwedReaction.objects.get()
    assert (owed.state, owed.attempts) == ("parked", 6)
    with time_machine.travel(at + timedelta(days=30)):
        assert outbox.pay_owed() == 0


def test_a_parked_reaction_is_paid_after_a_replay(answers):
    answers.broken = {"hot"}
    cancelled("hot")
    outbox.answer_waiting()
    OwedReaction.objects.update(state="parked", attempts=6)

    answers.broken = set()
    freed = outbox.replay(OwedReaction.objects.all())
    outbox.pay_owed()

    assert freed == 1
    assert answered() == {"hot": 1}
    assert not OwedReaction.objects.exists()


def test_an_owed_reaction_that_fails_again_leaves_no_effect(answers):
    answers.dies = RuntimeError("too late")  # after its effects
    cancelled("n1")
    outbox.answer_waiting()
    OwedReaction.objects.update(next_at=timezone.now())

    outbox.pay_owed()

    assert (answered(), OwedReaction.objects.get().attempts) == ({}, 2)


def test_a_reaction_that_left_the_tables_is_kept_and_named(answers):
    cancelled("n1")
    OwedReaction.objects.create(event=Event.objects.get(), reaction="old.reactions.greet", next_at=timezone.now())

    outbox.pay_owed()

    assert OwedReaction.objects.get().error == "LookupError: old.reactions.greet is not in the tables any more"


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_effect_and_commit_leaves_nothing_and_loses_nothing(answers):
    cancelled(*(f"n{n}" for n in range(5)))
    answers.dies = KeyboardInterrupt  # the worker is killed
    with pytest.raises(KeyboardInterrupt):
        outbox.answer_waiting()
    assert (answered(), Event.objects.filter(handled_at=None).count()) == ({}, 5)

    answers.dies = None
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):  # then the dead worker's batch is free
        while outbox.answer_waiting():
            pass

    assert answered() == {f"n{n}": 1 for n in range(5)}


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_answer_the_same_event_twice(answers):
    cancelled(*(f"n{n}" for n in range(300)))
    begin = threading.Barrier(2)

    def work(_):
        try:
            begin.wait()
            return sum(iter(lambda: outbox.answer_waiting(limit=17), 0))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(work, range(2)))

    assert sum(taken) == 300
    assert answered() == {f"n{n}": 1 for n in range(300)}


def test_a_batch_that_two_workers_noted_in_the_same_instant_is_counted_once_and_the_second_goes_on(answers):
    cancelled("n1", "n2", "n3")
    first, second, third = Event.objects.order_by("id").values_list("pk", flat=True)
    Event.objects.filter(pk=first).update(handled_at=timezone.now())  # the other worker was quicker
    found = iter([[first], [second, third]])
    worked = []

    def work(piece):
        worked.append(piece.ids)
        return Event.objects.filter(pk__in=piece.ids, handled_at=None).count()

    taken = underway.work_through("events", lambda: next(found), work, timezone.now())

    assert (taken, worked) == (2, [[first], [second, third]])
    assert not Underway.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_that_commits_after_a_younger_one_was_answered_is_not_lost(answers):
    recorded, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            record(OrderCancelled("early", ""), subject=("order", 1))
            recorded.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    recorded.wait(10)
    cancelled("late")
    outbox.answer_waiting()
    assert answered() == {"late": 1}
    go_on.set()
    thread.join()

    outbox.answer_waiting()

    assert answered() == {"early": 1, "late": 1}
    early, late = Event.objects.order_by("id")
    assert (early.data["number"], late.data["number"]) == ("early", "late")


@pytest.mark.django_db(transaction=True)
def test_a_fact_cannot_be_recorded_outside_a_transaction():
    with pytest.raises(RuntimeError, match="open transaction"):
        record(OrderCancelled("n1", ""), subject=("order", 1))

    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_takes_its_facts_with_it():
    def fail():
        with transaction.atomic():
            record(OrderCancelled("n1", ""), subject=("order", 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert not Event.objects.exists()


def test_the_same_key_is_recorded_once_and_other_facts_beside_it(answers):
    twice = Recorded(OrderCancelled("n1", ""), ("order", 1), key="order.cancelled:1")
    with transaction.atomic():
        record_all([twice, Recorded(OrderPaid("n1", "UAH", "5"), ("order", 1))])
        record_all([twice])

    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == ["order.cancelled", "order.paid"]


def test_a_quiet_fact_is_history_that_nobody_answers(answers):
    with transaction.atomic():
        record(OrderCancelled("n1", ""), subject=("order", 1), quiet=True)

    assert outbox.answer_waiting() == 0
    assert answered() == {}

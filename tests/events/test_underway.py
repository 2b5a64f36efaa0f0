"""Work over which workers died: what they left is taken up in parts, and the culprit is put aside."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, transaction

from events import inbox, outbox, patience, underway
from events.models import Event, OwedReaction, Receipt, Underway
from tests.builders import shopify
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """What no `except Exception` catches, as a SIGKILL is caught by nobody."""


@pytest.fixture
def at():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def arrive(store, *numbers):
    for number in numbers:
        body, headers = shopify.delivery(shopify.order(number, f"n{number}@example.com", customer=None))
        inbox.receive(store.connection, f"delivery-{number}", headers["x-shopify-topic"], body)


def read_with(monkeypatch, read):
    monkeypatch.setitem(inbox.READERS, "shopify", replace(inbox.READERS["shopify"], read=read))


def kills_over(number, read):
    def read_or_die(topic, payload):
        if payload["order_number"] == number:
            raise Killed
        return read(topic, payload)

    return read_or_die


def work_until_done(at, most=60):
    """Workers come and go until nothing is left; how many of them died."""
    deaths = 0
    for _ in range(most):
        at.shift(timedelta(seconds=11))
        try:
            inbox.read_waiting()
        except Killed:
            deaths += 1
    return deaths


def test_what_a_living_worker_has_begun_is_not_taken_twice(store, at):
    arrive(store, 1, 2)
    Underway.objects.create(what="receipts", ids=[Receipt.objects.first().pk], tries=1, begun_at=MONDAY)

    assert inbox.read_waiting() == 1
    assert inbox.read_waiting() == 0


def test_what_a_dead_worker_had_begun_is_read_by_the_next(store, at):
    arrive(store, 1, 2, 3)
    ids = list(Receipt.objects.values_list("pk", flat=True))
    Underway.objects.create(what="receipts", ids=ids, tries=1, begun_at=MONDAY - timedelta(seconds=2))

    taken = [inbox.read_waiting() for _ in range(4)]

    assert taken == [1, 1, 1, 0]
    assert set(Receipt.objects.values_list("state", flat=True)) == {"done"}
    assert not Underway.objects.exists()


def test_a_note_is_left_to_its_worker_for_a_second_and_a_suspect_for_ten(at):
    nothing = list
    Underway.objects.create(what="receipts", ids=[1, 2], tries=1, begun_at=MONDAY)
    Underway.objects.create(what="owed", ids=[3], tries=2, begun_at=MONDAY)

    def taken_after(what, seconds):
        piece = underway._take(what, nothing, MONDAY + timedelta(seconds=seconds))
        return piece and (piece.ids, piece.tries)

    assert (taken_after("receipts", 1), taken_after("owed", 10)) == (None, None)
    assert (taken_after("receipts", 1.001), taken_after("owed", 10.001)) == (([1], 1), ([3], 3))


def test_who_was_taken_for_dead_does_not_work_on_what_another_took_over(at):
    slow = underway._take("receipts", lambda: [1], MONDAY)
    quick = underway._take("receipts", list, MONDAY + timedelta(seconds=2))

    with transaction.atomic():
        assert (quick.pk, underway._hold(slow), underway._hold(quick)) == (slow.pk, False, True)


def test_a_receipt_that_kills_its_readers_is_given_up_and_holds_up_nobody(store, at, monkeypatch):
    arrive(store, *range(1, 31))
    read_with(monkeypatch, kills_over(17, inbox.READERS["shopify"].read))

    deaths = work_until_done(at)

    assert deaths == 4  # with the batch, with a part of it, and twice alone
    assert dict(Receipt.objects.exclude(state="done").values_list("key", "state")) == {"delivery-17": "dead"}
    assert Receipt.objects.get(state="dead").reason == "Reading it ended the process of the worker, time after time."
    assert not Underway.objects.exists()


def test_a_receipt_that_was_given_up_is_read_after_the_cure(store, at, monkeypatch):
    arrive(store, 17)
    cured = inbox.READERS["shopify"].read
    read_with(monkeypatch, kills_over(17, cured))
    work_until_done(at, most=10)
    assert Receipt.objects.get().state == "dead"

    read_with(monkeypatch, cured)
    inbox.replay(Receipt.objects.all())
    inbox.read_waiting()

    assert Receipt.objects.get().state == "done"


def test_a_reader_that_never_ends_is_stopped(store, at, monkeypatch):
    arrive(store, 1, 2)
    read = inbox.READERS["shopify"].read

    def read_or_sleep(topic, payload):
        while payload["order_number"] == 1:
            pass
        return read(topic, payload)

    read_with(monkeypatch, read_or_sleep)
    monkeypatch.setattr(patience, "SECONDS", 0.05)
    inbox.read_waiting()

    stuck, fine = Receipt.objects.order_by("key")
    assert (stuck.state, stuck.attempts, fine.state) == ("waiting", 1, "done")
    assert stuck.reason_values == {"error": "TookTooLong: it was stopped because it took too long"}


def test_what_failed_before_is_read_apart_from_what_is_new(store, at):
    arrive(store, 1, 2, 3)
    Receipt.objects.filter(key="delivery-1").update(attempts=1, next_at=MONDAY - timedelta(seconds=1))
    Receipt.objects.filter(key="delivery-3").update(attempts=1)

    assert [inbox.read_waiting() for _ in range(4)] == [1, 1, 1, 0]


def test_an_event_that_kills_its_workers_is_parked_with_its_reactions(at, monkeypatch):
    def greet(events):
        raise Killed

    monkeypatch.setitem(outbox.REACTIONS, "order.placed", [greet])
    monkeypatch.setattr(outbox, "EVERY", [])
    Event.objects.create(kind="order.placed", at=MONDAY)
    for _ in range(2):
        with pytest.raises(Killed):
            outbox.answer_waiting()
        at.shift(timedelta(seconds=11))

    outbox.answer_waiting()

    owed = OwedReaction.objects.get()
    assert (owed.state, owed.error) == ("parked", outbox.DEADLY)
    assert Event.objects.get().handled_at
    assert outbox.answer_waiting() == 0


def test_a_database_that_restarts_again_and_again_makes_no_receipt_a_culprit(store, at, monkeypatch):
    arrive(store, 1)
    settle = inbox._settle

    def cut_short(verdicts, now):
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(inbox, "_settle", cut_short)
    for _ in range(10):
        with pytest.raises(OperationalError):
            inbox.read_waiting()
        at.shift(timedelta(seconds=2))
    monkeypatch.setattr(inbox, "_settle", settle)
    inbox.read_waiting()

    assert Receipt.objects.get().state == "done"
    assert not Underway.objects.exists()

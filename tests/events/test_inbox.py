"""The inbox: what happens to receipts when readers fail, and how they heal."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import gettext_noop

from events import inbox
from events.models import Connection, Heartbeat, Receipt
from events.sources import Envelope, Ignored, Source, Unreadable, Waiting
from shelf.reasons import Reason
from tests.builders.door import MONDAY, outcome
from tests.conftest import connect

pytestmark = pytest.mark.django_db


class Shop:
    """A source that breaks at will: ``broken`` holds the names over which it stumbles."""

    def __init__(self):
        self.broken, self.refused, self.kept, self.calls = set(), {}, [], 0
        source = Source("toy", lambda *_: True, lambda *_: Envelope("k", "t"), self.read, self.store)
        inbox.READERS["toy"] = source

    def read(self, topic, payload):
        if payload["name"] in self.refused:
            raise self.refused[payload["name"]]
        return Ignored(Reason("Of no interest.")) if payload["name"] == "dull" else (payload["name"],)

    def store(self, batch):
        self.calls += 1
        for _receipt, seen in batch:
            Heartbeat.objects.create(name=seen[0], at=timezone.now())  # an effect that a failure must take back
            if seen[0] in self.broken:
                raise RuntimeError(f"{seen[0]} \x00 is too hot")
        self.kept += [seen[0] for _r, seen in batch]
        return [None] * len(batch)


@pytest.fixture
def shop(db):
    yield Shop()
    del inbox.READERS["toy"]


@pytest.fixture
def deliver():
    connection = connect("toy", "one")

    def one(name, **more):
        body = json.dumps({"name": name, **more}).encode()
        key = name.encode("ascii", "replace").decode()
        inbox.receive(connection, key, "t", body)
        return Receipt.objects.get(key=key)

    return one


def test_one_culprit_among_twenty_does_not_hold_up_the_others(shop, deliver):
    receipts = {f"n{n}": deliver(f"n{n}") for n in range(20)}
    shop.broken = {"n13"}

    taken = inbox.read_waiting()

    assert taken == 20
    assert sorted(shop.kept) == sorted(set(receipts) - {"n13"})
    assert Receipt.objects.filter(state="done").count() == 19
    assert outcome(receipts["n13"]) == ("waiting", "An error on our side: RuntimeError: n13 ␀ is too hot")
    assert Heartbeat.objects.count() == 19


def test_the_culprit_is_tried_six_times_with_growing_waits_and_then_given_up(shop, deliver):
    shop.broken = {"hot"}
    with time_machine.travel(MONDAY, tick=False):
        receipt = deliver("hot")

    waits, at = [], MONDAY
    for _ in range(5):
        with time_machine.travel(at, tick=False):
            assert inbox.read_waiting() == 1
            assert inbox.read_waiting() == 0
        receipt.refresh_from_db()
        waits.append((receipt.next_at - at).total_seconds())
        at = receipt.next_at
    with time_machine.travel(at, tick=False):
        inbox.read_waiting()

    assert waits == [1, 5, 30, 300, 1800]
    assert outcome(receipt)[0] == "dead"
    assert (receipt.attempts, receipt.read_at) == (6, at)


def test_a_receipt_given_up_is_read_when_the_bug_is_gone_and_somebody_presses_replay(shop, deliver):
    shop.broken = {"hot"}
    receipt = deliver("hot")
    Receipt.objects.update(attempts=5)
    inbox.read_waiting()
    assert outcome(receipt)[0] == "dead"

    shop.broken = set()
    inbox.replay(Receipt.objects.filter(pk=receipt.pk))
    inbox.read_waiting()

    assert outcome(receipt) == ("done", "")
    assert (receipt.attempts, shop.kept) == (1, ["hot"])


def test_a_refusal_is_parked_at_once_and_read_only_when_asked(shop, deliver):
    shop.refused["odd"] = Unreadable(gettext_noop("“%(value)s” is odd."), value="odd")
    receipt = deliver("odd")

    first, second = inbox.read_waiting(), inbox.read_waiting()

    assert (first, second) == (1, 0)
    assert outcome(receipt) == ("parked", "“odd” is odd.")


def test_what_is_no_business_of_ours_is_ignored_with_its_reason(shop, deliver):
    receipt = deliver("dull")

    inbox.read_waiting()

    assert outcome(receipt) == ("ignored", "Of no interest.")


def test_what_waits_for_something_is_freed_when_that_appears(shop, deliver):
    shop.refused["early"] = Waiting("parcel:X1", "No parcel %(number)s yet.", number="X1")
    receipt = deliver("early")
    inbox.read_waiting()
    assert (outcome(receipt), receipt.waits_for) == (("parked", "No parcel X1 yet."), "parcel:X1")

    shop.refused = {}
    others, freed = inbox.release(["parcel:X2", ""]), inbox.release(["parcel:X1"])
    inbox.read_waiting()

    assert (others, freed) == (0, 1)
    assert outcome(receipt) == ("done", "")


def test_what_appeared_while_a_receipt_was_being_parked_is_found_at_the_second_look(shop, deliver):
    shop.refused["early"] = Waiting("parcel:X1", "No parcel yet.")
    receipt = deliver("early")
    inbox.read_waiting()
    shop.refused = {}  # its release ran before the parking was committed, and found nothing

    at_once = inbox.look_again()
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        later = inbox.look_again()
        inbox.read_waiting()

    assert (at_once, later) == (0, 1)
    assert outcome(receipt) == ("done", "")


def test_a_parcel_that_never_comes_is_not_looked_for_for_ever(shop, deliver):
    shop.refused["lost"] = Waiting("parcel:X1", "No parcel yet.")
    receipt = deliver("lost")

    looks = 0
    for minute in range(10):
        with time_machine.travel(timezone.now() + timedelta(minutes=minute)):
            looks += inbox.look_again()
            inbox.read_waiting()

    assert looks == 2
    assert outcome(receipt) == ("parked", "No parcel yet.")


def test_a_source_that_nobody_reads_any_more_is_parked(shop, deliver):
    receipt = deliver("one")
    Connection.objects.update(source="old-shop")

    inbox.read_waiting()

    assert outcome(receipt) == ("parked", "Nobody here reads this source yet.")


def test_half_of_an_emoji_in_an_error_does_not_stop_the_batch(shop, deliver):
    deliver("fine")
    receipt = deliver("\ud83d")
    shop.broken = {"\ud83d"}

    inbox.read_waiting()

    assert outcome(receipt)[0] == "waiting"
    assert shop.kept == ["fine"]


def test_a_batch_is_stored_in_one_call(shop, deliver):
    for n in range(50):
        deliver(f"n{n}")

    inbox.read_waiting()

    assert (shop.calls, len(shop.kept)) == (1, 50)

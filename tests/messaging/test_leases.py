"""Leases: what a dead or slow worker leaves behind, and who may still move a message."""

from datetime import timedelta

import pytest
import time_machine

from events import clocks, inbox
from messaging import actions
from messaging.actions import claiming, sending
from messaging.channels.calls import InlineWay
from messaging.channels.email import EmailCaller
from messaging.models import LocalMail, Message
from tests.builders import shopify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

NOON = "2026-11-23T10:00:00Z"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def planned(store, orders=1):
    """Confirmations that are due, one per order."""
    for number in range(1001, 1001 + orders):
        order = shopify.order(number, at="2026-11-23T11:59:00+02:00")
        body, headers = shopify.delivery(order)
        inbox.receive(store.connection, headers["x-shopify-webhook-id"], "orders/create", body)
    for name in ("receipts", "events", "journeys"):
        clocks.drain(name)
    return list(Message.objects.order_by("id"))


def send_and_die(during):
    """The worker is killed when it calls this method of its way out."""

    def die(*_):
        raise SystemExit  # what no `except Exception` catches

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*during, die)
        with pytest.raises(SystemExit):
            actions.send_due()


def test_the_batch_of_a_dead_worker_is_free_after_fifteen_seconds(store, noon):
    planned(store, orders=3)
    send_and_die(during=(InlineWay, "take_up"))

    noon.shift(timedelta(seconds=15))
    assert actions.send_due() == 0
    noon.shift(timedelta(seconds=1))
    assert actions.send_due() == 3

    assert LocalMail.objects.count() == 3


def test_a_worker_that_died_during_a_hand_over_leaves_one_unknown_and_its_neighbours_leave(store, noon):
    first, *others = planned(store, orders=3)
    send_and_die(during=(EmailCaller, "send"))

    noon.shift(sending.HAND_OVER + timedelta(seconds=1))
    actions.resolve_unknown()
    actions.send_due()

    states = dict(Message.objects.values_list("pk", "state"))
    assert states == {first.pk: "unknown", **{m.pk: "sent" for m in others}}
    assert LocalMail.objects.count() == 2


def test_a_hand_over_that_outlived_its_lease_is_marked_sent_by_the_worker_that_made_it(store, noon, monkeypatch):
    planned(store)

    def dawdle(caller, envelope):
        noon.shift(sending.HAND_OVER + timedelta(seconds=1))
        actions.resolve_unknown()
        assert Message.objects.get().state == "unknown"
        return "provider-1"

    monkeypatch.setattr(EmailCaller, "send", dawdle)
    actions.send_due()

    message = Message.objects.get()
    assert (message.state, message.reason, message.provider_id) == ("sent", "", "provider-1")


def test_a_worker_whose_lease_another_took_hands_nothing_over(store, noon, monkeypatch):
    planned(store, orders=2)

    judge = sending.judge

    def take_over(messages, now):
        noon.shift(claiming.LEASE + timedelta(seconds=1))
        with monkeypatch.context() as other:
            other.setattr(sending, "judge", judge)
            assert actions.send_due() == 2
        noon.move_to(NOON)  # the slow worker does not notice the time
        return judge(messages, now)

    monkeypatch.setattr(sending, "judge", take_over)
    actions.send_due()

    assert LocalMail.objects.count() == 2
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_a_message_that_ends_its_worker_is_given_up_and_its_neighbours_leave(store, noon, monkeypatch):
    killer, *_neighbours = planned(store, orders=3)

    def take_up(way, letter):
        if letter.message.pk == killer.pk:
            raise SystemExit
        way.ready.append(letter)

    monkeypatch.setattr(InlineWay, "take_up", take_up)
    deaths = 0
    for _ in range(12):
        try:
            actions.send_due()
        except SystemExit:
            deaths += 1
        noon.shift(claiming.LEASE + timedelta(seconds=1))

    killer.refresh_from_db()
    assert (killer.state, killer.why) == ("failed", "The worker ended each time when it was about to write this.")
    assert deaths == 5
    assert set(Message.objects.exclude(pk=killer.pk).values_list("state", "attempts")) == {("sent", 1)}

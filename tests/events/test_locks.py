"""Locks of the inbox and the outbox, tried with a second connection, and the notes of begun work."""

import pytest
from django.utils import timezone

from events import inbox, outbox
from events.models import Event, OwedReaction, Receipt, Underway
from tests.builders import shopify
from tests.builders.elsewhere import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answered(monkeypatch):
    """Numbers of the orders that a reaction heard of."""
    heard = []

    def hear(events):
        heard.extend(event.data["number"] for event in events)

    monkeypatch.setattr(outbox, "REACTIONS", {"order.cancelled": [hear]})
    monkeypatch.setattr(outbox, "EVERY", [])
    return heard


def cancelled(number):
    return Event.objects.create(kind="order.cancelled", at=timezone.now(), data={"number": number})


def owed(number):
    [reaction] = outbox.REACTIONS["order.cancelled"]
    return OwedReaction.objects.create(
        event=cancelled(number), reaction=outbox.name_of(reaction), next_at=timezone.now()
    )


def test_a_receipt_that_another_worker_holds_is_passed_by(store):
    for number in (1, 2):
        body, _headers = shopify.delivery(shopify.order(number, f"n{number}@example.com", customer=None))
        inbox.receive(store.connection, f"delivery-{number}", "orders/create", body)
    theirs, ours = Receipt.objects.order_by("id")

    with held_elsewhere(theirs):
        taken = inbox.read_waiting()

    assert taken == 1
    assert dict(Receipt.objects.values_list("pk", "state")) == {theirs.pk: "waiting", ours.pk: "done"}


def test_an_event_that_another_worker_holds_is_passed_by(answered):
    theirs, _ours = cancelled("theirs"), cancelled("ours")

    with held_elsewhere(theirs):
        taken = outbox.answer_waiting()

    assert (taken, answered) == (1, ["ours"])
    assert list(Event.objects.filter(handled_at=None)) == [theirs]


def test_an_owed_reaction_that_another_worker_holds_is_passed_by(answered):
    theirs, _ours = owed("theirs"), owed("ours")

    with held_elsewhere(theirs):
        paid = outbox.pay_owed()

    assert (paid, answered) == (1, ["ours"])
    assert list(OwedReaction.objects.all()) == [theirs]


def test_events_that_another_worker_has_begun_are_not_begun_again(answered):
    theirs, _ours = cancelled("theirs"), cancelled("ours")
    Underway.objects.create(what="events", ids=[theirs.pk], tries=1, begun_at=timezone.now())

    taken = outbox.answer_waiting()

    assert (taken, answered) == (1, ["ours"])

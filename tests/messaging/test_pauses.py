"""The pause switch: one stream, or everything; who turned it, and what a worker in the middle does."""

from datetime import timedelta

import pytest
import time_machine

from events.models import Event
from messaging import actions
from messaging.actions import pauses
from messaging.models import LocalMail, Stream
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned
from tests.builders.room import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def letter(store):
    return planned(save_orders(store, [order_seen(1042)])[0].order, MONDAY)


def test_a_paused_stream_sends_nothing_until_it_is_resumed(letter):
    manager = person("manager")
    pauses.pause(letter.stream, manager.pk, MONDAY)

    paused = actions.send_due()
    pauses.resume(letter.stream, manager.pk, MONDAY)

    assert (paused, actions.send_due(), LocalMail.objects.count()) == (0, 1, 1)


def test_everything_pauses_every_stream(letter):
    pauses.pause(pauses.everything(), None, MONDAY)

    assert actions.send_due() == 0


def test_who_paused_and_when_is_kept_and_told(letter):
    manager = person("manager")

    pauses.pause(letter.stream, manager.pk, MONDAY)

    stream = Stream.objects.get(pk=letter.stream_id)
    fact = Event.objects.get(kind="stream.paused")
    assert (stream.paused_at, stream.paused_by) == (MONDAY, manager)
    assert (fact.subject_id, fact.at, fact.created_by_id, fact.data) == (
        stream.pk,
        MONDAY,
        manager.pk,
        {"slug": "test"},
    )


def test_the_second_press_changes_nothing(letter):
    first, second = person("manager"), person("owner")
    pauses.pause(letter.stream, first.pk, MONDAY)

    assert not pauses.pause(letter.stream, second.pk, MONDAY + timedelta(hours=1))
    assert Stream.objects.get(pk=letter.stream_id).paused_by == first
    assert pauses.resume(letter.stream, second.pk, MONDAY)
    assert not pauses.resume(letter.stream, first.pk, MONDAY)
    assert Event.objects.filter(kind__startswith="stream.").count() == 2


def test_a_letter_that_was_claimed_before_the_pause_stays_at_home(letter, monkeypatch):
    from messaging.actions import sending

    real = sending.note
    monkeypatch.setattr(sending, "note", lambda *args: pauses.pause(pauses.everything(), None, MONDAY) and real(*args))

    actions.send_due()

    letter.refresh_from_db()
    assert (letter.state, LocalMail.objects.count()) == ("ready", 0)

"""Locks of the post, tried with a second connection: nobody waits for a row that somebody else has in hand."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError

from messaging import actions
from messaging.actions import claiming, replay, unknown
from tests.builders.elsewhere import held_elsewhere, is_held
from tests.builders.letters import NOON, letter, news, state_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def test_a_letter_that_another_worker_is_taking_is_passed_by():
    theirs, ours = letter(), letter()

    with held_elsewhere(theirs):
        claimed = claiming.claim(10, NOON)

    assert claimed == [ours]


def test_an_unclear_letter_that_somebody_is_moving_is_passed_by(noon):
    theirs, ours = letter("unknown"), letter("unknown")
    noon.shift(timedelta(minutes=16))

    with held_elsewhere(theirs):
        moved = actions.resolve_unknown()

    assert (moved, state_of(theirs), state_of(ours)) == (1, "unknown", "ready")
    assert actions.resolve_unknown() == 1


def test_a_lost_letter_that_somebody_is_moving_is_passed_by(noon):
    theirs, ours = (letter("sending", lease_until=NOON, expires_at=NOON) for _ in range(2))
    noon.shift(timedelta(seconds=1))

    with held_elsewhere(theirs):
        actions.resolve_unknown()

    assert (state_of(theirs), state_of(ours)) == ("sending", "unknown")


def test_news_of_a_letter_that_stays_locked_are_tried_again_after_half_a_second():
    message = letter("sent")
    news(message, "delivered")

    with held_elsewhere(message), pytest.raises(OperationalError, match="lock timeout"):
        actions.settle_by_news([message.pk])

    assert actions.settle_by_news([message.pk]) == 1


def test_nobody_else_moves_a_letter_while_its_news_are_weighed(monkeypatch):
    message, weigh, held = letter("sent"), unknown._apply, []
    news(message, "delivered")
    monkeypatch.setattr(unknown, "_apply", lambda m, told: held.append(is_held(m)) or weigh(m, told))

    actions.settle_by_news([message.pk])

    assert (held, is_held(message)) == ([True], False)


def test_a_replay_holds_its_letters_while_it_judges_them(monkeypatch):
    message, judge, held = letter("failed"), replay.judge, []
    rehearsal = actions.rehearse(replay.Choice(), replay.Terms(), NOON)

    def look(messages, terms, now):
        held.append(is_held(message))
        return judge(messages, terms, now)

    monkeypatch.setattr(replay, "judge", look)
    actions.replay_rehearsed(rehearsal, NOON)

    assert (held, state_of(message)) == ([True], "ready")

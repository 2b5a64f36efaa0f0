"""The states of a message: every move of the table happens, every other is refused, whoever tries."""

from datetime import timedelta
from itertools import permutations, product

import pytest
import time_machine

from messaging import actions, states
from messaging.actions import settling
from messaging.channels.ways import Later, Letter, Refused, Silent
from messaging.models import Message, News
from messaging.states import MOVES, before, furthest
from tests.builders.letters import NOON, letter, news, state_of

pytestmark = pytest.mark.django_db

STATES = [str(state) for state in Message.State]
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


# --- The table ----------------------------------------------------------------------------------------------------


def test_the_table_names_every_state_and_no_other():
    assert {str(state) for state in MOVES} == set(STATES)
    assert {str(onward) for many in MOVES.values() for onward in many} <= set(STATES)


@pytest.mark.parametrize("was", STATES)
def test_a_move_happens_if_it_stands_in_the_table_and_only_then(was):
    ends = {}
    for to in STATES:
        message = letter(was)
        moved = states.move(Message.objects.filter(pk=message.pk), to, reason="because")
        ends[to] = (moved, state_of(message), message.reason)

    assert ends == {to: (1, to, "because") if to in MOVES[was] else (0, was, "") for to in STATES}


def test_what_left_never_becomes_something_that_did_not():
    for was, to in product(states.LEFT, STATES):
        if to not in states.LEFT:
            assert to not in MOVES[was]


def test_nothing_that_left_goes_back_towards_the_door():
    order = list(states.LEFT)
    for was, to in product(order, order):
        if to in MOVES[was]:
            assert order.index(to) > order.index(was)


# --- Whoever moves: from which states each verb takes a message, and where to ---------------------------------------


def as_worker(result):
    """The worker that handed it over says how it ended, under the lease it holds."""

    def say(message):
        handed = Letter(message, None)
        handed.started = True
        settling.settle(handed, result, LATER)

    return say


def by_news(kind, **fields):
    def tell(message):
        news(message, kind, **fields)
        actions.settle_by_news([message.pk])

    return tell


def replayed(message):
    rehearsal = actions.rehearse(one(message), everything_allowed(), LATER)
    actions.replay_rehearsed(rehearsal, LATER)


def one(message):
    from messaging.actions.replay import Choice

    return Choice(ids=(message.pk,))


def everything_allowed():
    from messaging.actions.replay import Terms

    return Terms(until=(LATER + timedelta(days=1)).isoformat(), even_unclear=True)


def lost(message):
    Message.objects.filter(pk=message.pk).update(lease_until=NOON - timedelta(seconds=1))
    actions.resolve_unknown()


EVERYWHERE = set(STATES)
ONWARD = {
    "worker: refused": (as_worker(Refused("550 no")), {"sending": "failed", "unknown": "failed"}),
    "worker: later": (as_worker(Later("451 later")), {"sending": "ready", "unknown": "ready"}),
    "worker: silent": (as_worker(Silent("cut")), {"sending": "unknown", "unknown": "unknown"}),
    "clock: the term is over": (lost, {"sending": "unknown"}),
    "person: it arrived": (lambda m: actions.settle_unknown(m, arrived=True), {"unknown": "sent"}),
    "person: send it again": (lambda m: actions.settle_unknown(m, arrived=False), {"unknown": "ready"}),
    "person: replay": (replayed, dict.fromkeys(("failed", "skipped", "expired", "unknown"), "ready")),
    "news: taken": (
        by_news("sent"),
        dict.fromkeys(("ready", "unknown", "failed", "skipped", "expired", "cancelled"), "sent"),
    ),
    "news: tried again later": (
        by_news("deferred"),
        dict.fromkeys(("ready", "unknown", "failed", "skipped", "expired", "cancelled"), "sent"),
    ),
    "news: bounced, perhaps not for good": (
        by_news("bounced", is_final=False),
        dict.fromkeys(("ready", "unknown", "failed", "skipped", "expired", "cancelled"), "sent"),
    ),
    **{
        f"news: {kind}": (
            by_news(kind),
            dict.fromkeys(EVERYWHERE - {"delivered", "bounced", "complained"}, "delivered"),
        )
        for kind in ("delivered", "opened", "clicked", "unsubscribed")
    },
    "news: bounced": (by_news("bounced"), dict.fromkeys(EVERYWHERE - {"bounced", "complained"}, "bounced")),
    "news: complained": (by_news("complained"), dict.fromkeys(EVERYWHERE - {"complained"}, "complained")),
}


@pytest.mark.parametrize("verb", ONWARD)
def test_each_verb_moves_from_its_own_states_and_leaves_all_others_alone(verb):
    do, onward = ONWARD[verb]

    ends = {}
    for was in STATES:
        message = letter(was, handed_off_at=NOON, attempts=1)
        do(message)
        ends[was] = state_of(message)

    assert ends == {was: onward.get(was, was) for was in STATES}
    assert all(to == was or to in MOVES[was] for was, to in ends.items())


# --- News only move forward -----------------------------------------------------------------------------------------


def test_news_of_a_message_that_was_never_handed_over_move_nothing():
    message = letter("ready")
    news(message, "delivered")

    changed = actions.settle_by_news([message.pk])

    assert (changed, state_of(message), message.delivered_at) == (0, "ready", None)


def test_in_whatever_order_news_arrive_the_end_is_the_same():
    kinds = ("sent", "delivered", "bounced", "complained")
    at = {kind: NOON + timedelta(minutes=minute) for minute, kind in enumerate(kinds)}

    ends = set()
    for order in permutations(kinds):
        message = letter("unknown")
        for kind in order:
            news(message, kind, at[kind])
            actions.settle_by_news([message.pk])
        state_of(message)
        ends.add((message.state, message.delivered_at, message.bounced_at, message.complained_at))

    assert ends == {("complained", at["delivered"], at["bounced"], at["complained"])}


def test_repeated_and_backward_news_change_nothing():
    message = letter("sent")
    news(message, "delivered", NOON)
    actions.settle_by_news([message.pk])

    news(message, "sent", NOON + timedelta(minutes=1))
    news(message, "delivered", NOON + timedelta(minutes=2))
    changed = actions.settle_by_news([message.pk])

    assert changed == 0
    assert (state_of(message), message.delivered_at) == ("delivered", NOON)


def test_an_earlier_moment_told_later_is_the_one_that_counts():
    message = letter("sent")
    news(message, "opened", NOON + timedelta(hours=2))
    actions.settle_by_news([message.pk])

    news(message, "opened", NOON + timedelta(hours=1))
    actions.settle_by_news([message.pk])

    state_of(message)
    assert message.opened_at == NOON + timedelta(hours=1)


def test_a_machine_that_opens_proves_arrival_and_no_reader():
    message = letter("unknown")
    news(message, "opened", is_machine=True)

    actions.settle_by_news([message.pk])

    assert (state_of(message), message.opened_at) == ("delivered", None)


def test_a_bounce_says_why_in_the_servers_words():
    message = letter("sent")
    news(message, "bounced", detail="550 5.1.1 no such user")

    actions.settle_by_news([message.pk])

    assert state_of(message) == "bounced"
    assert message.why == "The recipient's mail server sent it back: 550 5.1.1 no such user"


def test_news_that_overtake_the_workers_own_answer_stand():
    message = letter("sending")
    news(message, "delivered")
    actions.settle_by_news([message.pk])

    as_worker(Silent("the answer was lost"))(message)

    assert (state_of(message), message.sent_at) == ("delivered", NOON)


def test_a_second_copy_does_not_leave_when_news_of_the_first_arrive_before_it():
    message = letter("ready", handed_off_at=NOON, resent_at=NOON)
    news(message, "delivered")
    actions.settle_by_news([message.pk])

    assert actions.send_due() == 0

    assert state_of(message) == "delivered"


@pytest.mark.parametrize("kind", [str(kind) for kind in News.Kind])
def test_every_kind_of_news_proves_a_state_that_left(kind):
    assert states.PROVES[kind] in states.LEFT


def test_the_furthest_state_is_chosen_and_none_is_made_up():
    assert furthest("unknown", {"sent", "bounced", "delivered"}) == "bounced"
    assert furthest("complained", {"delivered"}) == "complained"
    assert furthest("sending", {"sent"}) == "sending"
    assert furthest("sent", set()) == "sent"


def test_before_turns_the_table_round():
    for was, to in product(STATES, STATES):
        assert (was in before(to)) == (to in MOVES[was])

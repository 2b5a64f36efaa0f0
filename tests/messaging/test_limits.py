"""One limit for all: one ask a week whatever asks, two letters of advertising; the more important ask goes first."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from customers.models import Ask, Limit, Purpose
from messaging import actions, gate
from messaging.actions import claiming, turns
from messaging.gate import limits
from messaging.models import Message, Template, Turns
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.elsewhere import is_held
from tests.builders.post import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen()])[0].order


@pytest.fixture
def other(store):
    return save_orders(store, [order_seen(2, customer_id="9", email="petro@example.com", phone="")])[0].order


def of_purpose(purpose, message):
    """A mail that can be written for every order, in the clothes of another purpose."""
    Message.objects.filter(pk=message.pk).update(purpose=purpose, lane=5)
    message.refresh_from_db()
    return message


def ask(order, what="review", at=MONDAY, **more):
    key = f"ask:{what}:{order.pk}:{at:%d}"
    return of_purpose("surveys", planned(order, at, **{"key": key, "ask": what} | more))


def advert(order, number, at=MONDAY):
    Purpose.objects.filter(pk="marketing").update(needs="no_objection", follows_country=False)
    return of_purpose("marketing", planned(order, at, key=f"advert:{number}:{order.pk}"))


def post(*messages, at=MONDAY):
    """(state, held until in hours, why) of each, after a round of the post."""
    with time_machine.travel(at, tick=False):
        actions.send_due()
    for m in messages:
        m.refresh_from_db()
    return [(m.state, (m.send_after - MONDAY) / HOUR, m.why) for m in messages]


def judged(*messages):
    gate.judge(messages, MONDAY)
    return messages


LEFT = ("sent", 0, "")
A_WEEK = "This one waits until 30 November 2026, 11:00."


def test_the_second_ask_of_a_week_waits_and_goes_a_week_after_the_first(order):
    post(ask(order, "review"))
    second = ask(order, "nps", MONDAY + DAY)

    held = post(second, at=MONDAY + DAY)
    still = post(second, at=MONDAY + 7 * DAY - HOUR)
    sent = post(second, at=MONDAY + 7 * DAY)

    said = f"Asks are limited to 1 in 7 days, and “Review request” left on 23 November 2026. {A_WEEK}"
    assert held == still == [("ready", 7 * 24, said)]
    assert sent == [("sent", 7 * 24, "")]


@pytest.mark.parametrize("reverse", [False, True])
def test_of_asks_due_together_the_most_important_goes_whatever_came_first(order, reverse):
    names = ["referral", "nps", "review", "csat", "recovery"]
    messages = [ask(order, name) for name in (reversed(names) if reverse else names)]

    post(*messages)

    why = f"Asks are limited to 1 in 7 days, and “Recovery check-back” left on 23 November 2026. {A_WEEK}"
    assert {m.ask: (m.state, m.why) for m in messages} == {
        "recovery": ("sent", ""),
        "csat": ("ready", why),
        "review": ("ready", why),
        "nps": ("ready", why),
        "referral": ("ready", why),
    }


def test_the_lower_ask_waits_for_a_higher_one_that_is_planned_within_the_week(order):
    low, high = ask(order, "nps"), ask(order, "csat", MONDAY + DAY)

    first = post(low, high)
    then = post(low, high, at=MONDAY + DAY)
    last = post(low, high, at=MONDAY + DAY + HOUR)

    goes_first = "A more important ask goes first: “Satisfaction with an answer (CSAT)”. This one waits."
    said = "Asks are limited to 1 in 7 days, and “Satisfaction with an answer (CSAT)” left on 24 November 2026."
    assert first == [("ready", 24 + 1 / 6, goes_first), ("ready", 24, "")]
    assert then == [("ready", 24 + 1 / 6, goes_first), ("sent", 24, "")]
    assert last == [("ready", 8 * 24, f"{said} This one waits until 1 December 2026, 11:00."), ("sent", 24, "")]


def test_a_higher_ask_that_may_not_leave_is_in_nobodys_way(order):
    low, high = ask(order, "nps"), ask(order, "csat", expires_at=MONDAY)

    assert post(low, high) == [LEFT, ("expired", 0, "Too late: it was of use until 23 November 2026, 11:00.")]


def test_a_higher_ask_of_a_paused_stream_is_in_nobodys_way(order):
    standing = actions.stream("standing", "Standing")
    standing.paused_at = MONDAY
    standing.save()

    low, _high = ask(order, "nps"), ask(order, "csat", stream_id=standing.pk)

    assert post(low) == [LEFT]


@pytest.mark.parametrize(("ahead", "state"), [(timedelta(0), "ready"), (HOUR, "sent")])
def test_an_ask_waits_for_a_higher_one_of_the_coming_week_and_not_for_a_later_one(order, ahead, state):
    low, _high = ask(order, "nps"), ask(order, "csat", MONDAY + 7 * DAY + ahead)

    assert post(low)[0][0] == state


def test_a_higher_ask_that_repeats_another_takes_no_turn_and_is_in_nobodys_way(order):
    update = planned(order, MONDAY, key="update")
    low, _high = ask(order, "nps"), ask(order, "csat", MONDAY + DAY, instead_of_id=update.pk)

    assert post(low) == [LEFT]


def test_a_planned_message_asks_by_what_it_says_or_by_its_purpose(order, other):
    said = advert(order, 1, MONDAY + DAY)
    Message.objects.filter(pk=said.pk).update(ask="csat")
    of_purpose("review_requests", planned(other, MONDAY + DAY))

    assert [state for state, _until, _why in post(ask(order, "nps"), ask(other, "nps"))] == ["ready", "ready"]


def test_a_planned_message_that_asks_nothing_is_in_nobodys_way(order):
    Ask.objects.filter(pk="nps").update(rank=limits.LAST + 1)  # even after those that nobody ranked
    low = ask(order, "nps")
    advert(order, 1, MONDAY + DAY)

    assert post(low) == [LEFT]


def test_the_merchant_says_who_goes_first(order):
    Ask.objects.filter(pk="nps").update(rank=0)
    low, high = ask(order, "csat"), ask(order, "nps")

    assert [state for state, _until, _why in post(low, high)] == ["ready", "sent"]


def test_a_purpose_says_what_it_asks_where_the_message_does_not(order):
    survey = of_purpose("surveys", planned(order, MONDAY, key="survey"))
    review = of_purpose("review_requests", planned(order, MONDAY))

    assert [state for state, _until, _why in post(review, survey)] == ["sent", "ready"]


def test_two_letters_of_advertising_a_week_and_the_third_waits(order):
    messages = [advert(order, number) for number in range(3)]

    said = "Marketing messages are limited to 2 in 7 days, and the last left on 23 November 2026."
    assert post(*messages) == [LEFT, LEFT, ("ready", 7 * 24, f"{said} {A_WEEK}")]


def test_advertising_and_asks_are_counted_apart_and_order_updates_not_at_all(order):
    messages = [ask(order), advert(order, 1), advert(order, 2), planned(order, MONDAY), planned(order, MONDAY, key="b")]

    assert post(*messages) == [LEFT] * 5


def test_a_referral_counts_as_an_ask_whatever_its_purpose(order):
    post(ask(order, "review"))
    message = advert(order, 1)
    Message.objects.filter(pk=message.pk).update(ask="referral")

    assert post(message)[0][2].startswith("Asks are limited to 1 in 7 days")


def test_somebody_elses_asks_are_not_counted(order, other):
    assert post(ask(order), ask(other)) == [LEFT, LEFT]


def test_the_merchant_sets_the_limit(order):
    Limit.objects.filter(pk="asks").update(most=2, days=3)
    messages = [ask(order, name) for name in ("csat", "review", "nps")]

    assert [(state, until) for state, until, _why in post(*messages)] == [("sent", 0), ("sent", 0), ("ready", 72)]


def test_a_purpose_without_a_limit_asks_as_often_as_there_is_something_to_ask(order):
    Purpose.objects.filter(pk="surveys").update(limit=None)

    assert post(ask(order, "csat"), ask(order, "nps")) == [LEFT, LEFT]


def test_an_ask_that_repeats_another_was_counted_with_it(order):
    first = ask(order)
    post(first)
    again = ask(order, "review", MONDAY + DAY, instead_of_id=first.pk)

    assert post(again, at=MONDAY + DAY) == [("sent", 24, "")]


def test_an_ask_that_did_not_leave_gives_its_turn_back(order):
    first, second = ask(order, "csat"), ask(order, "review")
    turns.take(judged(first), MONDAY)
    refused = gate.judge([second], MONDAY)[second.pk].verdict
    turns.give_back([first])
    Message.objects.filter(pk=first.pk).update(state="failed")

    assert refused == "hold"
    assert Turns.objects.get().taken == []
    assert gate.judge([second], MONDAY)[second.pk].verdict == "send"


def test_an_ask_whose_worker_died_keeps_its_turn(order):
    message = ask(order)
    turns.take(judged(message), MONDAY)

    assert post(message, at=MONDAY + HOUR) == [LEFT]
    assert [line["message"] for line in Turns.objects.get().taken] == [message.pk]


def test_an_ask_whose_worker_died_and_that_is_too_late_now_gives_its_turn_back(order):
    message = ask(order, expires_at=MONDAY + HOUR)
    turns.take(judged(message), MONDAY)
    Message.objects.filter(pk=message.pk).update(lease=1, lease_until=MONDAY + HOUR / 2)

    assert post(message, at=MONDAY + HOUR)[0][0] == "expired"
    assert Turns.objects.get().taken == []


def test_the_dry_run_of_unsaved_messages_hears_of_the_limit_and_takes_no_turn(order):
    post(ask(order))
    template = Template.objects.get(slug="review_request")
    imagined = [
        Message(
            pk=-number,
            template=template,
            purpose_id="surveys",
            customer_id=order.customer_id,
            address=order.email,
            subject_type="buyer",
            subject_id=order.pk,
            send_after=MONDAY + DAY,
        )
        for number in (1, 2)
    ]

    decisions = gate.judge(imagined, MONDAY + DAY)

    assert [(d.verdict, d.until) for d in decisions.values()] == [("hold", MONDAY + 7 * DAY)] * 2
    assert len(Turns.objects.get().taken) == 1


def test_order_updates_pay_nothing_and_a_batch_of_asks_a_fixed_number_of_queries(
    order, other, django_assert_num_queries
):
    updates = [planned(order, MONDAY, key=f"u{n}") for n in range(20)]
    asks = [ask(person, key=f"a{n}:{person.pk}") for n in range(20) for person in (order, other)]

    with django_assert_num_queries(4):
        gate.judge(updates, MONDAY)
    with django_assert_num_queries(0):
        turns.take(updates, MONDAY)
    with django_assert_num_queries(
        10
    ):  # four, who is busy, who still owes cash, limits and ranks, planned asks and turns
        decisions = gate.judge(asks, MONDAY)
    leaving = [m for m in asks if decisions[m.pk].verdict == "send"]
    with django_assert_num_queries(8):  # purposes, limits, ranks, lock, planned asks, note; two of the savepoint
        turns.take(leaving, MONDAY)

    assert len(leaving) == 2


# --- Two workers at once ------------------------------------------------------------------------------------------


def in_two_connections(*steps):
    """Run each in a thread, and so in a connection, of its own, all at the same moment."""
    gathered, found, errors = threading.Barrier(len(steps)), {}, []

    def run(number, step):
        try:
            gathered.wait(10)
            found[number] = step()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not errors
    return [found[number] for number in range(len(steps))]


@pytest.mark.django_db(transaction=True)
def test_nobody_else_takes_a_turn_of_a_person_while_theirs_are_counted(store, monkeypatch):
    message = ask(save_orders(store, [order_seen()])[0].order)
    row, allot, held = Turns.objects.create(customer_id=message.customer_id), limits.allot, []
    judged(message)
    monkeypatch.setattr(limits, "allot", lambda *said: held.append(is_held(row)) or allot(*said))

    turns.take([message], MONDAY)

    assert (held, is_held(row)) == ([True], False)


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_exceed_a_limit_together(store):
    people = [
        save_orders(store, [order_seen(n, customer_id=str(n), email=f"p{n}@example.com", phone="")])[0].order
        for n in range(1, 21)
    ]
    hands = [[ask(o, key=f"{hand}:{o.pk}") for o in people] for hand in "ab"]

    def worker(messages):
        gate.judge(messages, MONDAY)
        return turns.take(messages, MONDAY)

    held = in_two_connections(lambda: worker(hands[0]), lambda: worker(list(reversed(hands[1]))))

    assert len(held[0]) + len(held[1]) == 20
    assert [len(row.taken) for row in Turns.objects.all()] == [1] * 20


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_the_one_with_the_lower_ask_waits(store):
    order = save_orders(store, [order_seen()])[0].order
    low, high = ask(order, "nps"), ask(order, "csat")
    Message.objects.update(lease=1, lease_until=MONDAY + HOUR)

    kept = in_two_connections(
        lambda: [m.ask for m in claiming.judge([low], MONDAY)], lambda: [m.ask for m in claiming.judge([high], MONDAY)]
    )

    assert kept == [[], ["csat"]]


# --- Rules --------------------------------------------------------------------------------------------------------


def test_turns_are_remembered_for_as_long_as_the_longest_limit_looks_back():
    week, month = Limit(code="asks", days=7, most=1), Limit(code="marketing", days=30, most=2)

    assert limits.Rules({"asks": week, "marketing": month}, {}, {}).longest == 30 * DAY
    assert limits.Rules({}, {}, {}).longest == timedelta(0)


def test_of_two_higher_asks_the_more_important_is_named_and_waited_for():
    rules = limits.Rules({"asks": Limit(code="asks", days=7, most=1)}, {"csat": 1, "review": 2, "nps": 3}, {})
    first = Message(pk=1, customer_id=7, ask="csat", send_after=MONDAY + 2 * DAY)
    second = Message(pk=2, customer_id=7, ask="review", send_after=MONDAY + DAY)
    lowest = Message(pk=3, customer_id=7, ask="nps", send_after=MONDAY)
    lowest.counts_in = "asks"
    book = limits.Book(planned={7: [second, first]}, turns={7: []})

    held = limits.allot([lowest], rules, book, MONDAY)

    assert held[3].until == MONDAY + 2 * DAY + limits.SHORTLY
    assert held[3].why.values == {"ask": "csat"}


def test_what_repeats_another_or_is_for_nobody_counts_in_no_limit():
    purpose = Purpose(pk="surveys", limit_id="asks")

    counted = [
        limits.counts_in(m, purpose)
        for m in (Message(customer_id=7), Message(), Message(customer_id=7, instead_of_id=1))
    ]

    assert counted == ["asks", "", ""]
    assert limits.counts_in(Message(customer_id=7), Purpose(pk="order_updates")) == ""


def test_a_message_asks_what_it_says_else_what_its_purpose_asks_else_nothing():
    rules = limits.read_rules([Purpose(pk="surveys", ask_id="nps"), Purpose(pk="marketing")])
    spoken = [Message(purpose_id="surveys", ask="csat"), Message(purpose_id="surveys"), Message(purpose_id="marketing")]

    assert rules.asks == {"surveys": "nps", "marketing": ""}
    assert [rules.ask_of(m) for m in [*spoken, Message(purpose_id="unknown")]] == ["csat", "nps", "", ""]


def test_what_is_not_limited_is_in_nobodys_way_when_turns_are_given():
    rules = limits.Rules({"asks": Limit(code="asks", days=7, most=1)}, {"csat": 1, "review": 2, "nps": 3}, {})
    free, first, second = (
        Message(pk=pk, customer_id=7, ask=name, send_after=MONDAY)
        for pk, name in enumerate(("csat", "review", "nps"), 1)
    )
    first.counts_in = second.counts_in = "asks"
    stranger = Message(pk=4, ask="csat", send_after=MONDAY)
    stranger.counts_in = "asks"
    book = limits.Book()

    held = limits.allot([second, stranger, first, free], rules, book, MONDAY)

    assert list(held) == [second.pk]
    assert book.turns[7] == [limits.Turn(first.pk, "asks", "review", MONDAY)]


def test_of_messages_alike_the_oldest_goes_first_and_those_not_yet_saved_before_them():
    rules = limits.Rules({"asks": Limit(code="asks", days=7, most=1)}, {}, {})
    alike = [Message(pk=pk, customer_id=7, ask="nps", send_after=MONDAY) for pk in (2, 1, None)]
    for m in alike:
        m.counts_in = "asks"

    assert list(limits.allot(alike, rules, limits.Book(), MONDAY)) == [1, 2]
    assert list(limits.allot(alike[:2], rules, limits.Book(), MONDAY)) == [2]

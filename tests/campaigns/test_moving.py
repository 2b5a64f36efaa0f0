"""Publishing while people are inside; pausing and going on."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction

from campaigns.actions import JourneyRefused, Standing, advance_due, pause, people_inside, publish, resume
from campaigns.actions import advancing as module
from campaigns.models import Enrolment
from events.clocks import tick
from messaging.models import Message
from tests.builders.door import MONDAY
from tests.builders.journeys import definition, journey, keys, only, place, send, taken, wait, where

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def made():
    """A mail, a week, another mail."""
    made = journey("two", send("one"), wait("week", days=7), send("two"))
    only(made)
    return made


def versions(made):
    return list(Enrolment.objects.filter(journey=made).order_by("pk").values_list("version__number", flat=True))


def test_before_publishing_one_sees_how_many_stand_where(store, made):
    place(store, 1)
    place(store, 2)
    publish(made, definition(send("one"), wait("week", days=3), send("two")))
    place(store, 3)

    assert people_inside(made) == [Standing(1, "week", 2), Standing(2, "week", 1)]


def test_who_moves_has_the_time_computed_anew_and_gets_no_mail_twice(store, made, clock):
    order = place(store)
    clock.shift(2 * DAY)

    publish(made, definition(send("one"), wait("week", days=3), send("two")), "move")
    tick()
    assert (versions(made), where(made)) == ([2], [("active", "week")])
    assert Enrolment.objects.get().wake_at == MONDAY + 3 * DAY
    clock.shift(DAY)
    tick()

    assert keys() == [f"two:order:{order.pk}:one", f"two:order:{order.pk}:two"]
    assert taken(made) == [("one", "planned"), ("week", "waited"), ("two", "planned")]


def test_who_moves_and_is_past_due_goes_on_at_once_and_the_lateness_counts(store, made, clock):
    place(store)
    clock.shift(5 * DAY)

    publish(made, definition(send("one"), wait("week", days=3), send("two", late_hours=24)), "move")
    tick()

    late = Message.objects.get(key__endswith=":two")
    assert (late.state, late.expires_at) == ("expired", MONDAY + 4 * DAY)


def test_people_at_a_step_that_is_gone_are_not_forgotten(store, made):
    place(store)
    without = definition(send("one"), wait("month", days=30), send("two"))

    with pytest.raises(JourneyRefused) as refusal:
        publish(made, without, "move")

    assert str(refusal.value) == "The step “week” is gone, and people stand at it (1): say where they go on."
    assert (made.versions.count(), versions(made)) == (1, [1])


def test_people_at_a_step_that_is_gone_land_where_one_says(store, made):
    place(store)
    without = definition(send("one"), wait("month", days=30), send("two"))

    publish(made, without, "move", landings={"week": "month"})
    tick()

    assert (where(made), versions(made)) == ([("active", "month")], [2])
    assert Enrolment.objects.get().wake_at == MONDAY + 30 * DAY


def test_people_at_a_step_that_is_gone_may_be_let_go(store, made, clock):
    place(store)

    publish(made, definition(send("one"), wait("month", days=30), send("two")), "move", landings={"week": ""})
    clock.shift(60 * DAY)
    tick()

    assert where(made) == [("exited", "week")]
    assert Enrolment.objects.get().why == "A new version has the step “week” no more."
    assert taken(made) == [("one", "planned"), ("week", "exited")]


def test_a_landing_that_is_not_there_is_refused(store, made):
    place(store)

    with pytest.raises(JourneyRefused) as refusal:
        publish(made, definition(send("one")), "move", landings={"week": "moon"})

    assert str(refusal.value) == "Step “week” leads to “moon”, and there is none."
    assert versions(made) == [1]


def test_everybody_may_be_let_go(store, made, clock):
    place(store)

    publish(made, definition(send("one")), "end")
    clock.shift(60 * DAY)
    tick()

    assert where(made) == [("exited", "week")]
    assert Enrolment.objects.get().why == "A new version let everybody go who was inside."
    assert len(keys()) == 1


def test_the_subject_of_a_journey_does_not_change_under_the_people_inside(store, made):
    place(store)

    with pytest.raises(JourneyRefused) as refusal:
        publish(made, definition(send("one"), subject="customer"))

    sentence = "People are inside with the subject “order”: a journey about “customer” is another journey."
    assert str(refusal.value) == sentence


def test_a_way_that_is_none_is_refused(made):
    for wrong in (lambda: publish(made, definition(send("one")), "vanish"), lambda: resume(made, "backwards")):
        with pytest.raises(JourneyRefused):
            wrong()


# --- Pausing ------------------------------------------------------------------------------------------------------


def paused_for(made, clock, days, how):
    clock.shift(DAY)
    pause(made)
    clock.shift(days * DAY)
    tick()
    resume(made, how)
    tick()


def test_after_a_pause_timers_go_on_as_if_there_had_been_none(store, made, clock):
    place(store)

    paused_for(made, clock, 3, "continue")

    assert Enrolment.objects.get().wake_at == MONDAY + 7 * DAY


def test_what_is_too_late_after_a_pause_is_not_sent_and_says_so(store, clock):
    made = journey("two", wait("week", days=7), send("two", late_hours=24))
    only(made)
    place(store)

    paused_for(made, clock, 20, "continue")

    assert [(m.state, m.expires_at) for m in Message.objects.all()] == [("expired", MONDAY + 8 * DAY)]


def test_a_pause_may_be_added_to_every_timer(store, made, clock):
    place(store)

    paused_for(made, clock, 3, "shift")
    assert Enrolment.objects.get().wake_at == MONDAY + 10 * DAY
    paused_for(made, clock, 2, "shift")

    assert Enrolment.objects.get().wake_at == MONDAY + 12 * DAY


def test_a_pause_is_added_to_a_wait_after_the_step_before(store, clock):
    made = journey("two", send("one"), wait("w", after="step_at", days=2, at="12:00"), send("two"))
    only(made)
    place(store)

    paused_for(made, clock, 3, "shift")

    assert Enrolment.objects.get().wake_at.isoformat() == "2026-11-28T10:00:00+00:00"  # still at noon in Kyiv


def test_what_came_due_in_a_pause_may_be_dropped_and_the_others_stay(store, made, clock):
    place(store, 1)
    clock.shift(5 * DAY)
    place(store, 2)

    paused_for(made, clock, 3, "drop")

    assert where(made) == [("exited", "week"), ("active", "week")]
    dropped = Enrolment.objects.order_by("pk").first()
    assert dropped.why == "It came due while the journey was paused, and those were let go."
    assert len(keys()) == 2


# --- While the worker is inside -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("choice", ["finish", "move", "end"])
def test_a_version_published_while_the_worker_is_inside_advance_loses_and_doubles_nobody(store, choice, monkeypatch):
    made = journey("two", wait("hour", hours=1), send("one"), wait("week", days=7), send("two"))
    only(made)
    orders = [place(store, number, email=f"n{number}@example.com", customer_id=str(number)) for number in range(5)]
    newer = definition(wait("hour", hours=1), send("one"), wait("week", days=9), send("two"))
    inside, go_on, walk = threading.Event(), threading.Event(), module.walk

    def slow(*args):
        inside.set()
        assert go_on.wait(10)
        return walk(*args)

    def publishing():
        try:
            publish(made, newer, choice)
        finally:
            connection.close()

    with time_machine.travel(MONDAY + 2 * HOUR, tick=False):
        monkeypatch.setattr(module, "walk", slow)
        worker = threading.Thread(target=lambda: (advance_due(), connection.close()))
        worker.start()
        assert inside.wait(10)
        other = threading.Thread(target=publishing)
        other.start()
        other.join(10 if choice == "finish" else 0.3)
        assert other.is_alive() == (choice != "finish")  # it waits for those that the worker holds
        go_on.set()
        worker.join(10)
        other.join(10)
        monkeypatch.setattr(module, "walk", walk)
        tick()

    assert keys() == sorted(f"two:order:{order.pk}:one" for order in orders)
    standing = {(e.state, e.step, e.version.number) for e in Enrolment.objects.select_related("version")}
    assert standing == {
        "finish": {("active", "week", 1)}, "move": {("active", "week", 2)}, "end": {("exited", "week", 1)},
    }[choice]  # fmt: skip
    with time_machine.travel(MONDAY + 30 * DAY, tick=False):
        tick()
    twice = [f"two:order:{order.pk}:{step}" for order in orders for step in ("one", "two")]
    assert keys() == (sorted(twice) if choice != "end" else sorted(twice[::2]))


def test_who_was_let_in_before_a_version_and_has_not_begun_begins_in_it(store, made):
    from events import clocks
    from orders.actions import save_orders
    from tests.builders.door import order_seen

    save_orders(store, [order_seen()])
    clocks.drain("events")
    assert where(made) == [("active", "")]

    with transaction.atomic():
        publish(made, definition(send("other")))
    tick()

    assert (versions(made), taken(made)) == ([2], [("other", "planned")])

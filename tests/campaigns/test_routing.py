"""Who comes in, how often, by what; whom a fact wakes; who reaches the goal."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns import segments
from campaigns.actions import JourneyRefused, advance_due, enrol_by_dates
from campaigns.models import Enrolment
from customers.models import Customer, Stats
from events.clocks import tick
from events.models import Call, Endpoint
from messaging.models import Message
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.journeys import happen, journey, keys, only, place, send, ship, taken, wait, where

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def live(slug, *steps, **overrides):
    made = journey(slug, *steps, **overrides)
    only(made)
    return made


# --- Coming in ----------------------------------------------------------------------------------------------------


def test_a_person_who_may_enter_once_enters_once_for_two_orders(store):
    made = live("hello", send(), re_entry="once")

    first = place(store, 1)
    place(store, 2)

    assert keys() == [f"hello:customer:{first.customer_id}:mail"]
    assert where(made) == [("done", "")]


def test_with_every_event_somebody_enters_again(store):
    made = live("changes", send(), starts_with="order.changed", re_entry="event")
    order = place(store)

    happen(order, "changed")
    happen(order, "changed")

    assert where(made) == [("done", ""), ("done", "")]
    assert len(keys()) == 2


def test_once_in_thirty_days_is_counted_by_when_things_happened(store, clock):
    made = live("monthly", send(), starts_with="order.placed", re_entry={"days": 30})

    for number, days in ((1, 0), (2, 29), (3, 2), (4, 28)):  # Monday, +29, +31, +59
        clock.shift(days * DAY)
        place(store, number)

    assert len(where(made)) == 2
    assert list(Enrolment.objects.order_by("pk").values_list("since_at", flat=True)) == [MONDAY, MONDAY + 31 * DAY]


def test_a_parcel_starts_a_journey_about_its_order_once(store):
    made = live("left", send(), starts_with="order.fulfilment_reported", subject="order")
    order = place(store)

    ship(order, "A1")
    ship(order, "A2")

    assert keys() == [f"left:order:{order.pk}:mail"]
    assert where(made) == [("done", "")]


def test_a_journey_about_a_person_writes_under_the_name_of_the_last_shop_and_needs_no_order(store, clock):
    made = live("winback", wait(days=60), send(), subject="customer", ends_with=["order.placed"])
    order = place(store, 1)

    row = Enrolment.objects.get()
    assert (row.subject_type, row.subject_id, row.order_id, row.entry_key) == (
        "customer", order.customer_id, None, f"event:{row.event_id}",
    )  # fmt: skip
    clock.shift(61 * DAY)
    tick()

    message = Message.objects.get()
    assert (message.subject_type, message.subject_id, message.address) == ("buyer", order.pk, "olena@example.com")
    assert (where(made), message.state) == ([("done", "")], "sent")


def test_another_order_ends_the_journey_of_the_person_and_starts_the_next_one(store, clock):
    made = live("winback", wait(days=60), send(), subject="customer", ends_with=["order.placed"])
    place(store, 1)
    clock.shift(10 * DAY)

    place(store, 2)

    assert where(made) == [("exited", "w"), ("active", "w")]


def test_somebody_without_language_zone_and_consent_is_written_to_in_the_shops_and_asked_nothing(store, clock):
    made = live("bare", wait(days=1, at="10:00"), send(template="review_request"))
    place(store, language="", phone="", customer_id="")
    Customer.objects.update(time_zone="", language="", country="")
    clock.shift(2 * DAY)
    tick()

    message = Message.objects.get()
    assert where(made) == [("done", "")]
    assert (message.language, message.send_after.isoformat()) == ("uk", "2026-11-25T09:00:00+00:00")
    assert Enrolment.objects.get().step_at.isoformat() == "2026-11-25T08:00:00+00:00"  # 10:00 in Kyiv, the shop's


def test_somebody_without_any_address_is_skipped_with_the_reason(store):
    live("bare", send())
    place(store, email="", phone="", customer_id="")

    message = Message.objects.get()
    assert (message.state, message.why) == ("skipped", "No address: the order came without an e-mail.")


# --- Segments and dates -------------------------------------------------------------------------------------------


def test_coming_into_a_segment_starts_a_journey_and_leaving_it_another(store):
    twice = segments.create("Twice", {"field": "customer.orders", "op": ">=", "value": 2}, timezone.now())
    come = journey("come", send(), starts_with={"segment": twice.pk}, subject="customer")
    leave = journey("leave", send(), starts_with={"segment": twice.pk, "moves": "leaves"}, subject="customer")
    tick()
    place(store, 1)
    assert (where(come), where(leave)) == ([], [])

    place(store, 2)
    assert (where(come), where(leave)) == ([("done", "")], [])
    save_orders(store, [order_seen(2, updated_at=MONDAY + HOUR, cancelled_at=MONDAY)])
    tick()

    assert (where(come), where(leave)) == ([("done", "")], [("done", "")])


def test_a_segment_that_is_not_there_starts_nothing():
    with pytest.raises(JourneyRefused) as refusal:
        journey("come", send(), starts_with={"segment": 99}, subject="customer")

    assert str(refusal.value) == "There is no segment 99."


def birthday(store, born, **start):
    place(store)
    Customer.objects.update(born_on=born)
    starts = {"date": "customer.birthday", "at": "10:00", **start}
    return live("birthday", send(), starts_with=starts, subject="customer")


def test_a_birthday_starts_a_journey_at_its_hour_where_the_customer_is_once_a_year(store, clock):
    made = birthday(store, date(1990, 11, 24))

    enrol_by_dates()
    enrol_by_dates()
    assert where(made) == [("active", "")]
    assert Enrolment.objects.get(journey=made).wake_at.isoformat() == "2026-11-24T08:00:00+00:00"
    clock.shift(23 * HOUR)
    tick()

    assert f"birthday:customer:{Customer.objects.get().pk}:2026-11-24:mail" in keys()
    assert where(made) == [("done", "")]


def test_days_that_the_worker_missed_are_made_up_for(store, clock):
    made = birthday(store, date(1990, 11, 27))
    enrol_by_dates()
    assert where(made) == []

    clock.shift(5 * DAY)
    while enrol_by_dates():
        pass

    assert [e.wake_at.isoformat() for e in Enrolment.objects.filter(journey=made)] == ["2026-11-27T08:00:00+00:00"]


def test_a_week_before_a_birthday_and_the_29th_of_february(store, clock):
    clock.move_to(MONDAY.replace(year=2027, month=2, day=20))
    made = birthday(store, date(1992, 2, 29), days=-7)

    enrol_by_dates()

    assert [e.wake_at.isoformat() for e in Enrolment.objects.filter(journey=made)] == ["2027-02-21T08:00:00+00:00"]


# --- Waking, goals, acts ------------------------------------------------------------------------------------------


def test_a_fact_that_is_waited_for_wakes_at_once(store, clock):
    pay = {"id": "pay", "do": "wait_for", "fact": "order.paid", "within": {"days": 2}, "then": "mail", "otherwise": ""}
    made = live("pay", pay, send())
    order = place(store, financial="pending", paid_at=None)
    assert where(made) == [("active", "pay")]

    clock.shift(HOUR)
    happen(order, "paid")

    assert taken(made) == [("pay", "heard"), ("mail", "planned")]


def test_a_goal_is_noted_after_the_last_step_by_the_earliest_fact_that_counts(store, clock):
    made = live("crosssell", send(), goal={"fact": "customer:order.placed", "days": 30})
    place(store, 1)
    clock.shift(3 * DAY)
    place(store, 2)
    clock.shift(3 * DAY)
    place(store, 3)

    goals = Enrolment.objects.filter(journey=made).order_by("pk").values_list("state", "goal_at")
    assert list(goals) == [("done", MONDAY + 3 * DAY), ("done", MONDAY + 6 * DAY), ("done", None)]


def test_a_goal_after_its_days_does_not_count(store, clock):
    live("crosssell", send(), goal={"fact": "customer:order.placed", "days": 2})
    place(store, 1)
    clock.shift(3 * DAY)
    place(store, 2)

    assert list(Enrolment.objects.values_list("goal_at", flat=True)) == [None, None]


def test_an_act_puts_a_tag_on_and_writes_a_call_and_calls_nobody(store):
    Endpoint.objects.create(slug="crm", name="CRM", url="https://crm.example/hook")
    made = live(
        "acts",
        {"id": "tag", "do": "act", "act": "add_tag", "with": {"tag": "new"}},
        {"id": "call", "do": "act", "act": "call_webhook", "with": {"endpoint": "crm", "note": "hi"}},
    )
    Endpoint.objects.update(paused_at=MONDAY)  # the clock would call it
    order = place(store)

    call = Call.objects.get()
    assert list(Stats.objects.values_list("pk", "tags")) == [(order.customer_id, ["new"])]
    assert (call.key, call.state) == (f"journey:acts:order:{order.pk}:call", "waiting")
    assert call.body["data"] == {
        "customer_id": order.customer_id, "subject": {"type": "order", "id": order.pk}, "note": "hi",
    }  # fmt: skip
    assert taken(made) == [("tag", "planned"), ("call", "planned")]


def test_an_act_that_cannot_be_done_is_refused_in_the_steps_and_nowhere_else(store):
    Endpoint.objects.create(slug="crm", name="CRM", url="https://crm.example/hook")
    call = {"id": "call", "do": "act", "act": "call_webhook", "with": {"endpoint": "crm"}}
    made = live("acts", call, send())
    Endpoint.objects.all().delete()

    place(store)

    assert taken(made) == [("call", "refused"), ("mail", "planned")]


def test_who_is_held_out_gets_no_message_and_no_act(store):
    hold = {"id": "s", "do": "split", "variants": [
        {"name": "hold", "percent": 100, "holdout": True}, {"name": "go", "percent": 0}]}  # fmt: skip
    made = live("held", hold, {"id": "tag", "do": "act", "act": "add_tag", "with": {"tag": "x"}}, send())

    place(store)

    row = Enrolment.objects.get(journey=made)
    assert (row.variant, row.is_holdout, row.state) == ("hold", True, "done")
    assert taken(made) == [("s", "hold"), ("tag", "holdout"), ("mail", "holdout")]
    assert (keys(), Stats.objects.exclude(tags=[]).count()) == ([], 0)


def test_a_branch_asks_the_fields_of_the_customer_and_the_order(store):
    rich = {"id": "b", "do": "branch", "if": {"field": "customer.orders", "op": ">=", "value": 2}, "otherwise": ""}
    made = live("loyal", rich, send())

    place(store, 1)
    place(store, 2)

    assert taken(made) == [("b", "otherwise"), ("b", "then"), ("mail", "planned")]


def test_a_condition_on_a_field_that_is_gone_sets_its_people_aside_with_its_name(store, monkeypatch):
    from campaigns import fields
    from campaigns.engine import conditions

    rich = {"id": "b", "do": "branch", "if": {"field": "customer.orders", "op": ">=", "value": 2}, "otherwise": ""}
    live("loyal", rich, send())
    monkeypatch.delitem(fields.FIELDS, "customer.orders")
    conditions._read.cache_clear()

    place(store, 1)

    row = Enrolment.objects.get()
    assert (row.state, "customer.orders" in row.why) == ("failed", True)
    assert keys() == []


def test_a_circle_writes_a_mail_each_round(store, clock):
    live("daily", send("hello"), wait(after="step_at", days=1, next="hello"))
    order = place(store)

    for _day in range(2):
        clock.shift(DAY)
        tick()

    assert keys() == [f"daily:order:{order.pk}:hello{again}" for again in ("", ":2", ":3")]


def test_a_thousand_enrolments_that_are_due_at_once_are_each_moved_once(store):
    made = live("many", send())
    order = place(store)
    first = Enrolment.objects.get()
    Enrolment.objects.bulk_create(
        Enrolment(
            journey=made,
            version=first.version,
            customer_id=order.customer_id,
            subject_type="order",
            subject_id=order.pk,
            order=order,
            entry_key=f"event:{n}",
            entered_at=MONDAY,
            since_at=MONDAY,
            wake_at=MONDAY,
        )
        for n in range(1000)
    )

    assert [advance_due(), advance_due(), advance_due()] == [500, 500, 0]
    assert len(keys()) == 1001

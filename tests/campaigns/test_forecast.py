"""Looking ahead and the dry run: the same engine, the same gate, and nothing written."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.forecast import ahead, who_now
from campaigns.models import Enrolment, StepTaken
from customers.actions import open_matters
from customers.models import Customer
from feedback.models import Request
from messaging.models import Message, Suppression
from tests.builders.door import MONDAY
from tests.builders.journeys import journey, live, only, place, scan, send, ship, wait

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def seen(customer_id, days=60):
    found = ahead(customer_id, days, timezone.now())
    return [(one.at and one.at.isoformat()[:16], one.step, one.verdict, str(one.reason)) for one in found]


def test_what_lies_ahead_is_what_then_comes(store, clock):
    made = journey(
        "chain", wait("a", days=1, at="10:00"), send("one"), wait("b", after="step_at", days=30), send("two"),
        wait("c", after="step_at", days=40), send("three"),
    )  # fmt: skip
    only(made)
    olena = place(store).customer_id
    rows = [list(Enrolment.objects.values()), StepTaken.objects.count(), Message.objects.count()]

    foreseen = seen(olena)

    assert foreseen == [
        ("2026-11-25T08:00", "one", "send", ""),
        ("2026-12-25T08:00", "two", "send", ""),
    ]
    assert rows == [list(Enrolment.objects.values()), StepTaken.objects.count(), Message.objects.count()]
    live(clock, MONDAY + 60 * DAY)
    sent = [(m.sent_at.isoformat()[:16], m.key.rpartition(":")[2]) for m in Message.objects.order_by("pk")]
    assert sent == [(at, name) for at, name, _verdict, _why in foreseen]


def test_who_waits_for_a_delivery_is_said_to_wait_for_it(store):
    olena = place(store).customer_id

    [one] = ahead(olena, 60, timezone.now())

    assert (one.at, one.step, one.verdict) == (None, "wait", "waits")
    assert one.reason.values == {
        "facts": ["shipment.delivered", "line.completed", "order.paid", "shipment.shipped", "order.fulfilment_reported"]
    }


def test_the_gate_says_what_will_not_leave_and_why(store):
    order = place(store)
    scan(ship(order), "delivered")
    Suppression.objects.create(address="olena@example.com", channel="email")

    assert seen(order.customer_id)[-1][1:] == (
        "ask", "skip", "The address is suppressed: mail bounced, or its owner complained.",
    )  # fmt: skip


def test_an_ask_waits_while_a_matter_is_open(store):
    order = place(store)
    scan(ship(order), "delivered")
    open_matters("ticket", {("ticket", 1): order.customer_id}, timezone.now())

    assert [verdict for _at, _step, verdict, _why in seen(order.customer_id)] == ["hold"]


def test_who_was_asked_before_is_not_asked_again(store):
    order = place(store)
    scan(ship(order), "delivered")
    Request.objects.create(order=order, customer=order.customer)

    assert seen(order.customer_id)[-1][1:] == ("ask", "skip", "Has been asked before.")


def test_a_birthday_that_comes_round_lies_ahead(store):
    order = place(store)
    Customer.objects.update(born_on=date(1990, 12, 31))
    made = journey("birthday", send(), starts_with={"date": "customer.birthday", "at": "10:00"}, subject="customer")
    only(made)

    assert seen(order.customer_id) == [("2026-12-31T08:00", "mail", "send", "")]
    assert seen(order.customer_id, days=30) == []


def test_a_dry_run_tells_who_would_get_it_now_who_not_and_why(store):
    for number, email in ((1, "a@example.com"), (2, "b@example.com"), (3, ""), (4, "d@example.com")):
        place(store, number, email=email, phone="", customer_id="")
    Suppression.objects.create(address="b@example.com", channel="email")
    made = journey("draft", send(), state="draft")
    before = [Enrolment.objects.count(), Message.objects.count()]

    dry = who_now(made, 100, timezone.now())

    assert [(verdict, str(why), n) for verdict, why, n in dry.counts] == [
        ("send", "", 2),
        ("skip", "The address is suppressed: mail bounced, or its owner complained.", 1),
        ("skip", "No address: the order came without an e-mail.", 1),
    ]
    assert (dry.looked_at, len(dry.people)) == (4, 4)
    assert before == [Enrolment.objects.count(), Message.objects.count()]


def test_a_dry_run_of_a_running_journey_knows_who_has_been_there(store):
    made = journey("hello", send())
    only(made)
    place(store, 1)

    dry = who_now(made, 100, timezone.now())

    assert [(v, str(why), n) for v, why, n in dry.counts] == [("skip", "Has entered before: once is enough.", 1)]


def test_a_dry_run_says_who_still_waits_and_whom_the_way_leads_past(store):
    place(store, 1)
    place(store, 2)
    rich = {"id": "b", "do": "branch", "if": {"field": "customer.orders", "op": ">", "value": 99}, "otherwise": ""}
    waiting = who_now(journey("w", wait(days=3), send(), state="draft"), 100, timezone.now())

    assert [(v, str(why), n) for v, why, n in waiting.counts] == [("hold", "Waits until 26 November 2026.", 2)]
    past = who_now(journey("b", rich, send(), state="draft"), 100, timezone.now())
    assert [(v, str(why), n) for v, why, n in past.counts] == [("skip", "The way leads past every message.", 2)]


def test_looking_ahead_takes_as_many_queries_for_seven_journeys_as_for_one(store, django_assert_num_queries):
    made = journey("chain", wait("a", days=1), send("one"))
    only(made)
    olena = place(store, 1).customer_id

    with django_assert_num_queries(12):
        assert len(seen(olena)) == 1
    for number in range(2, 8):
        place(store, number)
    with django_assert_num_queries(12):
        assert len(seen(olena)) == 7

"""G5: facts in any order, repeated and late lead to the same end and the same messages as in order, once, in time.

Two orders live through the same story. The first one's facts are recorded as they happen. The second one's come late,
in any order and up to three times, though not later than the next moment at which the first one's journey decides:
nothing can be decided by what nobody knows yet.
"""

from datetime import timedelta
from random import Random

import pytest
import time_machine
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from campaigns.actions import advance_due
from campaigns.models import Enrolment, StepTaken
from customers.models import Customer, Stats
from events.facts import Recorded, record_all
from events.models import Event
from events.outbox import answer_waiting
from feedback.events import ReviewSubmitted
from messaging.models import Message
from orders.events import OrderCancelled, OrderPaid, OrderPlaced
from orders.models import Order, Store
from tests.builders.door import MONDAY
from tests.builders.journeys import journey, only, send, wait
from tracking.events import ShipmentDelivered
from tracking.models import Shipment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys", "store")]

HOUR = timedelta(hours=1)
STORY = ("paid", "delivered", "reviewed", "cancelled", "bought again")

STEPS = (
    send("hello"),
    {"id": "pay", "do": "wait_for", "fact": "order.paid", "within": {"days": 2}, "then": "thanks", "otherwise": "nag"},
    send("thanks", next="week"),
    send("nag"),
    wait("week", after="delivered_at", days=1, at="10:00", otherwise={"after": "entered_at", "days": 5}),
    {"id": "said", "do": "branch", "fact": "review.submitted", "then": "day", "otherwise": "ask"},
    send("ask"),
    wait("day", after="step_at", days=1),
    send("bye"),
)


class Facts(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.clock = time_machine.travel(MONDAY, tick=False)
        self.now = self.clock.start()
        self.to_come, self.late = list(STORY), []

    def teardown(self):
        try:
            self.both_stand_at_the_same_point(Random(7))
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @initialize()
    def two_orders(self):
        self.timely, self.shuffled = (self.order(number) for number in (1, 2))
        learn(self.timely, "placed", timezone.now())
        self.late.append(("placed", timezone.now()))

    def order(self, number):
        person = Customer.objects.create(first_name=f"n{number}", time_zone="Europe/Kyiv")
        Stats.objects.create(customer=person)
        order = Order.objects.create(
            store=Store.objects.get(), external_id=str(number), number=str(number), customer=person,
            email=f"n{number}@example.com", placed_at=MONDAY, currency="UAH",
        )  # fmt: skip
        Shipment.objects.create(order=order, number=f"P{number}")
        return order

    # --- What happens ---

    @precondition(lambda self: self.to_come)
    @rule(pick=st.integers(0, 10))
    def happen(self, pick):
        what, at = self.to_come.pop(pick % len(self.to_come)), timezone.now()
        learn(self.timely, what, at)
        self.late.append((what, at))

    @precondition(lambda self: self.late)
    @rule(pick=st.integers(0, 10), times=st.integers(1, 3))
    def learn_late(self, pick, times):
        what, at = self.late.pop(pick % len(self.late))
        for _again in range(times):
            learn(self.shuffled, what, at)

    @rule()
    def answer_again(self):
        """The outbox answers everything of the second order once more, as after a replay."""
        Event.objects.filter(customer_id=self.shuffled.customer_id).update(handled_at=None)
        answer()

    @rule(hours=st.integers(1, 40), order=st.randoms(use_true_random=False))
    def time_passes(self, hours, order):
        until = timezone.now() + hours * HOUR
        while (wakes := self.next_wake()) and wakes <= until:
            self.now.move_to(max(wakes, timezone.now()))
            self.look(order)
        self.now.move_to(until)

    @rule(order=st.randoms(use_true_random=False))
    def look(self, order):
        """Before anything is decided, the second order's facts are in: in an order of chance."""
        answer()
        if (wakes := self.next_wake()) and wakes <= timezone.now():
            order.shuffle(self.late)
            while self.late:
                self.learn_late(0, 2)
            answer()
            while advance_due():
                pass

    def next_wake(self):
        rows = Enrolment.objects.filter(state="active", wake_at__isnull=False).order_by("wake_at")
        return rows.values_list("wake_at", flat=True).first()

    # --- What must hold ---

    @rule(order=st.randoms(use_true_random=False))
    def both_stand_at_the_same_point(self, order):
        self.look(order)
        order.shuffle(self.late)
        while self.late:
            self.learn_late(0, 3)
        self.look(order)

        assert self.tells(self.timely) == self.tells(self.shuffled)

    @invariant()
    def who_has_cancelled_gets_nothing_more(self):
        cancelled = Event.objects.filter(kind="order.cancelled", customer_id=OuterRef("customer_id"))
        assert not Message.objects.filter(created_at__gt=Subquery(cancelled.values("recorded_at")[:1])).exists()

    def tells(self, order):
        """Everything about an order's journeys, without its own numbers."""
        rows = Enrolment.objects.filter(customer=order.customer_id).order_by("pk")
        keys = Message.objects.filter(customer=order.customer_id).order_by("key").values_list("key", "expires_at")
        steps = StepTaken.objects.filter(enrolment__customer=order.customer_id).order_by("seq")
        return {
            "enrolments": list(rows.values_list(
                "state", "step", "seq", "entered_at", "step_at", "wake_at", "goal_at", "listens", "reason_values",
            )),
            "messages": [(key.rpartition(":")[2], until) for key, until in keys],
            "steps": list(steps.values_list("step", "outcome")),
        }  # fmt: skip


def answer():
    if Event.objects.filter(handled_at=None).exists():  # mostly there is nothing, and the outbox asks six times
        while answer_waiting():
            pass


def learn(order, what, at):
    """A fact with what it changes; the second time it changes nothing, as its app would have it."""
    mine = ("order", order.pk)
    parcel = Shipment.objects.get(order=order)
    if what == "delivered":
        Order.objects.filter(pk=order.pk).update(delivered_at=at)
    fact, subject = {
        "placed": (OrderPlaced(order.number, "UAH", order.total), mine),
        "paid": (OrderPaid(order.number, "UAH", order.total), mine),
        "delivered": (ShipmentDelivered(order.pk), ("shipment", parcel.pk)),
        "reviewed": (ReviewSubmitted(1, 5, 1), mine),
        "cancelled": (OrderCancelled(order.number, ""), mine),
        "bought again": (OrderPlaced("again", "UAH", order.total), ("return", order.pk)),
    }[what]
    with transaction.atomic():
        record_all([Recorded(fact, subject, order.customer_id, at, key=f"{what}:{order.pk}")])


def test_facts_in_any_order_repeated_and_late_lead_to_the_same_end_and_the_same_messages():
    goal = {"fact": "customer:order.placed", "days": 9}
    with time_machine.travel(MONDAY, tick=False):
        only(journey("story", *STEPS, counts_from="happened", ends_with=["order.cancelled"], goal=goal))

    run_state_machine_as_test(
        Facts,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

"""A journey about tickets: it lets them in, waits from their times, writes to whoever they are from."""

from datetime import timedelta

import pytest
import time_machine

from campaigns.models import Enrolment
from events.clocks import tick
from messaging.models import Message
from support.actions.tickets import reopen, solve
from tests.builders.journeys import journey
from tests.builders.room import person
from tests.builders.tickets import NOON, ticket

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
STEPS = (
    {"id": "wait", "do": "wait", "after": "solved_at", "days": 1},
    {"id": "write", "do": "send", "template": "ticket_received"},
)


def written():
    return list(Message.objects.filter(cause_type="enrolment").values_list("address", "subject_type"))


def test_a_day_after_the_solution_the_customer_is_written_to(store, order):
    with time_machine.travel(NOON, tick=False) as clock:
        journey("after", *STEPS, subject="ticket", starts_with="ticket.solved", ends_with=["ticket.reopened"])
        solve(ticket(store, order).pk, 1, person("agent"), NOON)
        tick()
        before = written()
        clock.shift(DAY)
        tick()

    assert before == []
    assert written() == [("buyer0@example.com", "ticket")]


def test_a_ticket_that_is_opened_again_ends_its_journey(store, order):
    with time_machine.travel(NOON, tick=False) as clock:
        journey("after", *STEPS, subject="ticket", starts_with="ticket.solved", ends_with=["ticket.reopened"])
        found, agent = ticket(store, order), person("agent")
        solve(found.pk, 1, agent, NOON)
        tick()
        reopen(found.pk, 2, agent, NOON)
        tick()
        clock.shift(DAY)
        tick()

    assert written() == []
    assert Enrolment.objects.get().state == "exited"

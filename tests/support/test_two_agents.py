"""Two agents in the same second, in connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from messaging.actions import load_preset_mails
from messaging.models import Message
from support.actions.answering import answer
from support.actions.tickets import TicketRefused, assign
from tests.builders.room import person
from tests.builders.tickets import MAILS, NOON, ticket

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds):
    """What each said: nothing, or why not."""
    start = Barrier(len(deeds))

    def run(deed):
        try:
            start.wait(10)
            deed()
        except TicketRefused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_of_five_agents_who_take_a_ticket_at_once_one_has_it_and_four_are_told(store):
    found = ticket(store)
    agents = [person("agent", f"agent{n}@shop.example") for n in range(5)]

    said = at_once(*[lambda a=a: assign(found.pk, a, 1, a, NOON) for a in agents])

    found.refresh_from_db()
    assert sorted(said, key=str).count(None) == 1
    assert found.assignee == agents[said.index(None)]
    assert {why for why in said if why} == {"Agent has taken this ticket meanwhile."}


def test_of_five_answers_at_once_one_is_sent_and_four_are_kept_back(store, journeys):
    load_preset_mails(MAILS)
    found = ticket(store)
    agents = [person("agent", f"agent{n}@shop.example") for n in range(5)]

    said = at_once(*[lambda a=a: answer(found.pk, f"I am {a.pk}", f"{a.pk}", 1, a, NOON) for a in agents])

    assert said.count(None) == 1
    assert (Message.objects.count(), found.messages.filter(direction="out").count()) == (1, 1)
    assert all("answered meanwhile" in why for why in said if why)


def test_one_form_pressed_five_times_at_once_is_one_answer(store, journeys):
    load_preset_mails(MAILS)
    found, agent = ticket(store), person("agent")

    said = at_once(*[lambda: answer(found.pk, "Tomorrow.", "same", 1, agent, NOON)] * 5)

    assert said == [None] * 5
    assert Message.objects.count() == 1

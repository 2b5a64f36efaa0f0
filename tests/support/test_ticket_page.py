"""The customer's page of a ticket: the conversation without notes, room to answer, nothing by a GET."""

import pytest
import time_machine

from events.models import Event
from support.actions import tickets as deeds
from support.actions.answering import answer
from support.links import ticket_path
from support.models import Ticket, TicketMessage
from tests.builders.room import person
from tests.builders.tickets import NOON, ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def found(store, order):
    return ticket(store, order, "<script>alert(1)</script> Where?")


def test_the_customer_reads_what_was_said_escaped_and_by_whom(client, found):
    answer(found.pk, "Tomorrow.", "1", 1, person("agent"), NOON)

    page = client.get(ticket_path(found)).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt; Where?" in page and "<script>alert" not in page
    assert "Tomorrow." in page and "Agent" in page
    assert "noindex" in client.get(ticket_path(found)).headers["X-Robots-Tag"]


def test_the_customers_words_open_a_solved_ticket(client, found):
    deeds.solve(found.pk, 1, person("agent"), NOON)

    answered = client.post(ticket_path(found), {"once": "1", "text": "Not yet"})

    found.refresh_from_db()
    assert (answered.status_code, found.state, found.reopened) == (302, "open", 1)
    assert [m.text for m in found.messages.order_by("pk")][1:] == ["Not yet"]


def test_a_form_sent_twice_is_said_once(client, found):
    for _press in range(2):
        client.post(ticket_path(found), {"once": "1", "text": "And?"})

    assert found.messages.count() == 2
    assert Event.objects.filter(kind="ticket.replied").count() == 1


def test_nothing_is_said_of_nothing(client, found):
    answered = client.post(ticket_path(found), {"once": "1", "text": " "})

    assert answered.status_code == 422
    assert found.messages.count() == 1


def test_a_link_opens_one_ticket_until_it_is_revoked(client, found, store):
    path = ticket_path(found)
    Ticket.objects.filter(pk=found.pk).update(link_version=2)

    assert client.get(path).status_code == 404
    assert client.get(ticket_path(ticket(store)).replace("/t/", "/t/A")).status_code == 404


def test_a_get_changes_nothing(client, found, django_assert_max_num_queries):
    before = Ticket.objects.values().get()

    with django_assert_max_num_queries(2):
        client.get(ticket_path(found), {"deed": "confirm", "text": "x"})

    assert Ticket.objects.values().get() == before
    assert TicketMessage.objects.count() == 1

"""A note of agents is in nothing that a customer, a shop's program or a webhook can reach."""

import json
from urllib.parse import urlsplit

import pytest
import time_machine

from events.clocks import tick
from events.models import Event
from messaging.models import LocalMail, Message
from orders.links import status_url
from staff.tokens import make_token
from support.actions import tickets as deeds
from support.actions.answering import answer
from support.actions.macros import fill_macro, write_macro
from support.links import ticket_path
from support.models import Macro
from tests.builders.room import person
from tests.builders.tickets import NOON, ticket

pytestmark = pytest.mark.django_db

SENTINEL = "SENTINEL-rude-and-private"


@pytest.fixture
def found(store, order):
    with time_machine.travel(NOON, tick=False):
        made = ticket(store, order, note=SENTINEL)
        agent = person("agent")
        deeds.note(made.pk, f"{SENTINEL} again", "n1", agent, NOON)
        answer(made.pk, "Tomorrow.", "1", 2, agent, NOON)
        deeds.note(made.pk, f"{SENTINEL} at last", "n2", agent, NOON)
        deeds.hear(made.pk, deeds.Words("page:1", "Thanks"), NOON)
        tick()
        yield made


def test_no_page_of_the_customers_holds_a_note(client, found):
    order_page = urlsplit(status_url(found.order)).path
    paths = [ticket_path(found), order_page, f"{order_page}contact/", "/contact/", "/"]

    pages = [client.get(path) for path in paths]

    assert [page.status_code for page in pages] == [200] * 5
    assert not any(SENTINEL.encode() in page.content for page in pages)


def test_no_mail_and_no_fact_holds_a_note(found):
    assert LocalMail.objects.count() == 1
    assert not any(SENTINEL.encode() in bytes(kept.raw) for kept in LocalMail.objects.all())
    assert SENTINEL not in "".join(m.body.html + m.body.text for m in Message.objects.filter(body__isnull=False))
    assert SENTINEL not in json.dumps(list(Event.objects.values_list("data", flat=True)))


def test_no_answer_of_the_api_holds_a_note(client, found):
    head = {"Authorization": f"Bearer {make_token(person('owner'), 'the shop')}"}

    pages = [client.get(path, headers=head) for path in ("/api/v1/tickets/", f"/api/v1/tickets/{found.pk}/")]

    assert [page.status_code for page in pages] == [200, 200]
    assert b"Tomorrow." in pages[1].content
    assert not any(SENTINEL.encode() in page.content for page in pages)


def test_no_macro_and_no_variable_reaches_a_note(found):
    macro = Macro(slug="all", name="All")
    write_macro(macro, {"en": "{{ ticket }} {{ customer }} {{ order }} {{ store }}"})

    assert SENTINEL not in fill_macro(macro, found, NOON)


def test_the_agents_page_does_hold_it(client, found):
    client.force_login(person("manager"))

    assert client.get(f"/admin/support/ticket/{found.pk}/change/").content.count(SENTINEL.encode()) == 3

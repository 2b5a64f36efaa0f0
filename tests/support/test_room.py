"""Tickets in the agent's room: the list and its search, the page, two agents on it, mails with their layout."""

import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.models import Message
from support.actions import tickets as deeds
from support.actions.macros import write_macro
from support.desk import find_tickets
from support.models import Macro, Note, Ticket
from tests.builders.news import mail
from tests.builders.room import person
from tests.builders.tickets import MAILBOX, NOON, comes_in, many, ticket

pytestmark = pytest.mark.django_db

LIST = "/admin/support/ticket/"
MANY = 10_000


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def agent(client, store):
    made = person("agent", "anna@shop.example")
    client.force_login(made)
    return made


@pytest.fixture
def found(store, order):
    return ticket(store, order)


def page_of(one):
    return reverse("admin:support_ticket_change", args=[one.pk])


def press(client, one, deed, **typed):
    return client.post(page_of(one), {"deed": deed, "version": one.version, "once": "1", **typed})


# --- The page -----------------------------------------------------------------------------------------------------


def test_the_page_shows_the_conversation_beside_the_order_and_the_customers_letters(client, agent, found):
    page = client.get(page_of(found)).content.decode()

    assert "Where is my parcel?" in page
    assert 'id="panel-orders"' in page and "#1001" in page
    assert found.email in page and "/t/" in page


def test_an_answer_typed_on_the_page_is_sent_once(client, agent, found):
    for _press in range(2):
        press(client, found, "answer", text="Tomorrow.")

    letter = Message.objects.get()
    assert (letter.address, letter.purpose_id, letter.template.slug) == (found.email, "support", "ticket_reply")
    assert found.messages.get(direction="out").author == agent


def test_an_answer_to_an_old_state_is_refused_with_everything_typed_still_there(client, agent, found):
    deeds.hear(found.pk, deeds.Words("page:1", "It came!"), NOON)

    answer = press(client, found, "answer", text="Tomorrow, promised.")

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The customer wrote meanwhile" in page and "Tomorrow, promised.</textarea>" in page and "It came!" in page
    assert not Message.objects.exists()


def test_take_note_solve_and_open_again_by_the_buttons(client, agent, found):
    for deed in ("claim", "solve", "reopen", "let_go"):
        found.refresh_from_db()
        assert press(client, found, deed).status_code == 302, deed
    press(client, found, "note", note="Call them")

    found.refresh_from_db()
    assert (found.state, found.assignee, found.reopened) == ("open", None, 1)
    assert Note.objects.get().author == agent


def test_somebody_else_who_reads_it_is_named(client, agent, found):
    other = person("manager", "borys@shop.example")
    client.get(page_of(found))
    client.force_login(other)

    assert "Reading this ticket too: Agent" in client.get(page_of(found)).content.decode()


def test_a_macro_stands_in_the_field_filled_in(client, agent, found):
    write_macro(Macro(slug="late", name="Late", solves=True), {"en": "Sorry, {{ customer.first_name }}!"})

    page = client.get(page_of(found), {"macro": "late"}).content.decode()

    assert "Sorry, Olena!</textarea>" in page and "checked" in page


def test_a_marketer_reads_and_has_no_buttons(client, found):
    client.force_login(person("marketer"))

    page = client.get(page_of(found))

    assert page.status_code == 200 and b'value="answer"' not in page.content
    assert press(client, found, "answer", text="x").status_code == 403
    assert press(client, found, "note", note="x").status_code == 403
    assert not Message.objects.exists() and not Note.objects.exists()


def test_the_pages_queries_do_not_grow_with_the_conversation(client, agent, found):
    client.get(page_of(found))
    with CaptureQueriesContext(connection) as few:
        client.get(page_of(found))
    for n in range(30):
        deeds.hear(found.pk, deeds.Words(f"page:{n}", "And?"), NOON)
        deeds.note(found.pk, "Hm", f"n{n}", agent, NOON)

    with CaptureQueriesContext(connection) as more:
        client.get(page_of(found))

    assert len(more) <= len(few)


# --- Mails with their layout --------------------------------------------------------------------------------------

EVIL = (
    '<html><head><link rel="preconnect" href="https://evil.example"><style>body{background:url(https://evil.example)}'
    '</style></head><body onload="x()"><script>alert(1)</script><p>Hello <b>there</b></p>'
    '<img src="https://evil.example/1.png" alt="logo"><a href="javascript:x()">tap</a><iframe src="//evil.example">'
    '</iframe><form action="https://evil.example"><svg onload="x()"></svg></form>'
)


def test_the_layout_of_a_mail_holds_words_and_tags_and_is_forbidden_everything(client, agent, order):
    comes_in(mail(EVIL, MAILBOX, "buyer0@example.com", Content_Type="text/html; charset=utf-8"))
    found = Ticket.objects.get()

    answer = client.get(f"{LIST}{found.pk}/mail/{found.messages.get().pk}/")

    body, policy = answer.content.decode(), answer.headers["Content-Security-Policy"]
    assert "<p>Hello <b>there</b></p><i>[logo]</i>tap" in body
    assert "evil" not in body and "alert" not in body and "=" not in body.replace('charset="utf-8"', "")
    assert sorted(policy.split("; ")) == [
        "base-uri 'none'", "default-src 'none'", "form-action 'none'", "frame-ancestors 'self'", "sandbox",
    ]  # fmt: skip
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-src 'self'" in client.get(page_of(found)).headers["Content-Security-Policy"]


def test_the_layout_is_for_agents_alone(client, store, order):
    comes_in(mail(EVIL, MAILBOX, "buyer0@example.com", Content_Type="text/html; charset=utf-8"))
    found = Ticket.objects.get()

    assert client.get(f"{LIST}{found.pk}/mail/{found.messages.get().pk}/").status_code == 302


# --- The list -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["#1001", "1001", "buyer0@exa", "olena", "parcel wher", "Where is my", "Your order 10"]
)
def test_a_ticket_is_found_by_what_people_type(store, found, typed):
    ticket(store, text="Something else entirely")

    assert list(find_tickets(Ticket.objects.all(), typed)) == [found]


@pytest.mark.parametrize("typed", ["absent", "' UNION 1=1 --", "a & | ! :*", "💥", "parcel absent", "'", "\\"])
def test_what_is_not_there_is_not_found_and_breaks_nothing(store, found, typed):
    assert list(find_tickets(Ticket.objects.all(), typed)) == []


def test_notes_are_not_searched_and_the_number_is_the_tickets_own(store, found, agent):
    deeds.note(found.pk, "zebra", "n1", agent, NOON)

    assert list(find_tickets(Ticket.objects.all(), "zebra")) == []
    assert list(find_tickets(Ticket.objects.all(), f"#{found.pk}")) == [found]


def test_strangers_tickets_stand_in_the_list_only_for_those_who_ask_for_them(client, agent, store, found):
    stranger = ticket(store, key="form:stranger", is_confirmed=False)

    listed = [
        client.get(LIST, asked).context["cl"].result_list
        for asked in ({}, {"state__exact": "open"}, {"q": "parcel"}, {"state__exact": "unconfirmed"})
    ]

    assert listed == [[found], [found], [found], [stranger]]


def test_filters_by_agent_and_export(client, agent, store, found):
    deeds.assign(found.pk, agent, 1, agent, NOON)
    ticket(store)

    mine = client.get(LIST, {"agent": "me"}).context["cl"].result_list
    text = b"".join(client.get(LIST, {"export": "csv"}).streaming_content).decode("utf-8-sig")

    assert mine == [found]
    assert text.splitlines()[0].startswith("Number,About,State") and len(text.splitlines()) == 3


def rows_read(sql):
    """How many rows all nodes of the plan touched, what stands in it, and blocks."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        [(found,)] = cursor.fetchall()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    nodes, names = [plan], []
    touched = 0
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        names.append(f"{node['Node Type']} {node.get('Relation Name', '')}".strip())
        touched += (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return touched, names, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.fixture
def crowd(store, order):
    many(store, MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE support_ticket, support_ticketmessage")


def test_ten_thousand_tickets_are_listed_from_the_index(client, agent, crowd):
    for filters in ({}, {"state__exact": "open"}, {"state__exact": "solved"}, {"agent": "none"}):
        page = client.get(LIST, filters).context["cl"]
        with CaptureQueriesContext(connection) as seen:
            list(page.queryset[:51])
        touched, names, blocks = rows_read(seen[-1]["sql"])
        assert "Sort" not in names and "Seq Scan support_ticket" not in names, (filters, names)
        assert touched < 1200 and blocks < 1000, (filters, touched, blocks)
        assert page.count_text == "1,000+" or page.count_text == "1,000"

    with CaptureQueriesContext(connection) as seen:
        client.get(LIST)
    assert len(seen) <= 8


def test_rare_common_and_absent_words_are_found_without_reading_all(crowd):
    wanted, words = Ticket.objects.order_by("-moved_at", "-pk"), {}

    for typed in ("number777", "absent", "parcel", "buyer777@", "Olena No777", "Question"):
        with CaptureQueriesContext(connection) as seen:
            words[typed] = len(list(find_tickets(wanted, typed)[:51]))
        assert len(seen) <= 6
        for query in seen:
            touched, names, blocks = rows_read(query["sql"])
            # so small a table may be read as a whole
            assert touched < 2.2 * MANY and blocks < 4_500, (typed, touched, blocks, names)

    assert words == {
        "number777": 11,
        "absent": 0,
        "parcel": 51,
        "buyer777@": 1,
        "Olena No777": 11,
        "Question": 51,
    }

"""What opens tickets besides people's mails and forms: programs, low reviews, journeys."""

import pytest
import time_machine
from django.utils import translation
from django.utils.translation import gettext

from campaigns import segments
from customers.models import OpenMatter
from events.clocks import tick
from events.models import Event
from feedback.actions import Answer, ask_for_reviews, submit_review
from feedback.models import Request
from messaging import contexts
from messaging.models import Message
from shelf.acts import Doing
from staff.tokens import make_token
from support.actions.tickets import solve
from support.acts import OPEN_TICKET
from support.models import Note, Ticket
from support.subjects import TICKET
from tests.builders.room import orders, person
from tests.builders.tickets import NOON, ticket

pytestmark = pytest.mark.django_db

URL = "/api/v1/tickets/"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


# --- Programs -----------------------------------------------------------------------------------------------------


@pytest.fixture
def head(order):
    return {"Authorization": f"Bearer {make_token(person('manager'), 'the shop')}"}


def post(client, head, **said):
    known = {"store": "lavka", "external_id": "C-1", "title": "Cup", "text": "It is broken.", "order": "0"}
    return client.post(URL, known | said, content_type="application/json", headers=head)


def test_a_program_opens_a_ticket_on_an_order_once(client, head, order):
    first, again = post(client, head), post(client, head, text="Something else")

    found = Ticket.objects.get()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] == found.pk
    assert (found.order, found.customer, found.email, found.channel) == (
        order,
        order.customer,
        "buyer0@example.com",
        "api",
    )
    assert [m["text"] for m in again.json()["messages"]] == ["It is broken."]


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"order": "404"}, "order"),
        ({"order": ""}, "email"),
        ({"order": "", "email": "nobody"}, "email"),
        ({"text": ""}, "text"),
        ({"store": "none"}, "store"),
        ({"priority": 9}, "priority"),
    ],
)
def test_what_makes_no_ticket_is_said_beside_its_field(client, head, said, where):
    answer = post(client, head, **said)

    assert (answer.status_code, list(answer.json())) == (400, [where])
    assert not Ticket.objects.exists()


def test_agents_read_by_api_and_open_nothing(client, order):
    head = {"Authorization": f"Bearer {make_token(person('agent'), 'mine')}"}

    assert client.get(URL, headers=head).status_code == 200
    assert post(client, head).status_code == 403
    assert client.get(URL).status_code == 401


def test_the_list_costs_the_same_for_many(client, head, store, django_assert_num_queries):
    for _n in range(11):
        ticket(store)
    client.get(URL, headers=head)  # notes when the token was used

    with django_assert_num_queries(5):
        answer = client.get(URL, headers=head)

    assert len(answer.json()["results"]) == 11


# --- Reviews ------------------------------------------------------------------------------------------------------


def review(order, stars, text="Cracked"):
    ask_for_reviews([order], NOON)
    submit_review(Request.objects.get(order=order), [Answer(None, stars, text)], "Olena", "uk", NOON)
    tick()


@pytest.mark.parametrize(("stars", "opened"), [(1, 1), (2, 1), (3, 0), (5, 0)])
def test_one_and_two_stars_are_a_matter_for_a_person(order, stars, opened):
    review(order, stars)

    assert (Ticket.objects.count(), OpenMatter.objects.count()) == (opened, opened)


def test_the_ticket_of_a_review_says_what_the_customer_wrote(order):
    review(order, 2)

    found = Ticket.objects.get()
    with translation.override("uk"):
        title = gettext("Your review of order %(number)s") % {"number": "#1001"}
    assert (found.channel, found.priority, found.order, found.title) == ("review", 2, order, title)
    assert found.messages.get().text == "★★\nCracked"


# --- Journeys -----------------------------------------------------------------------------------------------------


def doing(key, customer_id, subject, **values):
    return Doing(key, customer_id, subject, {"title": "Late parcel", "note": "Call them"} | values, NOON)


def test_a_journey_opens_a_ticket_on_its_order_once_with_a_note_for_agents(order):
    wanted = [doing("step:1", order.customer_id, ("order", order.pk), priority="1")]

    assert OPEN_TICKET.do(wanted, NOON) == OPEN_TICKET.do(wanted, NOON) == set()

    found = Ticket.objects.get()
    assert (found.order, found.email, found.channel, found.priority) == (order, "buyer0@example.com", "journey", 1)
    assert (Note.objects.get().text, found.messages.count()) == ("Call them", 0)
    assert not Message.objects.exists()


def test_a_journey_about_a_customer_opens_it_without_an_order_and_costs_the_same_for_many(
    store, order, django_assert_max_num_queries
):
    many = orders(store, 20, start=1)
    wanted = [doing(f"step:{o.pk}", o.customer_id, ("customer", o.customer_id)) for o in many]

    with django_assert_max_num_queries(20):
        OPEN_TICKET.do(wanted, NOON)

    assert Ticket.objects.filter(order=None, customer__isnull=False).count() == 20


def test_for_nobody_there_is_nothing_to_be_opened(store, order):
    assert OPEN_TICKET.do([doing("step:1", None, ("customer", 0))], NOON) == {"step:1"}
    assert not Ticket.objects.exists()


def test_a_journey_about_tickets_knows_whom_to_write_to_and_when(store, order):
    found = ticket(store, order)

    told = TICKET.load([found.pk], NOON)[found.pk]

    assert (told.customer_id, told.address, told.language) == (order.customer_id, "buyer0@example.com", "en")
    assert (told.about, told.order_id, told.anchors["opened_at"]) == (("ticket", found.pk), order.pk, NOON)
    assert TICKET.of(Event.objects.get(kind="ticket.opened")) == found.pk


def test_mails_about_tickets_know_the_order_where_there_is_one(store, order, django_assert_num_queries):
    on_order, without = ticket(store, order), ticket(store)

    with django_assert_num_queries(5):
        data = contexts.load([("ticket", on_order.pk), ("ticket", without.pk)], NOON)

    assert data["ticket", on_order.pk]["order"]["number"] == "#1001"
    assert data["ticket", on_order.pk]["customer"]["first_name"] == "Olena"
    assert "order" not in data["ticket", without.pk]
    assert data["ticket", without.pk]["customer"] == {"first_name": "Petro", "name": "Petro"}


def test_segments_find_people_by_the_state_of_their_tickets(store, order):
    other = orders(store, 1, start=1)[0]
    made = segments.create("Waiting", {"field": "customer.tickets", "op": "has_any", "value": ["open"]}, NOON)
    ticket(store, order)
    solve(ticket(store, other).pk, 1, person("agent"), NOON)

    found = segments.members(segments.live_version(made), NOON)

    assert list(found.values_list("pk", flat=True)) == [order.customer_id]

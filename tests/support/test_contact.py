"""The contact form: bound to an order by its link; for strangers the same answer whatever we know."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine

from customers.models import Customer, OpenMatter
from events.clocks import tick
from events.models import Event
from messaging.models import LocalMail, Message
from orders.links import status_url
from support import views
from support.actions.contact import forget_unconfirmed
from support.models import Ticket
from tests.builders.news import mail
from tests.builders.tickets import NOON, comes_in, last_letter, link_in_last_mail, reply_address, text_of_last_mail

pytestmark = pytest.mark.django_db

HIT = {"email": "buyer0@example.com", "number": "1001", "text": "Where is it?", "name": "Olena"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def write(client, once="1", **typed):
    return client.post("/contact/", {"once": once, **HIT, **typed})


def body(answer):
    """Without what is drawn anew for each answer."""
    return re.sub(rb'name="(csrfmiddlewaretoken|once)" value="[^"]*"', b"", answer.content)


def form_of(order):
    return urlsplit(status_url(order)).path + "contact/"


# --- From the order's page ------------------------------------------------------------------------------------------


def test_the_orders_page_leads_to_a_form_that_knows_the_order(client, order):
    path = form_of(order)

    page = client.get(path.removesuffix("contact/")).content.decode()
    form = client.get(path).content.decode()

    assert 'href="contact/?lang=uk"' in page
    assert "#1001" in form and "b•••@example.com" in form
    assert "buyer0@example.com" not in form and 'name="email"' not in form


def test_whoever_has_the_orders_link_writes_about_it_and_is_led_to_the_conversation(client, order):
    answer = client.post(form_of(order), {"once": "1", "text": "Where is it?"})
    tick()

    found = Ticket.objects.get()
    assert (found.order, found.customer, found.email) == (order, order.customer, "buyer0@example.com")
    assert (found.state, found.channel, found.language) == ("open", "form", "uk")
    assert "Where is it?" in client.get(answer.headers["Location"]).content.decode()
    assert link_in_last_mail() in answer.headers["Location"] or "/t/" in answer.headers["Location"]
    assert last_letter().template.slug == "ticket_received"


def test_the_form_pressed_twice_is_one_ticket_and_one_mail(client, order):
    for _press in range(2):
        client.post(form_of(order), {"once": "1", "text": "Where is it?"})

    assert (Ticket.objects.count(), Message.objects.filter(purpose="support").count()) == (1, 1)


def test_a_wrong_link_opens_no_form(client, order):
    assert client.get(form_of(order).replace("/o/", "/o/x")).status_code == 404


# --- Strangers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "miss",
    [
        {"number": "9999"},
        {"email": "petro@example.com"},
        {"email": "petro@example.com", "number": ""},
    ],
)
def test_a_hit_and_a_miss_are_answered_alike_to_the_byte_and_by_one_mail_each(client, order, miss):
    hit, missed = write(client), write(client, "2", **miss)
    tick()

    assert (hit.status_code, body(hit)) == (missed.status_code, body(missed))
    assert dict(hit.headers) == dict(missed.headers)
    assert sorted(LocalMail.objects.values_list("to", flat=True)) == sorted(
        ["buyer0@example.com", miss.get("email", "buyer0@example.com")]
    )


def test_a_number_and_an_address_that_go_together_are_believed(client, order):
    write(client)

    found = Ticket.objects.get()
    assert (found.state, found.order, found.customer) == ("open", order, order.customer)
    assert Event.objects.filter(kind="ticket.opened").count() == 1


def test_a_strangers_message_calls_nobody_before_its_address_is_confirmed(client, order):
    write(client, email="petro@example.com", number="1001")

    found = Ticket.objects.get()
    assert (found.state, found.order, found.customer, found.claimed_order) == ("unconfirmed", None, None, "1001")
    assert not Event.objects.filter(kind="ticket.opened").exists()
    assert Customer.objects.count() == 1 and not OpenMatter.objects.exists()


def test_the_mail_that_asks_holds_nothing_that_was_typed(client, order):
    write(client, email="petro@example.com", text="BUY-AT evil.example", name="BUY-AT")
    tick()

    kept = LocalMail.objects.get()
    assert "BUY-AT" not in text_of_last_mail() + kept.subject + kept.preview
    assert b"BUY-AT" not in bytes(kept.raw) and b"evil.example" not in bytes(kept.raw)


def test_the_button_behind_the_mails_link_makes_it_a_ticket_and_looking_does_not(client, order):
    write(client, email="petro@example.com", name="Petro Shevchuk")
    tick()
    path = link_in_last_mail()

    looked = client.get(path).content.decode()
    state = Ticket.objects.get().state
    client.post(path, {"deed": "confirm"})

    found = Ticket.objects.get()
    assert "Where is it?" in looked and state == "unconfirmed"
    assert (found.state, found.order, str(found.customer)) == ("open", None, "Petro Shevchuk")
    assert found.customer.identifiers.get().verified_at == NOON
    assert Event.objects.get(kind="ticket.opened").customer_id == found.customer_id


def test_an_answer_to_the_mail_that_asks_confirms_too(client, order):
    write(client, email="petro@example.com")

    comes_in(mail("Yes, that was me", reply_address(last_letter()), "Petro <petro@example.com>"))

    found = Ticket.objects.get()
    assert (found.state, found.messages.count()) == ("open", 2)


def test_an_address_has_three_messages_that_wait(client, order):
    for n in range(5):
        write(client, str(n), email="petro@example.com")

    assert (Ticket.objects.count(), Message.objects.filter(purpose="support").count()) == (3, 3)


def test_what_nobody_confirmed_is_gone_after_a_week(client, order):
    write(client, email="petro@example.com")
    write(client, "2")

    with time_machine.travel(NOON + timedelta(days=7, minutes=1), tick=False):
        forget_unconfirmed()

    assert [t.state for t in Ticket.objects.all()] == ["open"]


@pytest.mark.parametrize("typed", [{"email": "nobody"}, {"text": " \0 "}, {"text": "x" * 10_001}])
def test_what_cannot_be_a_message_is_said_and_everything_typed_stays(client, order, typed):
    answer = write(client, **typed)

    assert answer.status_code == 422
    assert 'value="Olena"' in answer.content.decode()
    assert not Ticket.objects.exists() and not Message.objects.exists()


def test_a_program_that_fills_in_every_field_is_thanked_and_forgotten(client, order):
    assert write(client, website="https://evil.example").status_code == 200
    assert not Ticket.objects.exists()


def test_too_many_messages_from_one_place_are_told_so(client, order, monkeypatch):
    monkeypatch.setattr(views, "POSTS_PER_HOUR", 2)

    codes = [write(client, str(n), email=f"petro{n}@example.com").status_code for n in range(3)]

    assert codes == [200, 200, 422]
    assert Ticket.objects.count() == 2


def test_a_house_without_a_store_shows_the_form_and_takes_nothing(client, db):
    assert client.get("/contact/").status_code == 200
    assert write(client).status_code == 200
    assert not Ticket.objects.exists()

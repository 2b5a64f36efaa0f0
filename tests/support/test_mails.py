"""Mails of people: which conversation each belongs to, and to which it never may."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import translation
from django.utils.translation import gettext

from customers.models import OpenMatter
from events import outbox
from events.models import Event
from messaging import identity
from support.actions.answering import answer
from support.models import Ticket, TicketMessage
from support.reactions import take_up_mails
from tests.builders.news import bounce, handed_over, mail
from tests.builders.room import person
from tests.builders.tickets import MAILBOX, NOON, comes_in, last_letter, reply_address, ticket

pytestmark = pytest.mark.django_db

BUYER = "Olena <buyer0@example.com>"


@pytest.fixture(autouse=True)
def an_hour_later():
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def letter(order):
    """The confirmation of the order, which left."""
    return handed_over(order, NOON, address=order.email)


def id_of(message):
    return identity.message_id(identity.mark_of(message), "hello@lavka.example")


def said(found):
    return [(m.direction, m.text) for m in found.messages.order_by("pk")]


def test_an_answer_to_any_letter_opens_a_ticket_on_its_order(order, letter):
    comes_in(mail("Where is it?", reply_address(letter), BUYER))

    found = Ticket.objects.get()
    assert (found.order, found.customer, found.email) == (order, order.customer, "buyer0@example.com")
    assert (found.state, found.channel, found.title) == ("open", "mail", "Re: Your order")
    assert said(found) == [("in", "Where is it?")]
    assert found.messages.get().is_proven
    assert OpenMatter.objects.get().kind == "ticket"


def test_the_same_mail_by_two_ways_and_a_fact_told_twice_are_one_word(order, letter):
    raw = mail("Where is it?", reply_address(letter), BUYER)

    comes_in(raw)
    comes_in(raw)
    take_up_mails(list(Event.objects.filter(kind="mail.received")))

    assert (Ticket.objects.count(), TicketMessage.objects.count()) == (1, 1)


def test_a_second_answer_to_the_same_letter_goes_on_the_conversation(order, letter):
    comes_in(mail("Where is it?", reply_address(letter), BUYER))
    comes_in(mail("Hello?", reply_address(letter), BUYER))

    assert said(Ticket.objects.get()) == [("in", "Where is it?"), ("in", "Hello?")]


def test_two_answers_that_are_read_in_one_batch_are_one_conversation(order, letter, monkeypatch):
    monkeypatch.setattr(outbox, "answer_waiting", lambda *a, **k: 0)  # until both are there
    comes_in(mail("Where is it?", reply_address(letter), BUYER))
    comes_in(mail("Hello?", reply_address(letter), BUYER))

    take_up_mails(list(Event.objects.filter(kind="mail.received").order_by("pk")))

    assert said(Ticket.objects.get()) == [("in", "Where is it?"), ("in", "Hello?")]


def test_the_customers_answer_opens_a_solved_ticket_again(store, order):
    agent = person("agent")
    found = ticket(store, order)
    answer(found.pk, "Tomorrow.", "1", 1, agent, NOON, solves=True)
    assert not OpenMatter.objects.filter(closed_at=None).exists()

    comes_in(mail("It did not come.", reply_address(last_letter()), BUYER))

    found.refresh_from_db()
    assert (found.state, found.reopened, found.solved_at) == ("open", 1, None)
    assert [text for _way, text in said(found)] == ["Where is my parcel?", "Tomorrow.", "It did not come."]
    assert OpenMatter.objects.filter(closed_at=None).count() == 1
    assert Event.objects.get(kind="ticket.reopened").data == {"by_customer": True, "order_id": order.pk}


def test_a_known_message_id_threads_for_the_right_sender(store, order):
    """A provider lost our Reply-To; the letter's id stands in References."""
    found = ticket(store, order)
    answer(found.pk, "Tomorrow.", "1", 1, person("agent"), NOON)

    comes_in(mail("Thanks", MAILBOX, BUYER, References=id_of(last_letter())))

    assert said(found)[-1] == ("in", "Thanks")
    assert not found.messages.latest("pk").is_proven


def test_a_mail_that_answers_the_customers_own_mail_threads_for_the_same_sender(order):
    comes_in(mail("First", MAILBOX, BUYER, Message_ID="<one@mail.example.com>"))
    comes_in(mail("Second", MAILBOX, BUYER, In_Reply_To="<one@mail.example.com>"))

    assert said(Ticket.objects.get()) == [("in", "First"), ("in", "Second")]


@pytest.mark.parametrize("way", ["signed address", "in-reply-to", "own mail"])
def test_whoever_is_not_part_of_the_conversation_never_gets_into_it(store, order, way):
    found = ticket(store, order)
    comes_in(mail("First", MAILBOX, BUYER, subject="Parcel", Message_ID="<one@mail.example.com>"))
    answer(found.pk, "Tomorrow, to Khreshchatyk 1.", "1", 1, person("agent"), NOON)
    mine, before = last_letter(), said(found)
    to, claim = {
        "signed address": (reply_address(mine), {}),
        "in-reply-to": (MAILBOX, {"In_Reply_To": id_of(mine)}),
        "own mail": (MAILBOX, {"In_Reply_To": "<one@mail.example.com>"}),
    }[way]

    comes_in(mail("Send it to me instead", to, "Eve <eve@evil.example>", **claim))

    stray = Ticket.objects.latest("pk")
    assert said(found) == before
    assert stray.strays_from_id in set(Ticket.objects.exclude(pk=stray.pk).values_list("pk", flat=True))
    assert (stray.order, stray.customer, stray.email) == (None, None, "eve@evil.example")
    assert said(stray) == [("in", "Send it to me instead")]


def test_a_strangers_answer_to_a_letter_that_went_to_somebody_else_knows_nothing_of_its_order(order, letter):
    comes_in(mail("Where is it?", reply_address(letter), "Eve <eve@evil.example>"))

    found = Ticket.objects.get()
    assert (found.order, found.customer, found.messages.get().is_proven) == (None, None, False)


def test_another_address_of_the_same_customer_takes_part(store, order):
    order.customer.identifiers.create(kind="email", value="olena@work.example")
    found = ticket(store, order)
    answer(found.pk, "Tomorrow.", "1", 1, person("agent"), NOON)

    comes_in(mail("Thanks", reply_address(last_letter()), "Olena <olena@work.example>"))

    assert said(found)[-1] == ("in", "Thanks")


def test_automatic_answers_and_bounces_make_no_ticket(order, letter):
    comes_in(mail("I am away", reply_address(letter), BUYER, Auto_Submitted="auto-replied"))
    comes_in(mail("I am away too", MAILBOX, BUYER, X_Apple_Action="VACATION", subject="Auto reply: Re"))
    comes_in(bounce(reply_address(letter), address=order.email))

    assert not Ticket.objects.exists()


def test_a_fresh_mail_of_somebody_we_know_is_theirs_without_an_order(order):
    comes_in(mail("A question", MAILBOX, BUYER, subject=""))

    found = Ticket.objects.get()
    with translation.override("uk"):
        title = gettext("Message without a subject")
    assert (found.customer, found.order, found.title) == (order.customer, None, title)


def test_without_a_store_mails_stay_mails(db):
    comes_in(mail("Hello", MAILBOX, BUYER))

    assert not Ticket.objects.exists()


def test_many_mails_cost_the_same_queries_as_one_but_for_their_rows(store, order, django_assert_max_num_queries):
    for n in range(20):
        comes_in(mail(f"Question {n}", MAILBOX, f"buyer{n}@example.org"))
    Ticket.objects.all().delete()
    events = list(Event.objects.filter(kind="mail.received"))

    with django_assert_max_num_queries(19):
        take_up_mails(events)

    assert Ticket.objects.count() == 20

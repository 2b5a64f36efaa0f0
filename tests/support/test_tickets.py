"""Agents answer: by a real mail, one per answer, knowing of each other; notes that cannot leave; macros."""

import email
import email.policy
import re

import pytest
import time_machine

from customers.models import OpenMatter
from events.clocks import tick
from events.models import Event
from loyalty.models import Coupon, Pool
from messaging import identity
from messaging.models import LocalMail, Message
from support.actions import tickets as deeds
from support.actions.answering import answer
from support.actions.macros import fill_macro, write_macro
from support.actions.tickets import LONGEST, TicketRefused
from support.models import Macro, Note, TicketMessage
from tests.builders.news import mail
from tests.builders.room import person
from tests.builders.tickets import MAILBOX, NOON, comes_in, ticket

pytestmark = pytest.mark.django_db

BUYER = "Olena <buyer0@example.com>"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def found(store, order):
    return ticket(store, order)


@pytest.fixture
def anna(found):
    return person("agent", "anna@shop.example")


@pytest.fixture
def borys(found):
    return person("agent", "borys@shop.example")


def sent():
    """The last mail that left, as its reader's program takes it apart."""
    tick()
    return email.message_from_bytes(bytes(LocalMail.objects.latest("pk").raw), policy=email.policy.default)


def facts():
    kinds = Event.objects.filter(kind__startswith="ticket.").order_by("pk")
    return list(kinds.values_list("kind", flat=True))


# --- Answers ------------------------------------------------------------------------------------------------------


def test_an_answer_is_a_mail_of_the_purpose_support_that_goes_on_the_conversation(order, anna):
    comes_in(mail("Where is it?", MAILBOX, BUYER, subject="Parcel", Message_ID="<one@mail.example.com>"))
    written = TicketMessage.objects.get(mail_ref="<one@mail.example.com>").ticket

    said = answer(written.pk, "Tomorrow.\n\n<b>Promised</b> & kept", "1", 1, anna, NOON)

    letter = sent()
    own = identity.message_id(identity.mark_of(said.letter), "hello@lavka.example")
    assert (said.letter.purpose_id, said.letter.cause_type, said.letter.cause_id) == ("support", "ticket", written.pk)
    assert letter["Subject"] == f"Re: Parcel [#{written.pk}]"
    assert letter["In-Reply-To"] == "<one@mail.example.com>"
    assert letter["References"] == f"<one@mail.example.com> {own}"
    assert re.fullmatch(r"care\+[a-z2-7]{24}@lavka\.example", letter["Reply-To"])
    assert "Auto-Submitted" not in letter and "List-Unsubscribe" not in letter
    assert "<b>Promised</b> & kept" in letter.get_body(("plain",)).get_content()
    assert "&lt;b&gt;Promised&lt;/b&gt; &amp; kept" in letter.get_body(("html",)).get_content()


def test_the_longest_answer_arrives_whole(found, anna):
    answer(found.pk, "слово\n" * (LONGEST // 6), "1", 1, anna, NOON)

    assert sent().get_body(("html",)).get_content().count("слово") == LONGEST // 6


def test_an_answer_moves_the_ticket_and_is_told(order, found, anna):
    answer(found.pk, "Tomorrow.", "1", 1, anna, NOON)

    found.refresh_from_db()
    assert (found.state, found.assignee, found.first_answered_at, found.version) == ("pending", anna, NOON, 2)
    assert facts() == ["ticket.opened", "ticket.answered"]
    told = Event.objects.get(kind="ticket.answered")
    assert told.data == {"message_id": found.messages.get(direction="out").pk, "is_first": True, "order_id": order.pk}
    assert (told.created_by_id, told.customer_id) == (anna.pk, order.customer_id)
    assert OpenMatter.objects.filter(closed_at=None).count() == 1


def test_a_form_sent_twice_is_one_answer(found, anna):
    answer(found.pk, "Tomorrow.", "same", 1, anna, NOON)
    answer(found.pk, "Tomorrow.", "same", 1, anna, NOON)

    assert Message.objects.filter(cause_type="ticket").count() == 1
    assert found.messages.filter(direction="out").count() == 1


def test_an_answer_that_solves_lets_the_matter_go(found, anna):
    answer(found.pk, "It is with the neighbour.", "1", 1, anna, NOON, solves=True)

    found.refresh_from_db()
    assert (found.state, found.solved_at) == ("solved", NOON)
    assert facts() == ["ticket.opened", "ticket.answered", "ticket.solved"]
    assert not OpenMatter.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize(
    ("text", "why"), [("", "Write something"), (" \0 \n", "Write something"), ("x" * 10_001, "10")]
)
def test_nothing_and_too_much_are_no_answer(found, anna, text, why):
    with pytest.raises(TicketRefused, match=why):
        answer(found.pk, text, "1", 1, anna, NOON)

    assert not Message.objects.exists() and found.messages.count() == 1


def pool(*codes):
    made = Pool.objects.create(slug="sorry", name="Sorry", kind="percent", worth=10)
    Coupon.objects.bulk_create([Coupon(pool=made, code=code) for code in codes])
    return made


def test_a_coupon_goes_along_with_an_answer_once_and_stands_in_its_mail(found, anna):
    given = pool("SORRY-1", "SORRY-2")

    for _press in range(2):
        answer(found.pk, "Sorry!", "same", 1, anna, NOON, pool_id=given.pk)

    coupon = Coupon.objects.get(state="issued")
    assert (coupon.code, coupon.customer, coupon.cause, coupon.by) == ("SORRY-1", found.customer, "agent", anna)
    assert found.messages.get(direction="out").coupon == coupon
    assert "SORRY-1" in sent().get_body(("plain",)).get_content()


def test_an_answer_without_a_coupon_shows_none(found, anna):
    answer(found.pk, "Tomorrow.", "1", 1, anna, NOON)

    assert "apologies" not in sent().get_body(("plain",)).get_content()


def test_from_an_empty_pool_nothing_is_sent(found, anna):
    with pytest.raises(TicketRefused, match="is empty"):
        answer(found.pk, "Sorry!", "1", 1, anna, NOON, pool_id=pool().pk)

    assert not Message.objects.exists() and found.messages.count() == 1


def test_nobody_we_know_gets_no_coupon(store, anna):
    with pytest.raises(TicketRefused, match="nobody to give"):
        answer(ticket(store).pk, "Sorry!", "1", 1, anna, NOON, pool_id=pool("SORRY-1").pk)

    assert Coupon.objects.get().state == "free"


# --- Two agents ---------------------------------------------------------------------------------------------------


def test_the_second_of_two_answers_is_stopped_and_told_who_was_first(found, anna, borys):
    answer(found.pk, "Tomorrow.", "1", 1, anna, NOON)

    with pytest.raises(TicketRefused, match="Agent answered meanwhile"):
        answer(found.pk, "Never.", "2", 1, borys, NOON)

    assert [m.text for m in found.messages.filter(direction="out")] == ["Tomorrow."]
    assert Message.objects.count() == 1


def test_an_answer_to_what_the_customer_has_gone_beyond_is_stopped(found, anna):
    deeds.hear(found.pk, deeds.Words("page:1", "It is here, thanks!"), NOON)

    with pytest.raises(TicketRefused, match="The customer wrote meanwhile"):
        answer(found.pk, "Tomorrow.", "1", 1, anna, NOON)

    assert not Message.objects.exists()


def test_a_note_meanwhile_is_read_first(found, anna, borys):
    deeds.note(found.pk, "Do not promise anything", "n1", borys, NOON)

    with pytest.raises(TicketRefused, match="Agent left a note meanwhile"):
        answer(found.pk, "Tomorrow.", "1", 1, anna, NOON)

    assert not Message.objects.exists()


def test_two_agents_cannot_take_one_ticket(found, anna, borys):
    deeds.assign(found.pk, anna, 1, anna, NOON)

    with pytest.raises(TicketRefused, match="Agent has taken this ticket meanwhile"):
        deeds.assign(found.pk, borys, 1, borys, NOON)

    found.refresh_from_db()
    assert found.assignee == anna
    assert Event.objects.filter(kind="ticket.assigned").count() == 1


def test_solved_and_opened_again_by_hand(found, anna):
    deeds.solve(found.pk, 1, anna, NOON)
    with pytest.raises(TicketRefused, match="solved already"):
        deeds.solve(found.pk, 2, anna, NOON)
    deeds.reopen(found.pk, 2, anna, NOON)

    found.refresh_from_db()
    assert (found.state, found.reopened) == ("open", 1)
    assert facts() == ["ticket.opened", "ticket.solved", "ticket.reopened"]
    assert OpenMatter.objects.filter(closed_at=None).count() == 1


# --- Notes and macros ---------------------------------------------------------------------------------------------


def test_a_note_has_nobody_to_go_to():
    related = {field.name for field in Note._meta.get_fields() if field.is_relation}

    assert related == {"ticket", "author"}
    assert not any(hasattr(Note, name) for name in ("letter", "address", "send", "customer"))


def macro(**texts):
    made = Macro(slug="late", name="Late parcel")
    write_macro(made, texts)
    return made


def test_a_macro_speaks_the_customers_language_with_the_orders_values(found):
    late = macro(en="Hello {{ customer.first_name }}, order {{ order.number }} is late.", uk="…")

    assert fill_macro(late, found, NOON) == "Hello Olena, order #1001 is late."


def test_what_a_customer_is_called_is_no_template(store):
    stranger = ticket(store, name="{{ store.support_email }} {% break %}")

    assert fill_macro(macro(en="Hi {{ customer.name }}!"), stranger, NOON) == "Hi !"


def test_a_macro_that_names_what_there_is_not_is_refused_before_it_is_kept(db):
    with pytest.raises(TicketRefused, match="EN, line 2:"):
        macro(en="Hello\n{{ order.colour }}")

    assert not Macro.objects.exists()


def test_a_macro_about_an_order_is_refused_for_a_ticket_without_one(store):
    with pytest.raises(TicketRefused, match="cannot be filled in"):
        fill_macro(macro(en="Order {{ order.number }}"), ticket(store), NOON)

"""Letters as they leave: head, markup, links and names together; and what stops one, with its reason."""

import pytest
import time_machine

from customers.models import Purpose
from messaging import actions
from messaging.models import Message, Sender
from orders.actions import save_orders
from orders.models import Order, Store
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import mail_server, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def order(store) -> Order:
    Store.objects.update(url="https://www.lavka.example/")
    Purpose.objects.filter(pk="review_requests").update(needs="nothing")
    return save_orders(store, [order_seen()])[0].order


def sent(settings) -> list:
    with mail_server() as server:
        settings.EMAIL_URL = server.url
        actions.send_due()
    return server.mails


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.why


def as_sender(message: Message, **fields) -> None:
    Sender.objects.filter(pk=message.sender_id).update(**fields)


def ask(order) -> Message:
    from feedback.actions import ask_for_reviews

    ask_for_reviews([order], MONDAY)
    return planned(order, MONDAY, "review_request")


def test_a_letter_that_asks_is_written_by_a_person_and_can_be_refused_and_answered(order, settings):
    message = ask(order)
    as_sender(message, person="Олена", address="olena@lavka.example", reply_address="care@lavka.example")

    [mail] = sent(settings)

    assert state_of(message) == ("sent", "")
    assert (mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec) == (
        "Олена · Лавка",
        "olena@lavka.example",
    )
    assert mail["Reply-To"].startswith("care+") and mail["Reply-To"].endswith("@lavka.example")
    door, mailbox = mail["List-Unsubscribe"].split(", ")
    assert door.startswith(f"<{settings.PUBLIC_URL}/u/")
    assert mailbox == f"<mailto:{mail['Reply-To']}?subject=unsubscribe>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<review-requests.lavka.example>"
    assert mail["Feedback-ID"] == "test:1:review-requests:lavka"
    assert mail["Auto-Submitted"] is None


def test_a_notification_says_that_it_was_made_by_itself(order, settings):
    planned(order, MONDAY)

    [mail] = sent(settings)

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is mail["List-Id"] is None


def test_a_letter_tried_twice_has_the_same_message_id(order, settings):
    message = planned(order, MONDAY)
    [first] = sent(settings)
    Message.objects.filter(pk=message.pk).update(state="ready", lease_until=None)

    [second] = sent(settings)

    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize("field", ["address", "reply_address"])
def test_an_address_that_takes_no_answers_stops_the_letter_with_a_sentence(order, settings, field):
    message = planned(order, MONDAY)
    as_sender(message, **{field: "no-reply@lavka.example"})

    assert sent(settings) == []
    state, why = state_of(message)
    assert state == "failed"
    assert "tells people not to answer" in why


@pytest.mark.parametrize(
    "address", ["a@x.example\r\nBcc: b@x.example", "a@x.example, b@x.example", "a\u202eb@x.example", "olena"]
)
def test_an_address_that_would_break_out_of_its_line_stops_the_letter(order, settings, address):
    message = planned(order, MONDAY, address=address)

    assert sent(settings) == []
    state, why = state_of(message)
    assert state == "failed"
    assert "is no address that a mail could go to" in why


def test_one_letter_that_cannot_be_written_stops_no_other(order, settings):
    bad = planned(order, MONDAY, address="olena", key="bad")
    good = planned(order, MONDAY, key="good")

    assert len(sent(settings)) == 1
    assert (state_of(bad)[0], state_of(good)[0]) == ("failed", "sent")


def test_a_recipient_named_as_a_link_gets_a_letter_that_carries_none(store, settings):
    name = '<a href="https://evil.example">You won</a>'
    saved = save_orders(store, [order_seen(first_name=name, last_name="")])[0]
    planned(saved.order, MONDAY, "order_link")

    [mail] = sent(settings)

    assert "evil.example" not in mail.as_string()
    assert "evil.example" not in mail.get_body(("html",)).get_content() + mail.get_body(("plain",)).get_content()


def test_a_recipient_named_as_markup_arrives_escaped(store, settings):
    saved = save_orders(store, [order_seen(first_name="<a href=x onclick=y>Olena", last_name="")])[0]
    planned(saved.order, MONDAY)

    [mail] = sent(settings)

    assert "<a href=x" not in mail.get_body(("html",)).get_content()


def test_the_store_says_how_its_letters_are_written(order, settings):
    Store.objects.update(currency_style="word", capital_you=True)
    planned(order, MONDAY)

    [mail] = sent(settings)

    text = mail.get_body(("plain",)).get_content().replace("\xa0", " ")
    assert "1 330,00 грн" in text and "₴" not in text
    assert "Напишемо Вам" in text.replace("напишемо", "Напишемо") and " вам" not in text


def test_a_batch_is_written_in_the_same_number_of_queries_whatever_its_size(store, django_assert_max_num_queries):
    from messaging.actions.writing import write_all

    Purpose.objects.filter(pk="order_updates").update(track_clicks=True)
    many = [order_seen(n, email=f"n{n}@example.com", phone="", customer_id=str(n)) for n in range(40)]
    messages = [planned(saved.order, MONDAY) for saved in save_orders(store, many)]
    rows = list(Message.objects.filter(pk__in=[m.pk for m in messages]).select_related("stream", "sender"))

    with django_assert_max_num_queries(11):
        letters = list(write_all(rows, MONDAY))

    assert len(letters) == 40

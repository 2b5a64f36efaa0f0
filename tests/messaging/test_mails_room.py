"""Mails received in the agent's room: shown as words, with what is known of their writer, never as what they claim."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from messaging.actions import signed_addresses
from messaging.actions.arrivals import keep
from messaging.actions.reading_mail import read_mails
from messaging.models import InboundMail, News
from tests.builders.news import bounce, handed_over, mail, receive
from tests.builders.room import orders, person

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LIST = "/admin/messaging/inboundmail/"


@pytest.fixture(autouse=True)
def an_hour_later():
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def letter(store, journeys):
    return handed_over(orders(store, 1)[0], NOON)


@pytest.fixture
def agent(client, db):
    client.force_login(person("agent"))
    return client


def page(client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_answer_is_shown_with_its_order_and_customer(agent, letter):
    row = receive(mail("Where is my parcel?", signed_addresses.signed("care@lavka.example", "reply", letter.pk)))

    shown = page(agent, f"{LIST}{row.pk}/change/")

    assert "Where is my parcel?" in shown
    assert "answer to a signed address" in shown
    assert f"/admin/orders/order/{letter.subject_id}/change/" in shown
    assert f"/admin/customers/customer/{letter.customer_id}/change/" in shown


@pytest.mark.parametrize("place", ["order", "customer"])
def test_it_stands_on_the_page_of_its_order_and_of_its_customer(agent, letter, place):
    receive(mail("Where is my parcel?", signed_addresses.signed("care@lavka.example", "reply", letter.pk)))
    urls = {
        "order": f"/admin/orders/order/{letter.subject_id}/change/",
        "customer": f"/admin/customers/customer/{letter.customer_id}/change/",
    }

    shown = page(agent, urls[place])

    assert "Where is my parcel?" in shown
    assert "The customer wrote to us" in shown


def test_a_strangers_html_is_never_drawn(agent, db):
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script><p>Hello</p>"
    row = receive(mail(evil, Content_Type="text/html", subject="<script>alert(3)</script>"))

    shown = page(agent, f"{LIST}{row.pk}/change/")

    assert "<script>alert" not in shown and "<img src=x" not in shown
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in shown  # as it came


def test_a_mail_that_could_not_be_read_waits_on_the_first_page_and_can_be_read_again(agent, db):
    keep(b"\r\n\r\n", "raw")
    read_mails()
    row = InboundMail.objects.get()

    assert "Mails that could not be read" in page(agent, "/admin/")
    assert "The mail is empty." in page(agent, f"{LIST}{row.pk}/change/")

    agent.post(f"{LIST}{row.pk}/change/", {"deed": "read_again"})
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 0)


def test_an_automatic_answer_can_be_taken_as_written_by_a_person(agent, db):
    row = receive(mail(Auto_Submitted="auto-replied"))

    agent.post(f"{LIST}{row.pk}/change/", {"deed": "take_as_written"})

    row.refresh_from_db()
    assert row.state == "received"


def test_nobody_reads_mails_without_permission(client, db):
    row = receive(mail())

    assert client.get(f"{LIST}{row.pk}/change/").status_code == 302


def test_the_list_and_its_search(agent, db):
    receive(mail("one", sender="a@example.com", subject="First"))
    receive(mail("two", sender="b@example.com", subject="Second"))

    assert "First" in page(agent, LIST) and "Second" in page(agent, LIST)
    found = page(agent, f"{LIST}?q=A@example.com")
    assert "First" in found and "Second" not in found


def test_news_of_no_letter_of_ours_are_visible(agent, letter):
    receive(bounce("hello@lavka.example", address="stranger@example.com"))
    news = News.objects.get()

    assert "stranger@example.com" in page(agent, "/admin/messaging/news/?of=none")
    assert "nothing follows from it" in page(agent, f"/admin/messaging/news/{news.pk}/change/")

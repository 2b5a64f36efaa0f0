"""Leaving: a GET shows, one POST ends one purpose, and nobody but the reader can do it."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from customers.consent import Said, grant
from customers.models import Consent
from feedback.actions import ask_for_reviews
from messaging import actions
from messaging.links import unsubscribe_url
from messaging.models import LocalMail, Message
from orders.actions import save_orders
from shelf import links
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture
def ask(store):
    """A review request on its way to Olena."""
    order = save_orders(store, [order_seen()])[0].order
    ask_for_reviews([order], MONDAY)
    return planned(order, MONDAY, "review_request")


def door(message):
    return unsubscribe_url(message).partition("8000")[2]


def ledger():
    return list(Consent.objects.order_by("id").values_list("address", "purpose_id", "action", "source"))


def test_ten_looks_change_nothing(client, ask):
    for _ in range(10):
        assert client.get(door(ask)).status_code == 200
    assert client.head(door(ask)).status_code == 200

    assert ledger() == []


def test_one_post_ends_this_purpose_for_this_address(client, ask):
    answer = client.post(door(ask))

    assert answer.status_code == 200
    assert ledger() == [("olena@example.com", "review_requests", "objected", "unsubscribe")]
    assert Consent.objects.get().customer == ask.customer


def test_a_second_post_adds_no_second_line(client, ask):
    for _ in range(3):
        client.post(door(ask))

    assert len(ledger()) == 1


def test_a_no_after_a_later_yes_is_a_new_no(client, ask):
    client.post(door(ask))
    grant(Said(ask.address, "email", "review_requests", "form", MONDAY))

    client.post(door(ask))

    assert [action for *_rest, action, _source in ledger()] == ["objected", "granted", "withdrawn"]


ONE_CLICK = {"List-Unsubscribe": "One-Click"}
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=x"),
    ],
)
def test_a_mail_providers_one_click_needs_no_cookie_and_gets_an_empty_answer(ask, body, content_type):
    stranger = Client(enforce_csrf_checks=True)

    answer = stranger.post(door(ask), body, content_type=content_type)

    assert (answer.status_code, answer.content, len(answer.cookies)) == (200, b"", 0)
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert Consent.objects.get().evidence == {"message": ask.pk, "by": "one-click"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"--y nonsense", "multipart/form-data"),
        (b"&".join(b"%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe=\xff", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"a=1", "application/x-www-form-urlencoded; charset=windows-1251"),
    ],
)
def test_a_post_whose_body_nobody_can_read_ends_it_all_the_same(client, ask, body, content_type):
    answer = client.generic("POST", door(ask), body, content_type=content_type)

    assert answer.status_code == 200
    assert len(ledger()) == 1


def test_a_get_that_carries_the_one_click_words_ends_nothing(client, ask):
    assert client.get(door(ask), ONE_CLICK).status_code == 200
    assert client.put(door(ask)).status_code == 405

    assert ledger() == []


def test_an_end_by_mail_says_nothing_about_other_purposes_and_channels(client, ask):
    client.post(door(ask))

    line = Consent.objects.get()
    assert (line.channel, line.purpose_id) == ("email", "review_requests")


def test_who_pressed_is_kept_only_where_the_store_keeps_it(client, ask, store):
    client.post(door(ask), headers={"User-Agent": "Phone"})
    store.keeps_ip_of_consent = True
    store.save()
    client.post(door(ask), {"undo": "1"}, headers={"User-Agent": "Phone"})

    assert [line.evidence.get("agent_string") for line in Consent.objects.order_by("pk")] == [None, "Phone"]


# --- It was a mistake ---------------------------------------------------------------------------------------------


def test_a_mistake_is_undone_and_all_is_as_before(client, ask):
    client.post(door(ask))

    page = client.post(door(ask), {"undo": "1"})

    assert page.status_code == 200
    assert [action for *_rest, action, _source in ledger()] == ["objected", "granted"]
    assert Consent.objects.latest("pk").basis == "soft_opt_in"  # a buyer who may be asked; never a consent
    with time_machine.travel(MONDAY + timedelta(hours=1)):
        actions.send_due()
    ask.refresh_from_db()
    assert ask.state == "sent"


def test_an_undone_withdrawal_is_the_same_consent_again(client, ask):
    Message.objects.filter(pk=ask.pk).update(purpose="marketing")
    ask.refresh_from_db()
    grant(Said(ask.address, "email", "marketing", "form", MONDAY))
    client.post(door(ask))

    client.post(door(ask), {"undo": "1"})

    newest = Consent.objects.latest("pk")
    assert (newest.action, newest.basis) == ("granted", "consent")


def test_undo_brings_back_only_what_this_very_link_ended(client, ask):
    client.post(door(ask), {"undo": "1"})
    assert ledger() == []

    client.post(door(ask))
    client.post(door(ask), {"undo": "1"})
    client.post(door(ask), {"undo": "1"})

    assert [action for *_rest, action, _source in ledger()] == ["objected", "granted"]


def test_the_page_offers_the_way_back_and_the_way_to_everything(client, ask):
    page = client.post(door(ask)).content.decode()

    assert 'name="undo"' in page
    assert "/p/" in page


def test_what_was_planned_before_the_no_is_not_sent_after_it(client, ask):
    client.post(door(ask))

    with time_machine.travel(MONDAY + timedelta(hours=1)):
        actions.send_due()

    ask.refresh_from_db()
    with translation.override("en"):
        assert (ask.state, ask.why) == ("skipped", "The customer does not want messages of this kind.")


def test_the_mail_carries_the_link_in_its_head_and_in_its_text(client, ask):
    with time_machine.travel(MONDAY + timedelta(hours=1)):
        actions.send_due()

    mail = message_from_bytes(bytes(LocalMail.objects.get().raw), policy=policy.default)
    link = mail["List-Unsubscribe"].split(",")[0].strip().strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.get_body(("plain",)).get_content()
    assert client.get(link.partition("8000")[2]).status_code == 200


def test_news_about_an_order_offer_nothing_to_leave(store):
    order = save_orders(store, [order_seen()])[0].order

    assert unsubscribe_url(planned(order, MONDAY)) == ""


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_is_wrong_or_made_for_another_door_opens_nothing(client, ask, method):
    tokens = [
        "x",
        links.make("review", ask.pk),
        links.make("order", ask.pk),
        links.make("unsubscribe", ask.pk)[:-2],
        links.make("unsubscribe", ask.pk + 1),
    ]

    answers = [getattr(client, method)(f"/u/{token}/").status_code for token in tokens]

    assert answers == [404] * 5
    assert ledger() == []


def test_the_page_is_private_and_speaks_the_readers_language(client, ask):
    answer = client.get(door(ask))

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert '<html lang="uk"' in answer.content.decode()
    assert "olena@example.com" not in answer.content.decode()

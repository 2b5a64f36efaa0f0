"""Leaving: a GET shows, one POST ends one purpose, and nobody but the reader can do it."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from customers.models import Consent
from feedback.actions import ask_for_reviews
from messaging import actions
from messaging.models import LocalMail
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
    return actions.unsubscribe_url(message).partition("8000")[2]


def ledger():
    return list(Consent.objects.order_by("id").values_list("address", "purpose_id", "granted", "source"))


def test_a_hundred_looks_change_nothing(client, ask):
    for _ in range(100):
        assert client.get(door(ask)).status_code == 200
    assert client.head(door(ask)).status_code == 200

    assert ledger() == []


def test_one_post_ends_this_purpose_for_this_address(client, ask):
    answer = client.post(door(ask))

    assert answer.status_code == 200
    assert ledger() == [("olena@example.com", "review_requests", False, "unsubscribe")]
    assert Consent.objects.get().customer == ask.customer


def test_a_second_post_adds_no_second_line(client, ask):
    for _ in range(3):
        client.post(door(ask))

    assert len(ledger()) == 1


def test_a_no_after_a_later_yes_is_a_new_no(client, ask):
    client.post(door(ask))
    Consent.objects.create(address=ask.address, purpose_id="review_requests", granted=True, source="form", at=MONDAY)

    client.post(door(ask))

    assert [granted for *_rest, granted, _source in ledger()] == [False, True, False]


def test_a_mail_providers_one_click_needs_no_cookie_and_no_csrf_token(ask):
    stranger = Client(enforce_csrf_checks=True)

    answer = stranger.post(door(ask), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 200
    assert len(ledger()) == 1


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
    link = mail["List-Unsubscribe"].strip().strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.get_body(("plain",)).get_content()
    assert client.get(link.partition("8000")[2]).status_code == 200


def test_news_about_an_order_offer_nothing_to_leave(store):
    order = save_orders(store, [order_seen()])[0].order

    assert actions.unsubscribe_url(planned(order, MONDAY)) == ""


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

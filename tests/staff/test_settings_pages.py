"""Connections, users, tokens, journeys: what owners and marketers change. Templates: messaging/test_template_page."""

import pytest
from django.urls import reverse

from campaigns.models import Journey
from events.models import Connection
from staff.models import ApiToken, User
from tests.builders import room


@pytest.fixture
def owner(client, store, journeys):
    client.force_login(room.person("owner"))
    return client


def connection_form(store, **fields):
    return {"name": "Lavka", "new_secret": "", "new_token": "", **fields}


def test_a_secret_is_never_shown(owner, store):
    url = reverse("admin:events_connection_change", args=[store.connection.pk])

    assert "shop-secret" not in owner.get(url).content.decode()


def test_a_new_secret_counts_beside_the_old_one(owner, store):
    url = reverse("admin:events_connection_change", args=[store.connection.pk])

    owner.post(url, connection_form(store, new_secret="second-secret"))

    secrets = Connection.objects.get(pk=store.connection.pk).secrets
    assert [row["secret"] for row in secrets] == ["second-secret", "shop-secret"]
    assert [row["until"] for row in secrets] == [None, None]


def test_a_retired_secret_counts_a_week_longer(owner, store):
    url = reverse("admin:events_connection_change", args=[store.connection.pk])

    answer = owner.post(url, connection_form(store, _retire="0"), follow=True)

    assert Connection.objects.get(pk=store.connection.pk).secrets[0]["until"] is not None
    assert "seven more days" in answer.content.decode()


def test_a_new_connection_gets_a_secret_shown_once(owner):
    answer = owner.post(
        reverse("admin:events_connection_add"),
        {"name": "", "source": "easypost", "slug": "main", "new_secret": "", "new_token": ""},
        follow=True,
    )

    secret = Connection.objects.get(source="easypost", slug="main").secrets[0]["secret"]
    assert len(secret) >= 40
    assert secret in answer.content.decode()
    assert secret not in owner.get(answer.request["PATH_INFO"]).content.decode()


def test_an_invited_person_gets_a_link_that_sets_a_password(owner, client):
    answer = owner.post(
        reverse("admin:staff_user_add"), {"email": "Ira@shop.example", "name": "Ira", "is_active": "on"}, follow=True
    )

    user = User.objects.get(email="ira@shop.example")
    assert not user.has_usable_password()
    assert "/accounts/password/reset/key/" in answer.content.decode()


def test_a_token_is_shown_once_and_kept_as_a_hash(owner):
    user = User.objects.get(email="owner@shop.example")

    answer = owner.post(reverse("admin:staff_apitoken_add"), {"name": "ERP", "user": user.pk}, follow=True)

    token = ApiToken.objects.get(name="ERP")
    shown = answer.content.decode().split("<code>")[1].split("</code>")[0]
    assert ApiToken.digest_of(shown) == token.digest
    assert shown not in owner.get(reverse("admin:staff_apitoken_change", args=[token.pk])).content.decode()


def journey_url():
    return reverse("admin:campaigns_journey_change", args=[Journey.objects.get(slug="review_request").pk])


def test_a_journey_is_read_aloud(owner):
    body = owner.get(journey_url()).content.decode()

    assert "Starts when an order is placed." in body
    assert "Waits until 7 days after the delivery, at 10:00 where the customer is." in body
    assert "If that never comes: until 14 days after the parcel left the shop, at 10:00" in body


def test_a_paused_journey_says_so(owner):
    owner.post(journey_url(), {"deed": "pause"})

    assert Journey.objects.get(slug="review_request").state == "paused"

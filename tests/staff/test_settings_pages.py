"""Connections, users, tokens, journeys: what owners and marketers change. Templates: messaging/test_template_page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Journey
from events.models import Connection, Poll
from staff.models import ApiToken, User
from tests.builders import room


@pytest.fixture
def owner(client, store, journeys):
    client.force_login(room.person("owner"))
    return client


@pytest.fixture
def manager(client, store, journeys):
    client.force_login(room.person("manager"))
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


def test_a_source_that_is_only_asked_gets_no_secret_and_its_page_asks_for_the_key(owner):
    answer = owner.post(
        reverse("admin:events_connection_add"), {"name": "", "source": "prom", "slug": "prom-ua"}, follow=True
    )

    connection = Connection.objects.get(source="prom")
    page = owner.get(reverse("admin:events_connection_change", args=[connection.pk])).content.decode()
    assert connection.secrets == []
    assert "It sends nothing of its own accord: it is asked, with its API key." in answer.content.decode()
    assert "Write its API key" in page
    assert 'name="new_secret"' not in page
    assert "/in/prom/prom-ua/" not in page


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


def test_a_refused_key_is_told_on_its_page_in_the_list_and_on_the_first_page(owner, store):
    now = timezone.now()
    said = {"reason": "The source refused our key (%(status)s).", "reason_values": {"status": 401}}
    Poll.objects.create(connection=store.connection, began_at=now, next_at=now, refused_at=now, failures=1, **said)

    pages = [
        owner.get(reverse(f"admin:{page}", args=args)).content.decode()
        for page, *args in [
            ("events_connection_change", store.connection.pk),
            ("events_connection_changelist",),
            ("index",),
        ]
    ]

    assert "The source refused our key (401)." in pages[0]
    assert "key refused" in pages[1]
    assert "Sources not reached" in pages[2]


def test_a_new_key_is_tried_at_once(owner, store):
    now = timezone.now()
    later = now + timedelta(hours=6)
    Poll.objects.create(connection=store.connection, began_at=now, next_at=later, refused_at=now, failures=1)

    owner.post(reverse("admin:events_connection_change", args=[store.connection.pk]), key_form(store))

    poll = Poll.objects.get()
    assert (poll.refused_at, poll.failures, poll.next_at < later) == (None, 0, True)
    assert Connection.objects.get(pk=store.connection.pk).options == {"private_hosts": ["shop.lan", "10.0.0.5"]}


def test_a_manager_opens_no_host_of_the_own_network(manager, store):
    manager.post(reverse("admin:events_connection_change", args=[store.connection.pk]), key_form(store))

    connection = Connection.objects.get(pk=store.connection.pk)
    assert (connection.token, connection.options) == ("another-key", {})


def key_form(store):
    return connection_form(store, new_token="another-key", private_hosts="Shop.lan 10.0.0.5")


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

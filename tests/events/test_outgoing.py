"""Webhooks out: signed, repeated until answered, never inside a transaction."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from events import outgoing
from events.models import Call, Endpoint
from events.outgoing import Wanted, call_due, want_calls
from shelf import safe_http
from shelf.safe_http import Answer, Blocked, Unreachable
from shelf.signatures import standard_webhook
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def heard(monkeypatch):
    """What the other side heard; it answers 200, or whatever is put into ``answers``."""
    heard, answers = [], []

    def fetch(method, url, **sent):
        heard.append((url, sent))
        answer = answers.pop(0) if answers else 200
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, {}, b"")

    monkeypatch.setattr(safe_http, "fetch", fetch)
    return SimpleNamespace(calls=heard, answers=answers)


def want(key="k1", endpoint="crm"):
    Endpoint.objects.get_or_create(
        slug="crm", defaults={"name": "CRM", "url": "https://crm.example/hook", "secret": SECRET}
    )
    with transaction.atomic():
        return want_calls([Wanted(endpoint, key, "journey.step_reached", {"customer_id": 7}, MONDAY)], MONDAY)


def state():
    return list(Call.objects.order_by("pk").values_list("state", "attempts", "status"))


def test_the_signature_is_the_one_of_the_standards_own_example():
    body = b'{"test": 2432232314}'

    said = standard_webhook(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)

    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_call_is_made_once_with_its_signature(heard):
    want()
    want()

    assert (call_due(), call_due()) == (1, 0)
    [(url, sent)] = heard.calls
    call = Call.objects.get()
    assert url == "https://crm.example/hook"
    assert json.loads(sent["body"]) == {
        "type": "journey.step_reached",
        "timestamp": "2026-11-23T09:00:00+00:00",
        "data": {"customer_id": 7},
    }
    assert sent["headers"]["webhook-id"] == f"call_{call.pk}"
    assert sent["headers"]["webhook-signature"] == standard_webhook(
        SECRET, f"call_{call.pk}", int(MONDAY.timestamp()), sent["body"]
    )
    assert state() == [("done", 1, 200)]


def test_a_call_that_is_not_answered_is_repeated_later_and_given_up_in_the_end(heard, clock):
    heard.answers += [Unreachable("Nobody answered."), 500, 302, *[503] * 5]
    want()

    for _try in range(12):
        call_due()
        clock.shift(timedelta(hours=17))

    assert state() == [("dead", 8, 503)]
    assert Call.objects.get().why == "The other side answered 503."
    assert len(heard.calls) == 8


def test_an_address_that_we_do_not_visit_is_given_up_at_once(heard):
    heard.answers += [Blocked("This is no web address.")]
    want()

    call_due()

    assert state() == [("dead", 1, None)]


def test_who_is_gone_for_good_is_called_no_more(heard):
    heard.answers += [410]
    want("k1")
    want("k2")

    assert call_due(limit=1) == 1
    assert call_due() == 0
    assert state() == [("dead", 1, 410), ("waiting", 0, None)]
    assert Endpoint.objects.get().paused_at == MONDAY


def test_an_endpoint_that_is_not_there_refuses_the_call():
    assert want("k1", "nobody") == {"k1"}
    assert Call.objects.count() == 0


def test_a_worker_that_dies_with_a_call_in_hand_leaves_it_due_later(heard, clock):
    want()
    outgoing._lease(1, timezone.now())

    assert call_due() == 0
    clock.shift(timedelta(minutes=11))
    assert call_due() == 1
    assert state() == [("done", 2, 200)]

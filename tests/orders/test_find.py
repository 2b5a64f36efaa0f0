"""“Find my order”: one answer for everybody, and the link by mail alone."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.clocks import tick
from messaging.models import LocalMail, Message
from orders import find_views
from orders.actions import save_orders
from orders.models import Order
from shelf import throttle
from tests.builders.door import order_seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

HIT = {"number": "1042", "email": "olena@example.com"}


@pytest.fixture(autouse=True)
def nobody_tried():
    cache.clear()


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen(at=timezone.now() - timedelta(days=9))], quiet=True)[0].order


def body(answer):
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.content)


def mails():
    tick()
    return list(LocalMail.objects.values_list("to", flat=True))


@pytest.mark.parametrize(
    "miss",
    [
        {"number": "1042", "email": "petro@example.com"},
        {"number": "9999", "email": "olena@example.com"},
        {"number": "9999", "email": "petro@example.com"},
    ],
)
def test_a_hit_and_a_miss_are_answered_alike_to_the_byte(client, order, miss):
    hit, missed = client.post("/o/find/", HIT), client.post("/o/find/", miss)

    assert (hit.status_code, missed.status_code) == (200, 200)
    assert body(hit) == body(missed)
    assert dict(hit.headers) == dict(missed.headers)
    assert mails() == ["olena@example.com"]


@pytest.mark.parametrize("number", ["1042", "#1042", " #1042 "])
@pytest.mark.parametrize("email", ["olena@example.com", " OLENA@Example.com "])
def test_the_number_and_the_address_may_be_typed_as_people_type(client, order, number, email):
    client.post("/o/find/", {"number": number, "email": email})

    assert mails() == ["olena@example.com"]


def test_the_mail_goes_to_the_orders_address_and_its_link_opens_the_page(client, order):
    client.post("/o/find/", HIT)
    tick()

    raw = bytes(LocalMail.objects.get().raw)
    import email
    import email.policy

    letter = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",)).get_content()
    link = re.search(r"8000(/o/[\w-]+/)", letter)[1]
    assert "Чайник" in client.get(link).content.decode()


def test_the_link_is_mailed_for_a_cancelled_order_too(client, order):
    Order.objects.update(cancelled_at=timezone.now())

    client.post("/o/find/", HIT)

    assert mails() == ["olena@example.com"]


def test_five_tries_within_the_hour_are_one_mail_and_the_next_hour_another(client, order):
    with time_machine.travel("2026-11-23T10:05:00Z") as clock:
        for _ in range(5):
            client.post("/o/find/", HIT)
        assert len(mails()) == 1
        clock.move_to("2026-11-23T11:05:00Z")
        client.post("/o/find/", HIT)
        assert len(mails()) == 2


def test_whoever_tries_too_often_gets_the_same_answer_and_no_mail(client, order):
    for _ in range(find_views.TRIES_PER_HOUR):
        client.post("/o/find/", {"number": "1", "email": "petro@example.com"})

    late = client.post("/o/find/", HIT)
    other = client.post("/o/find/", HIT, REMOTE_ADDR="198.51.100.7")

    assert body(late) == body(other)
    assert mails() == ["olena@example.com"]


@pytest.mark.parametrize("same", [{"number": "1042"}, {"email": "olena@example.com"}])
def test_an_order_and_an_address_have_a_limit_of_their_own_wherever_it_is_tried_from(client, order, same):
    for tries in range(find_views.TRIES_PER_HOUR):
        typed = {"number": f"9{tries}", "email": f"u{tries}@example.com"} | same
        client.post("/o/find/", typed, REMOTE_ADDR=f"198.51.100.{tries}")

    client.post("/o/find/", HIT, REMOTE_ADDR="203.0.113.9")

    assert mails() == []


def test_a_hit_does_the_work_of_a_miss(client, order):
    """The time of an answer tells nothing, because whether the order exists is asked by nobody before it is given."""

    def asked_of_the_database(typed):
        with CaptureQueriesContext(connection) as seen:
            client.post("/o/find/", typed)
        return [re.sub(r"'[^']*'|_x[0-9]+", "…", query["sql"]) for query in seen]

    hit, miss = asked_of_the_database(HIT), asked_of_the_database({"number": "9999", "email": "petro@example.com"})

    assert hit == miss
    assert [sql.split(" (")[0] for sql in hit if "orders_" in sql] == ['INSERT INTO "orders_linkwish"']


def test_without_redis_an_order_is_found_all_the_same(client, order, monkeypatch):
    def away(*_args, **_kwargs):
        raise ConnectionError("Redis is away")

    monkeypatch.setattr(throttle.cache, "add", away)

    assert client.post("/o/find/", HIT).status_code == 200
    assert mails() == ["olena@example.com"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Please tell us the order number."),
        ({"number": "1042"}, "Please tell us the e-mail of the order."),
        ({"number": "1042", "email": "olena"}, "This does not look like an e-mail address."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(client, order, typed, said):
    page = client.post("/o/find/", typed, headers={"accept-language": "en"}).content.decode()

    assert said in page
    assert all(f'value="{value}"' in page for value in typed.values())
    assert not Message.objects.exists()


@pytest.mark.parametrize("typed", [{"number": "\0", "email": "a@b.co"}, {"number": "1" * 65, "email": "a@b.co"}])
def test_nonsense_is_no_error_of_ours(client, order, typed):
    answer = client.post("/o/find/", typed)

    assert (answer.status_code, Message.objects.count()) == (200, 0)


def test_words_that_the_form_does_not_know_do_not_reach_the_page(client, order):
    page = client.post("/o/find/", {"languages": "x", "store": "evil", "email": ""}).content.decode()

    assert "evil" not in page


def test_the_form_needs_its_token(order):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post("/o/find/", HIT).status_code == 403
    assert not Message.objects.exists()

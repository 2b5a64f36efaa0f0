"""The door for machines: signatures, repetitions, bodies of every kind, faults of our own."""

import base64
import hmac
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import psycopg2
import pytest
import time_machine
from django.db import connection as db
from django.db import connections
from django.test import Client
from django.utils import timezone

from events import inbox
from events.clocks import tick
from events.connections import connect as rotate
from events.models import Connection, Event, Receipt
from messaging.models import Message
from orders.models import Order
from shelf.signatures import hmac_base64, hmac_hex
from tests.builders import easypost, shopify, woocommerce
from tests.builders.door import knock, outcome
from tests.conftest import SECRET, connect

pytestmark = pytest.mark.django_db

DOOR = "/in/shopify/lavka/"
BODY = json.dumps(shopify.order(1042)).encode()


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        " ",
        "garbage",
        hmac_base64("another-secret", BODY),
        hmac_base64(SECRET, BODY)[:-1],
        hmac_base64(SECRET, BODY)[:-8],
        hmac_base64(SECRET, BODY) + "=",
        hmac_hex(SECRET, BODY),
        hmac_base64(SECRET, BODY + b" "),
        hmac_base64(SECRET, BODY).lower(),
        "їжак",
    ],
)
def test_a_signature_that_is_not_right_to_the_letter_leaves_one_line_and_a_counter(client, store, caplog, signature):
    headers = shopify.signed(BODY, SECRET)
    headers.pop("x-shopify-hmac-sha256")
    given = {} if signature is None else {"x-shopify-hmac-sha256": signature}
    caplog.set_level(logging.INFO)

    answer = knock(client, DOOR, (BODY, headers | given))

    assert (answer.status_code, answer.content) == (401, b"")
    assert [record.getMessage() for record in caplog.records] == ["in/shopify/lavka: wrong signature"]
    assert not Receipt.objects.exists()
    assert Connection.objects.values_list("refused", flat=True).get() == 1


def test_a_signature_in_hex_is_not_taken_for_base64_of_the_same_digest(client, store):
    digest = base64.b64decode(hmac_base64(SECRET, BODY)).hex()

    answer = knock(client, DOOR, (BODY, shopify.signed(BODY, SECRET) | {"x-shopify-hmac-sha256": digest}))

    assert (answer.status_code, Receipt.objects.count()) == (401, 0)


def test_easypost_signs_in_hex_and_base64_is_refused(client):
    connect("easypost", "parcels")
    body, headers = easypost.delivery(easypost.event(easypost.tracker()), SECRET)

    wrong = knock(client, "/in/easypost/parcels/", (body, {"x-hmac-signature": hmac_base64(SECRET, body)}))
    right = knock(client, "/in/easypost/parcels/", (body, headers))

    assert (wrong.status_code, right.status_code) == (401, 200)
    assert (Receipt.objects.count(), Connection.objects.get().refused) == (1, 1)


def test_a_connection_without_secrets_lets_nobody_in(client, store):
    Connection.objects.update(secrets=[{"secret": "", "added_at": "2026-01-01T00:00:00+00:00", "until": None}])

    empty = base64.b64encode(hmac.digest(b"", BODY, "sha256")).decode()

    answers = [
        knock(client, DOOR, (BODY, shopify.signed(BODY, SECRET) | headers)).status_code
        for headers in ({}, {"x-shopify-hmac-sha256": empty}, {"x-shopify-hmac-sha256": ""})
    ]

    assert (answers, Receipt.objects.count()) == ([401, 401, 401], 0)


def test_the_old_secret_counts_for_seven_days_more(client, store):
    now = timezone.now()
    rotate("shopify", "lavka", now, secret="new-secret")

    with time_machine.travel(now + timedelta(days=6)):
        old = knock(client, DOOR, shopify.delivery(shopify.order(1), SECRET))
    with time_machine.travel(now + timedelta(days=8)):
        too_old = knock(client, DOOR, shopify.delivery(shopify.order(2), SECRET))
        new = knock(client, DOOR, shopify.delivery(shopify.order(3), "new-secret"))

    assert (old.status_code, too_old.status_code, new.status_code) == (200, 401, 200)
    assert Receipt.objects.count() == 2


def test_a_secret_that_another_process_rotated_counts_at_once(client, store):
    knock(client, DOOR, shopify.delivery(shopify.order(1), SECRET))
    fresh = [{"secret": "new-secret", "added_at": "2026-11-01T00:00:00+00:00", "until": None}]
    Connection.objects.update(secrets=fresh)  # as another process does: this one still remembers the old row

    answer = knock(client, DOOR, shopify.delivery(shopify.order(2), "new-secret"))

    assert answer.status_code == 200
    assert Connection.objects.get().refused == 0


def test_five_deliveries_of_the_same_order_make_one_order_and_one_mail(client, store, journeys):
    delivery = shopify.delivery(shopify.order(1042, at=timezone.now().isoformat()), SECRET, "orders/create")

    answers = []
    for _ in range(5):
        answers.append(knock(client, DOOR, delivery).status_code)
        tick()

    assert answers == [200] * 5
    assert (Receipt.objects.count(), Order.objects.count()) == (1, 1)
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == ["order.placed", "order.paid"]
    assert list(Message.objects.values_list("state", flat=True)) == ["sent"]


def test_the_same_order_under_five_delivery_ids_is_still_one_order_and_one_mail(client, store, journeys):
    order = shopify.order(1042, at=timezone.now().isoformat())

    for number in range(5):
        knock(client, DOOR, shopify.delivery(order, SECRET, "orders/create", **{"x-shopify-webhook-id": f"w{number}"}))
        tick()

    assert (Receipt.objects.filter(state="done").count(), Order.objects.count()) == (5, 1)
    assert Event.objects.count() == 2
    assert list(Message.objects.values_list("state", flat=True)) == ["sent"]


@pytest.mark.django_db(transaction=True)
def test_the_same_delivery_from_eight_threads_at_once_is_one_receipt(store, journeys):
    delivery = shopify.delivery(shopify.order(1042, at=timezone.now().isoformat()), SECRET, "orders/create")

    def deliver(_):
        try:
            return knock(Client(), DOOR, delivery).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(deliver, range(8)))
    tick()

    assert answers == [200] * 8
    assert (Receipt.objects.count(), Order.objects.count(), Message.objects.count()) == (1, 1, 1)


def deep(levels):
    return b'{"a":' + b"[" * levels + b"]" * levels + b"}"


ORDER = shopify.order(1042)

UNREADABLE = {
    "nothing": (b"", "The body is empty."),
    "blanks": (b" \n ", "The body is empty."),
    "a list": (b"[]", "The body is JSON, but not an object."),
    "a word": (b'"order"', "The body is JSON, but not an object."),
    "half": (BODY[: len(BODY) // 2], "The body is not valid JSON ("),
    "xml": (b"<order/>", "The body is not valid JSON ("),
    "a NUL byte": (BODY[:-1] + b"\x00}", "The body contains NUL bytes and is not JSON."),
    "not UTF-8": ("{'Олена'}".encode("cp1251"), "The body is not UTF-8 text."),
    "5 MB": (
        json.dumps(ORDER | {"note": "x" * 5_000_000}).encode(),
        "The body has 500",
    ),
    "100,000 levels": (deep(100_000), "The body is not valid JSON ("),
    "400 levels": (json.dumps(ORDER).encode()[:-1] + b',"\\u0000":' + b"[" * 400 + b"]" * 400 + b"}", ""),
    "an id of 5,000 digits": (b'{"id":' + b"9" * 5000 + b"}", "The body is not valid JSON ("),
    "a currency of the moon": (
        json.dumps(ORDER | {"currency": "LUN"}).encode(),
        "“LUN” is not a currency. Expected a three-letter code such as EUR, USD or UAH.",
    ),
    "no currency": (
        json.dumps(ORDER | {"currency": None}).encode(),
        "The field “currency” is missing, and nothing can be done without it.",
    ),
    "lines that are text": (
        json.dumps(ORDER | {"line_items": "kettle"}).encode(),
        "The field “line_items” should be a list, but it is “kettle”.",
    ),
    "a total that is a list": (
        json.dumps(ORDER | {"total_price": ["1"]}).encode(),
        "The field “total_price” should be an amount such as 12.50, but it is “['1']”.",
    ),
    "an email that is an object": (
        json.dumps(ORDER | {"email": {"a": 1}}).encode(),
        "The field “email” should be text, but it is “{'a': 1}”.",
    ),
    "a time that is none": (
        json.dumps(ORDER | {"processed_at": "yesterday"}).encode(),
        "The field “processed_at” should be a date and time, but it is “yesterday”.",
    ),
    "a customer that is nested 300 deep": (
        json.dumps(ORDER | {"customer": json.loads("[" * 300 + "]" * 300)}).encode(),
        "The field “customer” should be a group of fields",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_that_makes_no_sense_is_taken_and_parked_with_a_sentence(client, store, name):
    body, sentence = UNREADABLE[name]

    answer = knock(client, DOOR, (body, shopify.signed(body, SECRET, "orders/create")))
    tick()

    state, why = outcome(Receipt.objects.get())
    assert answer.status_code == 200
    assert state == ("parked" if sentence else "done")
    assert why.startswith(sentence)
    assert Order.objects.count() == (0 if sentence else 1)


DEEP = ("parked", "The body is nested too deeply to be read.")


@pytest.mark.parametrize(
    ("levels", "end"), [(150, ("done", "")), (300, ("done", "")), (600, DEEP), (750, DEEP), (900, DEEP)]
)
def test_no_depth_of_nesting_is_an_error_of_ours(client, store, levels, end):
    body = json.dumps(ORDER).encode()[:-1] + b',"\\u0000":' + b"[" * levels + b"]" * levels + b"}"

    knock(client, DOOR, (body, shopify.signed(body, SECRET, "orders/create")))
    tick()

    assert outcome(Receipt.objects.get()) == end
    assert Order.objects.count() == (end[0] == "done")


def test_an_order_without_any_contact_is_parked_and_read_again_when_the_shop_knows_one(client, store):
    nobody = shopify.address(phone=None)
    order = shopify.order(1042, email=None, customer=None, shipping_address=nobody, billing_address=nobody)

    knock(client, DOOR, shopify.delivery(order, SECRET, "orders/create"))
    tick()

    assert outcome(Receipt.objects.get()) == (
        "parked",
        "Order #1042 has neither an e-mail nor a telephone number that can be read: nobody could be told about it. "
        "Add one in the shop; its next message brings the order in.",
    )
    assert not Order.objects.exists()

    later = order | {"phone": "050 123 45 67", "updated_at": "2026-03-02T11:00:00+02:00"}
    knock(client, DOOR, shopify.delivery(later, SECRET, "orders/updated"))
    tick()

    assert list(Order.objects.values_list("number", "phone", "email")) == [("#1042", "+380501234567", "")]


def test_an_order_with_only_a_phone_is_a_whole_order(client, store):
    order = shopify.order(1042, email=None, customer=shopify.customer(email=None))

    knock(client, DOOR, shopify.delivery(order, SECRET, "orders/create"))
    tick()

    saved = Order.objects.get()
    assert (saved.email, saved.phone, saved.customer.name) == ("", "+380501234567", "Olena Kovalenko")


def test_a_known_order_that_loses_its_contact_is_updated_and_not_parked(client, store):
    knock(client, DOOR, shopify.delivery(shopify.order(1042), SECRET, "orders/create"))
    tick()

    nobody = shopify.address(phone=None)
    blank = shopify.order(
        1042, email=None, customer=None, shipping_address=nobody, billing_address=nobody, financial_status="refunded"
    )
    knock(client, DOOR, shopify.delivery(blank, SECRET, "orders/updated"))
    tick()

    assert set(Receipt.objects.values_list("state", flat=True)) == {"done"}
    assert Order.objects.get().financial == "refunded"
    assert Order.objects.get().customer.name == "Olena Kovalenko"


def test_a_parked_receipt_is_read_when_its_cause_is_mended(client, store):
    Connection.objects.update(slug="lavka")
    store.connection = None
    store.save()
    knock(client, DOOR, shopify.delivery(shopify.order(1042), SECRET, "orders/create"))
    tick()
    receipt = Receipt.objects.get()
    assert outcome(receipt) == ("parked", "This connection belongs to no store: choose it under Stores.")

    store.connection = receipt.connection
    store.save()
    freed = inbox.replay(Receipt.objects.filter(pk=receipt.pk))
    tick()

    assert freed == 1
    assert outcome(receipt) == ("done", "")
    assert Order.objects.get().number == "#1042"


def test_sums_that_no_column_holds_are_parked_and_not_an_error_of_ours(client, store):
    dear = shopify.line("Diamond", "9999999999.00", quantity=1_000_000)

    knock(client, DOOR, shopify.delivery(shopify.order(1042, lines=[dear], total_price="1.00"), SECRET))
    tick()

    state, why = outcome(Receipt.objects.get())
    assert (state, "An error on our side" in why) == ("parked", False)


def test_a_topic_that_nobody_reads_is_kept_and_ignored(client, store):
    knock(client, DOOR, shopify.delivery({"id": 1}, SECRET, "products/update"))
    tick()

    assert outcome(Receipt.objects.get()) == (
        "ignored",
        "Shopify's “products/update” is not read: only orders, fulfillments, refunds and privacy requests are.",
    )


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_means_come_back_later(client, store, caplog):
    delivery = shopify.delivery(shopify.order(1042), SECRET)
    inbox.find_connection("shopify", "lavka", lambda: 0.0)

    with no_database():
        answer = knock(client, DOOR, delivery)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert [r.getMessage() for r in caplog.records if r.name == "events.webhooks"] == [
        "in/shopify/lavka: the database is away: OperationalError"
    ]


class no_database:
    """Every statement fails as it does when the server went away."""

    def __enter__(self):
        from django.db import OperationalError

        def gone(execute, sql, params, many, context):
            raise OperationalError("server closed the connection unexpectedly")

        self.wrapper = db.execute_wrapper(gone)
        return self.wrapper.__enter__()

    def __exit__(self, *error):
        return self.wrapper.__exit__(*error)


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_the_door_takes_posts_only(client, store, method):
    answer = getattr(client, method)(DOOR)

    assert (answer.status_code, answer.headers["Allow"], Receipt.objects.count()) == (405, "POST", 0)


@pytest.mark.parametrize("path", ["/in/shopify/nobody/", "/in/etsy/lavka/", "/in/easypost/lavka/"])
def test_an_address_that_nobody_was_given_is_not_found(client, store, path):
    answer = knock(client, path, shopify.delivery(shopify.order(1042), SECRET))

    assert (answer.status_code, Receipt.objects.count()) == (404, 0)


def test_a_paused_connection_asks_to_come_back_and_stores_nothing(client, store):
    Connection.objects.update(paused_at=timezone.now())

    answer = knock(client, DOOR, shopify.delivery(shopify.order(1042), SECRET))
    unsigned = knock(client, DOOR, (BODY, {}))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "600")
    assert unsigned.status_code == 401
    assert not Receipt.objects.exists()


def test_woocommerce_says_hello_without_a_signature(client):
    connect("woocommerce", "hlyna")
    body, headers = woocommerce.ping()

    answer = client.post("/in/woocommerce/hlyna/", body, content_type=headers["content-type"])
    with_more = client.post("/in/woocommerce/hlyna/", body + b"&a=1", content_type=headers["content-type"])

    assert (answer.status_code, with_more.status_code) == (200, 401)
    assert not Receipt.objects.exists()


def test_over_ten_megabytes_nothing_is_read(client, store):
    body = b"x" * 10_000_001

    answer = knock(client, DOOR, (body, shopify.signed(body, SECRET)))

    assert answer.status_code == 413
    assert not Receipt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_while_idle_costs_no_delivery(client, store):
    inbox.find_connection("shopify", "lavka", lambda: 0.0)
    with closing(psycopg2.connect(**db.get_connection_params())) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [db.connection.info.backend_pid])

    answer = knock(client, DOOR, shopify.delivery(shopify.order(1042), SECRET))

    assert answer.status_code == 200
    assert Receipt.objects.count() == 1

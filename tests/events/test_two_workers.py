"""Two workers over the same receipts and messages: nothing twice, nothing lost, nobody waits for good."""

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from customers.models import Customer, Stats
from events import clocks, inbox
from events.clocks import tick
from events.models import Event, Receipt
from messaging import actions as messages
from messaging.models import LocalMail, Message
from orders.models import Order
from tests.builders import shopify

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(workers, work):
    """Run ``work`` in so many threads until each finds nothing; how much each took."""

    def one(_):
        try:
            return sum(iter(work, 0))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(workers)))


def deliver(store, order, topic, name):
    body, _headers = shopify.delivery(order, topic=topic)
    inbox.receive(store.connection, name, topic, body)


def test_two_versions_of_twenty_new_orders_read_by_three_workers_are_twenty_orders(store, caplog):
    caplog.set_level(logging.CRITICAL)
    at = timezone.now()
    for number in range(20):
        own = {"id": number % 5 + 1, "admin_graphql_api_id": None}
        person = shopify.customer(email=f"n{number % 5}@example.com", **own)
        order = shopify.order(number, email=f"n{number % 5}@example.com", customer=person, at=at.isoformat())
        later = order | {"updated_at": (at + timedelta(minutes=1)).isoformat(), "total_price": "99.00"}
        deliver(store, order, "orders/create", f"create-{number}")
        deliver(store, later, "orders/updated", f"update-{number}")
    Receipt.objects.filter(key__startswith="update").update(next_at=at - timedelta(hours=1))

    at_once(3, lambda: inbox.read_waiting(limit=3))
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        tick()

    assert Counter(Receipt.objects.values_list("state", flat=True)) == {"done": 40}
    assert (Order.objects.count(), Customer.objects.count()) == (20, 5)
    assert {str(total) for total in Order.objects.values_list("total", flat=True)} == {"99.00"}
    assert Event.objects.filter(kind="order.placed").count() == 20
    assert list(Stats.objects.values_list("orders", "spent")) == [(4, {"EUR": "396.00"})] * 5


def test_a_hundred_mails_sent_by_three_workers_leave_once_each(store, journeys):
    at = timezone.now()
    for number in range(100):
        order = shopify.order(number, email=f"n{number}@example.com", customer=None, at=at.isoformat())
        deliver(store, order, "orders/create", f"create-{number}")
    for name in ("receipts", "events", "journeys"):
        clocks.drain(name)
    assert Message.objects.filter(state="ready").count() == 100

    taken = at_once(3, lambda: messages.send_due(limit=7))

    assert sum(taken) == 100
    assert Counter(Message.objects.values_list("state", "attempts")) == {("sent", 1): 100}
    assert Counter(LocalMail.objects.values_list("to", flat=True)).most_common(1)[0][1] == 1


def test_journeys_advanced_by_three_workers_plan_each_message_once(store, journeys):
    from campaigns.actions import advance_due

    at = timezone.now()
    for number in range(60):
        deliver(store, shopify.order(number, at=at.isoformat()), "orders/create", f"create-{number}")
    clocks.drain("receipts")
    clocks.drain("events")

    at_once(3, lambda: advance_due(limit=5))

    assert Message.objects.count() == 60

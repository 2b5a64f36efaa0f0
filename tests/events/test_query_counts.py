"""What a batch costs the database: fifty orders take as many statements as one, on the whole way to the mail."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.actions import advance_due
from events import inbox, outbox
from messaging.actions import claiming
from messaging.models import Message
from tests.builders import shopify
from tests.builders.door import MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def arrive(store, numbers, topic="orders/create", product=0, price="35.00", **changes):
    """One order per number, each of its own customer and with its own product."""
    for number in numbers:
        address = shopify.address(phone=f"+38050{number:07}")
        order = shopify.order(
            number,
            email=f"buyer{number}@example.com",
            lines=[
                shopify.line(
                    "Kettle", price, id=number + product, admin_graphql_api_id=None, product_id=number + product
                )
            ],
            customer=shopify.customer(None, id=number, admin_graphql_api_id=None),
            billing_address=address,
            shipping_address=address,
            at=MONDAY.isoformat(),
            **changes,
        )
        body, headers = shopify.delivery(order, topic=topic)
        inbox.receive(store.connection, headers["x-shopify-webhook-id"], topic, body)


def statements(step):
    """How many statements one pass takes, savepoints included."""
    with CaptureQueriesContext(connection) as captured:
        moved = step()
    assert moved
    return len(captured)


def of_new_orders(store, numbers):
    arrive(store, numbers)
    return {
        "read": statements(inbox.read_waiting),
        "answer": statements(outbox.answer_waiting),
        "advance": statements(advance_due),
        "lease": statements(lambda: len(claiming.claim(50, MONDAY))),
    }


def of_updates(store, numbers):
    """The same orders again, with another product in place of the first."""
    arrive(store, numbers, "orders/updated", 9000, "40.00", updated_at="2026-11-23T09:00:30Z")
    return {"read": statements(inbox.read_waiting), "answer": statements(outbox.answer_waiting)}


def test_fifty_orders_take_as_many_statements_as_one(store):
    of_new_orders(store, [1000])  # the plans of journeys are read once in a process

    one = of_new_orders(store, [1001])
    fifty = of_new_orders(store, range(1002, 1052))

    assert Message.objects.filter(lease=1).count() == 52
    assert one == fifty == {"read": 34, "answer": 36, "advance": 17, "lease": 1}


def test_fifty_changes_of_known_orders_take_as_many_statements_as_one(store):
    of_new_orders(store, range(1001, 1052))

    one = of_updates(store, [1001])
    fifty = of_updates(store, range(1002, 1052))

    assert one == fifty == {"read": 37, "answer": 29}

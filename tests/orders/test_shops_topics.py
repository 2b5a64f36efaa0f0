"""What shops tell beside their orders: progress, refunds, what was thrown away, and people's wishes for their data."""

import json
import os
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
import time_machine

from customers.models import Customer
from events import inbox
from events.clocks import drain
from events.models import Event, Receipt
from orders.models import Order, Payment
from tests.builders import shopify, woocommerce
from tests.builders.door import MONDAY
from tests.conftest import connect
from tracking.models import Checkpoint, Shipment

pytestmark = pytest.mark.django_db

SAMPLES = Path(os.environ.get("SAMPLES_DIR") or "/nonexistent")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def woo(store):
    store.connection = connect("woocommerce", "woo")
    store.save()
    return store


def deliver(store, payload, topic, key=""):
    body = json.dumps(payload).encode()
    inbox.receive(store.connection, key or f"{topic}:{Receipt.objects.count()}", topic, body)
    drain("receipts")
    drain("events")


def at(minutes):
    return (MONDAY - timedelta(minutes=minutes)).isoformat()


def order_1001(**more):
    return shopify.order(1001, at=at(60), **more)


def progress(fulfilment, status, minutes, number=1):
    return {
        "id": number,
        "fulfillment_id": fulfilment["id"],
        "order_id": fulfilment["order_id"],
        "status": status,
        "happened_at": at(minutes),
    }


def refund(order, *sums, number=31, **more):
    moved = [
        {"id": number * 10 + n, "kind": "refund", "status": "success", "amount": amount, "processed_at": at(5)}
        for n, amount in enumerate(sums)
    ]
    return {"id": number, "order_id": order["id"], "created_at": None, "note": "torn", "transactions": moved} | more


def parcels():
    return list(Shipment.objects.order_by("pk").values_list("number", "milestone"))


@pytest.mark.parametrize("turn", list(permutations(range(4))))
def test_progress_of_a_fulfilment_ends_alike_in_any_order(store, turn):
    order = order_1001()
    sent = shopify.fulfilment(order, at=at(50))
    said = [
        (order, "orders/create"),
        (sent, "fulfillments/create"),
        (progress(sent, "in_transit", 40, 1), "fulfillment_events/create"),
        (progress(sent, "out_for_delivery", 20, 2), "fulfillment_events/create"),
    ]

    for place in turn:
        deliver(store, *said[place])

    assert parcels() == [("20450000000001", "out_for_delivery")]
    scans = Checkpoint.objects.order_by("occurred_at").values_list("milestone", flat=True)
    assert list(scans) == ["in_transit", "out_for_delivery"]


def test_progress_told_twice_is_one_scan(store):
    sent = shopify.fulfilment(order_1001(), at=at(50))
    deliver(store, sent, "fulfillments/create")

    for key in ("a", "b"):
        deliver(store, progress(sent, "in_transit", 40), "fulfillment_events/create", key)

    assert Checkpoint.objects.count() == 1


def test_of_two_parcels_in_one_fulfilment_none_is_given_the_progress(store):
    sent = shopify.fulfilment(order_1001(), numbers=("20450000000001", "20450000000002"), at=at(50))
    deliver(store, sent, "fulfillments/create")
    before = parcels()

    deliver(store, progress(sent, "delivered", 40), "fulfillment_events/create")

    assert parcels() == before
    assert Checkpoint.objects.count() == 0


def test_a_refund_by_itself_and_within_its_order_is_one_refund(store):
    order = order_1001()
    back = refund(order, "30.00", "5.00")
    deliver(store, back, "refunds/create")
    deliver(store, order | {"refunds": [back], "updated_at": at(4)}, "orders/updated")

    rows = Payment.objects.filter(kind="refund").order_by("amount").values_list("amount", "state", "reason")
    assert list(rows) == [(Decimal("5.00"), "paid", "torn"), (Decimal("30.00"), "paid", "torn")]
    assert Event.objects.filter(kind="refund.recorded").count() == 2


def test_a_refund_larger_than_the_order_is_kept_and_no_sum_is_negative(store):
    order = order_1001()
    deliver(store, order, "orders/create")

    deliver(store, refund(order, "900.00"), "refunds/create")

    known = Order.objects.get()
    assert Payment.objects.get(kind="refund").amount == Decimal("900.00")
    assert (known.due >= 0, known.total, Receipt.objects.filter(state="parked").count()) == (True, Decimal("40.00"), 0)


def test_a_refund_of_nothing_but_stock_is_ignored_with_its_reason(store):
    deliver(store, refund(order_1001()), "refunds/create")

    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.why) == ("ignored", "No money moved with this refund.")
    assert (Order.objects.count(), Payment.objects.count()) == (0, 0)


def test_an_order_of_five_hundred_lines_is_kept_to_the_last(store):
    lines = [shopify.line(f"Thing {n}", "1.00", id=n, admin_graphql_api_id=None) for n in range(1, 501)]

    deliver(store, order_1001(lines=lines), "orders/create")

    order = Order.objects.get()
    assert (order.lines.count(), order.total) == (500, Decimal("505.00"))


def test_a_sale_at_the_counter_is_told_apart():
    from orders.stores.shopify import read_order

    assert read_order(order_1001(source_name="pos")).channel == "pos"
    assert read_order(order_1001(source_name="web")).channel == "web"


WISH = {"shop_id": 1, "customer": {"id": 6_100_000_000_001, "email": "olena@example.com"}}


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        (
            "customers/data_request",
            "A customer asks for their data by way of the shop. Hand it out by 23 December 2026.",
        ),
        ("customers/redact", "A customer asks by way of the shop to be erased. See to it by 23 December 2026."),
    ],
)
def test_a_persons_wish_waits_for_the_owner_beside_the_person(store, topic, sentence):
    deliver(store, order_1001(), "orders/create")

    deliver(store, WISH, topic)

    receipt = Receipt.objects.get(topic=topic)
    assert (receipt.state, receipt.why) == ("parked", sentence)
    assert receipt.customer_id == Customer.objects.get().pk
    assert "olena" not in json.dumps(receipt.reason_values)


def test_a_wish_of_somebody_unknown_makes_nobody(store):
    deliver(store, WISH, "customers/redact")

    assert Customer.objects.count() == 0
    assert Receipt.objects.get().why.startswith("Somebody asks by way of the shop")


def test_a_closed_shop_erases_nobody_by_itself(store):
    deliver(store, order_1001(), "orders/create")

    deliver(store, {"shop_id": 1, "shop_domain": "x.myshopify.com"}, "shop/redact")

    assert (Customer.objects.count(), Order.objects.count()) == (1, 1)
    assert Receipt.objects.get(topic="shop/redact").state == "parked"


def test_an_order_that_woocommerce_threw_away_is_cancelled_and_nobody_is_told(woo):
    order = woocommerce.order(205, at="2026-11-23T08:00:00")
    deliver(woo, order, "order.created")

    deliver(woo, {"id": 205}, "order.deleted")

    known = Order.objects.get()
    assert (known.cancelled_at, known.cancel_reason, known.stage) == (MONDAY, "deleted in the shop", "cancelled")
    told = Event.objects.get(kind="order.cancelled")
    assert (told.handled_at is not None, Event.objects.filter(kind="coupon.issued").count()) == (True, 0)


def test_an_order_that_was_brought_back_is_an_order_again(woo):
    order = woocommerce.order(205, at="2026-11-23T08:00:00")
    deliver(woo, order, "order.created")
    deliver(woo, {"id": 205}, "order.deleted")

    deliver(woo, order | {"date_modified_gmt": "2026-11-23T08:30:00"}, "order.restored")

    known = Order.objects.get()
    assert (known.cancelled_at, known.stage) == (None, "paid")


def test_an_unknown_order_that_was_thrown_away_leaves_nothing(woo):
    deliver(woo, {"id": 9}, "order.deleted")

    assert (Order.objects.count(), Receipt.objects.get().state) == (0, "done")


def test_a_refund_without_a_date_keeps_the_first_one(woo):
    order = woocommerce.order(205, at="2026-11-23T08:00:00", refunds=[{"id": 726, "reason": "torn", "total": "-10.00"}])
    deliver(woo, order, "order.created")

    deliver(woo, order | {"date_modified_gmt": "2026-11-23T08:50:00"}, "order.updated")

    row = Payment.objects.get()
    assert (row.amount, row.at.isoformat()) == (Decimal("10.00"), "2026-11-23T08:00:00+00:00")
    assert Event.objects.filter(kind="refund.recorded").count() == 1


# --- The published samples, in every order, twice, late ------------------------------------------------------------

SAID = (
    ("orders_create", "orders/create"),
    ("fulfillments_create", "fulfillments/create"),
    ("fulfillment_events_create", "fulfillment_events/create"),
    ("refunds_create", "refunds/create"),
    ("orders_edited", "orders/edited"),
)


def end_of_all(store):
    order = Order.objects.get(external_id="820982911946154500")
    facts = sorted(Event.objects.values_list("kind", flat=True))
    return order.placeholder, parcels(), facts, sorted(Receipt.objects.values_list("topic", "state"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="SAMPLES_DIR is not set: no real bodies to read")
@pytest.mark.parametrize("turn", list(permutations(range(len(SAID))))[::11])
def test_shopifys_own_samples_end_alike_in_any_order_repeated_and_late(store, clock, turn):
    for hour, place in enumerate(turn):
        name, topic = SAID[place]
        body = (SAMPLES / "shopify" / f"{name}.json").read_bytes()
        for _twice in range(2):
            inbox.receive(store.connection, name, topic, body)
        clock.move_to(MONDAY + timedelta(hours=hour))
        drain("receipts")
        drain("events")

    placeholder, made, facts, receipts = end_of_all(store)
    assert (placeholder, made) == (True, [("1Z827WK74630", "in_transit")])
    assert [state for _topic, state in receipts] == ["done", "done", "done", "ignored", "ignored"]
    assert facts.count("order.placed") == 1

"""What nobody should send, and what becomes of it: an exact state, a sentence for a person, nothing lost."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from events import inbox
from events.clocks import drain
from events.models import Receipt
from orders.links import status_url
from orders.models import Order, Payment
from tests.builders import aftership, easypost, shopify
from tests.builders.door import MONDAY
from tests.conftest import connect
from tracking.models import Checkpoint, Shipment, UnknownCode

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NUMBER = "EZ1000000001"


def at(hours):
    return (MONDAY + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(autouse=True)
def clock(db):
    with time_machine.travel(MONDAY + 20 * HOUR, tick=False) as clock:
        yield clock


@pytest.fixture
def tell(store):
    """``tell("shopify", topic, body)``: stored, read and answered; its receipt."""
    doors = {"shopify": store.connection}

    def told(source, topic, body):
        door = doors.get(source) or doors.setdefault(source, connect(source, "parcels"))
        key = f"{topic}:{Receipt.objects.count()}"
        inbox.receive(door, key, topic, json.dumps(body).encode())
        drain("receipts")
        while drain("events") and drain("receipts"):
            pass
        return Receipt.objects.get(key=key)

    return told


def said(receipt):
    return receipt.state, receipt.why


def placed(number=1001, **more):
    return shopify.order(number, at=at(0), **more)


def sent(order, *numbers, part=1, hours=1, **more):
    return shopify.fulfilment(order, numbers or (NUMBER,), more.pop("carrier", "UPS"), part, at(hours), **more)


def tracked(*scans, number=NUMBER, **more):
    told = [easypost.scan(status, when, message=f"{status} {when}") for status, when in scans]
    return easypost.event(easypost.tracker(number, scans[-1][0], told, at(19), **more))


# --- Dates that cannot be -----------------------------------------------------------------------------------------


def test_an_order_of_1970_was_placed_when_the_shop_made_it(tell):
    receipt = tell("shopify", "orders/create", placed(processed_at="1970-01-01T00:00:00Z"))

    assert said(receipt) == ("done", "")
    assert Order.objects.get().placed_at == MONDAY


def test_an_order_of_3609_waits_for_a_person_and_its_correction_does_not(tell):
    receipt = tell("shopify", "orders/create", placed(processed_at="3609-05-17T12:00:00Z"))
    assert said(receipt) == (
        "parked",
        "The field “processed_at” should be a date and time, but it is “3609-05-17T12:00:00Z”.",
    )
    assert b"3609-05-17" in bytes(receipt.body)
    assert Order.objects.count() == 0

    tell("shopify", "orders/updated", placed(updated_at=at(1)))

    assert Order.objects.get().placed_at == MONDAY


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("1970-01-01T00:00:00Z", "The field “datetime” is missing, and nothing can be done without it."),
        ("3609-05-17T12:00:00Z", "The field “datetime” should be a date and time, but it is “3609-05-17T12:00:00Z”."),
    ],
)
def test_a_scan_of_no_year_of_ours_waits_for_a_person_and_the_parcel_stays(tell, wrong, sentence):
    order = placed()
    tell("shopify", "fulfillments/create", sent(order))
    tell("easypost", "tracker.updated", tracked(("in_transit", at(2))))

    receipt = tell("easypost", "tracker.updated", tracked(("in_transit", at(2)), ("delivered", wrong)))

    parcel = Shipment.objects.get()
    assert said(receipt) == ("parked", sentence)
    assert (parcel.milestone, parcel.since, parcel.delivered_at) == ("in_transit", MONDAY + 2 * HOUR, None)
    tell("easypost", "tracker.updated", tracked(("in_transit", at(2)), ("delivered", at(9))))
    assert Shipment.objects.get().delivered_at == MONDAY + 9 * HOUR


def test_a_scan_of_next_week_is_kept_marked_and_believed_by_nobody(tell):
    tell("shopify", "fulfillments/create", sent(placed()))

    tell("easypost", "tracker.updated", tracked(("delivered", at(200)), ("in_transit", at(2))))

    scans = Checkpoint.objects.filter(summary=False).order_by("occurred_at").values_list("milestone", "suspect")
    assert list(scans) == [("in_transit", False), ("delivered", True)]
    assert (Shipment.objects.get().milestone, Shipment.objects.get().delivered_at) == ("in_transit", None)


# --- Zones that are not told --------------------------------------------------------------------------------------


def test_an_order_without_a_zone_waits_for_a_person(tell):
    receipt = tell("shopify", "orders/create", placed(processed_at="2026-11-23T09:00:00"))

    sentence = "The time “2026-11-23T09:00:00” in “processed_at” does not say in which time zone it is."
    assert said(receipt) == ("parked", sentence)


def test_a_scan_without_a_zone_is_read_in_its_carriers_and_says_so(tell):
    tell("shopify", "fulfillments/create", sent(placed(), "20450000000001", carrier="Nova Poshta"))
    scan = aftership.checkpoint("InTransit", "2026-11-23T14:30:00")
    body = aftership.event(aftership.tracking("20450000000001", slug="nova-poshta", checkpoints=[scan]))

    assert said(tell("aftership", "tracking_update", body)) == ("done", "")

    kept = Checkpoint.objects.get(summary=False)
    assert (kept.occurred_at, kept.tz_known) == (datetime(2026, 11, 23, 12, 30, tzinfo=UTC), False)
    assert kept.occurred_local == "2026-11-23T14:30:00"


# --- Parcels that contradict themselves ---------------------------------------------------------------------------


def test_a_delivered_parcel_that_moves_again_is_delivered_and_disputed(tell):
    tell("shopify", "orders/create", order := placed())
    tell("shopify", "fulfillments/create", sent(order))
    tell("easypost", "tracker.updated", tracked(("in_transit", at(2)), ("delivered", at(5))))

    tell("easypost", "tracker.updated", tracked(("in_transit", at(2)), ("delivered", at(5)), ("in_transit", at(8))))

    parcel, known = Shipment.objects.get(), Order.objects.get()
    assert (parcel.milestone, parcel.disputed, parcel.delivered_at) == ("delivered", True, MONDAY + 5 * HOUR)
    assert (known.stage, known.delivered_at) == ("delivered", MONDAY + 5 * HOUR)
    assert parcel.checkpoints.filter(summary=False).count() == 3


def test_two_fulfilments_of_one_number_are_one_parcel(tell):
    kettle, cup = shopify.line("Kettle", "35.00"), shopify.line("Cup", "5.00", 2)
    order = placed(lines=[kettle, cup])
    tell("shopify", "orders/create", order)

    for part, line in ((1, kettle), (2, cup)):
        tell("shopify", "fulfillments/create", sent(order, part=part, hours=part, line_items=[line]))
    tell("easypost", "tracker.updated", tracked(("delivered", at(5))))

    parcel, known = Shipment.objects.get(), Order.objects.get()
    assert (parcel.number, parcel.fulfilled_at, parcel.milestone) == (NUMBER, MONDAY + HOUR, "delivered")
    assert (known.stage, known.delivered_at) == ("delivered", MONDAY + 5 * HOUR)
    assert set(known.lines.values_list("title", "delivered_at")) == {
        ("Kettle", MONDAY + 5 * HOUR),
        ("Cup", MONDAY + 5 * HOUR),
    }


def test_of_two_orders_parcels_with_one_number_the_younger_is_told_of(tell, clock):
    for number in (1001, 1002):
        tell("shopify", "orders/create", order := placed(number))
        tell("shopify", "fulfillments/create", sent(order))
        clock.shift(HOUR)

    tell("easypost", "tracker.updated", tracked(("delivered", at(5))))

    found = Shipment.objects.order_by("order__number").values_list("order__number", "number", "milestone")
    assert list(found) == [("#1001", NUMBER, "pending"), ("#1002", NUMBER, "delivered")]


def test_codes_that_nobody_knows_are_kept_counted_and_move_nothing(tell):
    tell("shopify", "fulfillments/create", sent(placed()))
    body = tracked(("in_transit", at(2)), ("beamed_up", at(3)), ("beamed_up", at(4)))

    for _twice in range(2):
        receipt = tell("easypost", "tracker.updated", body)

    parcel, code = Shipment.objects.get(), UnknownCode.objects.get()
    assert (parcel.milestone, parcel.since, said(receipt)) == ("in_transit", MONDAY + 2 * HOUR, ("done", ""))
    assert (code.source, code.code, code.carrier) == ("easypost", "beamed_up/status_update", "ups")
    assert (code.count, code.milestone) == (2, "")
    assert parcel.checkpoints.filter(unknown=True, summary=False).count() == 2


# --- Too much of it -----------------------------------------------------------------------------------------------


def test_an_order_of_five_hundred_lines_is_kept_sent_shown_and_edited(tell, client):
    lines = [shopify.line(f"Thing {n}", "1.00", id=n, admin_graphql_api_id=None) for n in range(1, 501)]
    tell("shopify", "orders/create", order := placed(lines=lines))
    tell("shopify", "fulfillments/create", sent(order))
    tell("easypost", "tracker.updated", tracked(("delivered", at(5))))

    tell("shopify", "orders/updated", placed(lines=lines[1:], updated_at=at(6)))

    known, parcel = Order.objects.get(), Shipment.objects.get()
    assert (known.lines.count(), known.total, known.stage) == (499, Decimal("504.00"), "delivered")
    assert known.lines.filter(delivered_at=MONDAY + 5 * HOUR).count() == 499
    assert parcel.lines.count() == 500
    page = client.get(status_url(known))
    assert (page.status_code, "Thing 500" in page.content.decode()) == (200, True)


def test_more_went_back_than_the_order_cost(tell):
    tell("shopify", "orders/create", order := placed())
    moved = {"id": 311, "kind": "refund", "status": "success", "amount": "900.00", "processed_at": at(5)}

    receipt = tell("shopify", "refunds/create", {"id": 31, "order_id": order["id"], "transactions": [moved]})

    known, refund = Order.objects.get(), Payment.objects.get(kind="refund")
    assert said(receipt) == ("done", "")
    assert (refund.amount, refund.state) == (Decimal("900.00"), "paid")
    assert refund.doubt % refund.reason_values == (
        "With this refund more goes back than the order cost: 900.00 EUR of 40.00 EUR."
    )
    assert (known.total, known.paid, known.due, known.refunded) == (
        *(Decimal("40.00"), Decimal("40.00"), Decimal(0), Decimal("40.00")),
    )


def test_a_promise_of_no_year_of_ours_is_no_promise(tell):
    tell("shopify", "fulfillments/create", sent(placed()))

    receipt = tell(
        "easypost", "tracker.updated", tracked(("in_transit", at(2)), est_delivery_date="1970-01-01T00:00:00Z")
    )

    assert (said(receipt), Shipment.objects.get().estimated_on) == (("done", ""), None)
    tell("easypost", "tracker.updated", tracked(("in_transit", at(3)), est_delivery_date="2026-11-27T00:00:00Z"))
    assert Shipment.objects.get().estimated_on == date(2026, 11, 27)

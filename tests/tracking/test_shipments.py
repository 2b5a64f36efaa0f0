"""Parcels as the shop reports them: several, late numbers, corrections, cancellations."""

from datetime import timedelta

import pytest

from events.clocks import drain, tick
from events.models import Event
from orders.actions import report_fulfilments, save_orders
from orders.models import Order, OrderPage
from orders.stores.seen import FulfilmentSeen
from tests.builders.door import MONDAY, order_seen
from tracking.actions import Fulfilled, add_checkpoints, make_shipments
from tracking.carriers.seen import CheckpointSeen
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen()])[0].order


def fulfilled(order, *numbers, hours=0, **overrides):
    known = {
        "external_id": "f1",
        "status": "success",
        "carrier": "Nova Poshta",
        "urls": (),
        "lines": (("line-Чайник", 1),),
        "milestone": "",
        "updated_at": MONDAY + hours * HOUR,
    }
    return Fulfilled(order_id=order.pk, numbers=numbers, **(known | overrides))


def report(*fulfilments):
    return make_shipments(fulfilments, MONDAY + timedelta(days=2))


def scan(shipment, milestone, hours=1):
    at = MONDAY + hours * HOUR
    add_checkpoints(shipment, [CheckpointSeen(at, milestone)], "toy", at)


def stage(order):
    order.refresh_from_db()
    return order.stage


def parcels():
    return list(Shipment.objects.order_by("pk").values_list("number", "milestone"))


def page():
    return OrderPage.objects.get().blocks["parcels"]


def facts(*kinds):
    return [(e.kind, e.data.get("milestone")) for e in Event.objects.filter(kind__in=kinds).order_by("id")]


# --- Numbers ------------------------------------------------------------------------------------------------------


def test_each_number_is_a_parcel_and_the_carriers_page_is_linked(order):
    report(fulfilled(order, "2045 0000 0000 01", "2045-0000-0000-02"))

    assert parcels() == [("20450000000001", "pending"), ("20450000000002", "pending")]
    assert {s.carrier for s in Shipment.objects.all()} == {"nova_poshta"}
    assert "20450000000001" in Shipment.objects.first().url


def test_a_number_that_comes_later_belongs_to_the_parcel_that_had_none(order):
    report(fulfilled(order))
    report(fulfilled(order, "20450000000001", hours=1))

    assert parcels() == [("20450000000001", "pending")]
    assert [line["title"] for line in page()[0]["lines"]] == ["Чайник"]


def test_an_older_word_that_comes_late_makes_no_second_parcel(order):
    report(fulfilled(order, "20450000000001", hours=1))
    report(fulfilled(order, hours=0, status="pending"))

    shipment = Shipment.objects.get()
    assert (shipment.number, shipment.fulfilled_at) == ("20450000000001", MONDAY + HOUR)


def test_a_word_without_the_number_keeps_the_number(order):
    report(fulfilled(order, "20450000000001"))
    report(fulfilled(order, hours=1))

    assert parcels() == [("20450000000001", "pending")]


def test_a_corrected_number_takes_the_wrong_parcel_back(order):
    report(fulfilled(order, "20450000000001"))
    report(fulfilled(order, "20450000000002", hours=1))

    assert parcels() == [("20450000000001", "cancelled"), ("20450000000002", "pending")]
    assert [parcel["number"] for parcel in page()] == ["20450000000002"]
    scan(Shipment.objects.get(number="20450000000002"), "delivered")
    assert stage(order) == "delivered"


def test_a_number_that_the_api_knew_first_is_not_made_twice(order):
    report(fulfilled(order, "20450000000001", external_id=""))
    report(fulfilled(order))
    report(fulfilled(order, "20450000000001", hours=1))

    assert parcels() == [("20450000000001", "pending"), ("", "cancelled")]


# --- Several parcels ----------------------------------------------------------------------------------------------


def test_an_order_left_with_its_first_parcel_and_arrived_with_its_last(order):
    one, two = report(fulfilled(order, "A1", "A2", status="pending"))
    seen = [stage(order)]

    for shipment, milestone, hours in (
        (one, "in_transit", 1),
        (one, "out_for_delivery", 5),
        (two, "picked_up", 6),
        (one, "delivered", 7),
        (two, "delivered", 30),
    ):
        scan(shipment, milestone, hours)
        seen.append(stage(order))

    assert seen == ["packing", "on_the_way", "out_for_delivery", "out_for_delivery", "on_the_way", "delivered"]
    assert (order.dispatched_at, order.delivered_at) == (MONDAY + HOUR, MONDAY + 30 * HOUR)


def test_half_of_an_order_delivered_is_not_delivered(order):
    one, _two = report(fulfilled(order, "A1", "A2"))

    scan(one, "delivered", 5)

    assert stage(order) == "on_the_way"
    assert order.delivered_at is None
    assert OrderPage.objects.get().blocks["order"]["delivered_at"] is None


def test_two_parcels_of_one_order_are_each_shipped_and_delivered_once(order):
    one, two = report(fulfilled(order, "A1", "A2"))
    for shipment in (one, two, one):
        for milestone, hours in (("in_transit", 1), ("delivered", 5), ("in_transit", 1)):
            scan(shipment, milestone, hours)

    kinds = [kind for kind, _ in facts("shipment.shipped", "shipment.delivered")]
    assert sorted(kinds) == ["shipment.delivered"] * 2 + ["shipment.shipped"] * 2


# --- Taken back, disputed, told by the shop -----------------------------------------------------------------------


def test_a_fulfilment_cancelled_before_the_first_scan_gives_the_order_back_to_the_shop(order):
    report(fulfilled(order, "A1"))
    assert stage(order) == "shipped"

    report(fulfilled(order, "A1", hours=1, status="cancelled"))

    assert (stage(order), order.dispatched_at) == ("paid", None)
    assert (parcels(), page()) == ([("A1", "cancelled")], [])
    assert facts("shipment.progressed") == [("shipment.progressed", "cancelled")]


def test_a_cancelled_parcel_is_a_fact_once_whatever_happens_to_the_others(order):
    first, second = report(fulfilled(order, "A1"), fulfilled(order, "A2", external_id="f2"))
    scan(first, "info_received")
    report(fulfilled(order, "A1", hours=2, status="cancelled"))

    for hours in (3, 4, 5):
        scan(second, "in_transit", hours)

    progressed = [m for _kind, m in facts("shipment.progressed")]
    assert progressed == ["info_received", "cancelled", "in_transit"]


def test_a_parcel_on_its_way_stays_on_its_way_though_the_shop_cancels_it(order):
    [parcel] = report(fulfilled(order, "A1"))
    scan(parcel, "in_transit")

    report(fulfilled(order, "A1", hours=2, status="cancelled"))

    assert (stage(order), parcels()) == ("on_the_way", [("A1", "in_transit")])


def test_a_scan_after_the_delivery_makes_it_disputed_once(order):
    [parcel] = report(fulfilled(order, "A1"))
    for milestone, hours in (("delivered", 5), ("in_transit", 6), ("out_for_delivery", 7)):
        scan(parcel, milestone, hours)

    parcel.refresh_from_db()
    assert (parcel.milestone, parcel.disputed, stage(order)) == ("delivered", True, "delivered")
    assert len(facts("shipment.disputed")) == 1


def test_the_shops_own_milestone_counts_as_a_scan(order):
    report(fulfilled(order, "A1", hours=1, milestone="in_transit"))
    assert stage(order) == "on_the_way"

    report(fulfilled(order, "A1", hours=5, milestone="delivered"))

    assert (stage(order), order.delivered_at) == ("delivered", MONDAY + 5 * HOUR)
    assert [kind for kind, _ in facts("shipment.shipped", "shipment.delivered")] == [
        "shipment.shipped",
        "shipment.delivered",
    ]


def test_a_label_is_not_shipped(order):
    [parcel] = report(fulfilled(order, "A1", status="pending"))

    scan(parcel, "info_received")

    assert stage(order) == "packing"
    assert facts("shipment.shipped") == []


def test_a_return_after_delivery_keeps_the_day_of_the_delivery(order):
    [parcel] = report(fulfilled(order, "A1"))
    for milestone, hours in (("delivered", 5), ("returning", 50), ("returned", 90)):
        scan(parcel, milestone, hours)

    assert (stage(order), order.delivered_at) == ("delivered", MONDAY + 5 * HOUR)
    assert parcels() == [("A1", "returned")]


def test_parcels_learn_the_titles_of_an_order_that_came_later(store):
    from orders.actions import report_fulfilments
    from orders.stores.seen import FulfilmentSeen

    report_fulfilments(
        store, [FulfilmentSeen("1042", "f1", MONDAY, MONDAY, numbers=("A1",), lines=(("line-Чайник", 1),))]
    )
    tick()
    assert page()[0]["lines"] == []

    save_orders(store, [order_seen()])
    tick()

    assert page()[0]["lines"] == [{"title": "Чайник", "quantity": 1}]
    customer = Order.objects.get().customer_id
    assert set(Event.objects.values_list("customer_id", flat=True)) == {customer}


@pytest.mark.parametrize("turn", [(3, 9), (9, 3)])
def test_the_same_word_of_the_shop_again_says_when_the_parcel_first_left(order, turn):
    for hours in turn:
        at = MONDAY + hours * HOUR
        seen = FulfilmentSeen(order.external_id, "f1", at, at, carrier="Nova Poshta", numbers=("20450000000001",))
        report_fulfilments(order.store, [seen])
        drain("events")

    order.refresh_from_db()
    assert (Shipment.objects.get().fulfilled_at, order.dispatched_at) == (MONDAY + 3 * HOUR, MONDAY + 3 * HOUR)


def test_scans_of_one_moment_are_shown_in_one_order_whichever_was_heard_first(order):
    shown = []
    for n, way in enumerate((("in_transit", "out_for_delivery"), ("out_for_delivery", "in_transit"))):
        [parcel] = report(fulfilled(order, f"2045000000000{n}", external_id=f"f{n}"))
        for milestone in way:
            scan(parcel, milestone)
        shown.append([scan["milestone"] for scan in page()[n]["checkpoints"]])

    assert shown == [["out_for_delivery", "in_transit"]] * 2

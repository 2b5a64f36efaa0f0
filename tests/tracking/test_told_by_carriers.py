"""What carriers say beside the scans: further numbers, promises, storage, dues; and scans they take back."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from orders.actions import save_orders
from orders.models import OrderPage
from tests.builders.door import MONDAY, order_seen
from tracking.actions import Fulfilled, make_shipments, save_parcels
from tracking.carriers.seen import CheckpointSeen, Dues, ParcelSeen, PickupPoint, Proof
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NUMBER = "RB123456785SG"
LOCAL = "20450000000001"


def ship(store):
    order = save_orders(store, [order_seen()])[0].order
    return make_shipments(
        [Fulfilled(order.pk, "f-1", "success", "", (NUMBER,), (), (), "", MONDAY)], MONDAY, quiet=True
    )[0]


def scan(milestone, hours, **more):
    return CheckpointSeen(MONDAY + hours * HOUR, milestone, raw_code=f"code of {milestone}", **more)


def tell(*parcels, hours=9):
    return save_parcels([(parcel, MONDAY + hours * HOUR) for parcel in parcels], "toy", MONDAY + hours * HOUR)


def stored(parcel):
    return Shipment.objects.get(pk=parcel.pk)


def test_after_a_hand_over_the_parcel_is_found_by_either_number(store):
    parcel = ship(store)
    tell(ParcelSeen(NUMBER, "singapore_post", (scan("in_transit", 1),), aliases=(("nova_poshta", LOCAL),)))

    outcomes = tell(ParcelSeen(LOCAL, "nova_poshta", (scan("delivered", 5),)))

    assert outcomes == [None]
    assert list(parcel.aliases.values_list("carrier", "number")) == [("nova_poshta", LOCAL)]
    assert (stored(parcel).milestone, stored(parcel).delivered_at) == ("delivered", MONDAY + 5 * HOUR)
    assert parcel.checkpoints.count() == 2


def test_a_parcel_is_found_by_the_number_it_had_before_the_hand_over(store):
    parcel = ship(store)

    outcomes = tell(ParcelSeen(LOCAL, "nova_poshta", (scan("in_transit", 1),), aliases=(("", NUMBER),)))

    assert outcomes == [None]
    assert list(parcel.aliases.values_list("carrier", "number")) == [("nova_poshta", LOCAL)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_delivery_that_is_taken_back_never_was_in_any_order(store, order):
    parcel = ship(store)
    told = [scan("in_transit", 1), scan("delivered", 5), scan("delivered", 5, retracts=True)]

    for n in order:
        tell(ParcelSeen(NUMBER, checkpoints=(told[n],)))

    now = stored(parcel)
    assert (now.milestone, now.delivered_at, now.first_attempt_at, now.disputed) == ("in_transit", None, None, False)
    assert [c["milestone"] for c in OrderPage.objects.get().blocks["parcels"][0]["checkpoints"]] == ["in_transit"]


def test_a_delivery_on_the_way_back_is_a_return(store):
    parcel = ship(store)

    tell(ParcelSeen(NUMBER, checkpoints=(scan("in_transit", 1, returning=True), scan("delivered", 5, returning=True))))

    assert (stored(parcel).milestone, stored(parcel).delivered_at) == ("returned", None)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_first_promise_stands_and_the_newest_is_the_present_one_in_any_order(store, order):
    parcel = ship(store)
    days = [date(2026, 3, 4), date(2026, 3, 6), date(2026, 3, 9)]

    for n in order:
        tell(ParcelSeen(NUMBER, estimated_on=days[n]), hours=n + 1)

    now = stored(parcel)
    assert (now.promised_on, now.promise_source, now.estimated_on) == (days[0], "carrier", days[2])


def test_a_carriers_own_record_of_its_first_promise_outranks_what_we_heard_first(store):
    parcel = ship(store)
    tell(ParcelSeen(NUMBER, estimated_on=date(2026, 3, 6)), hours=1)

    tell(ParcelSeen(NUMBER, promised_on=date(2026, 3, 4), estimated_on=date(2026, 3, 9)), hours=2)

    assert (stored(parcel).promised_on, stored(parcel).promise_source) == (date(2026, 3, 4), "kept")


def test_where_it_waits_is_shown_and_who_signed_is_not(store):
    parcel = ship(store)
    point = PickupPoint("Branch 7", "7", "Khreshchatyk 1", "Mon–Fri 9–18")
    told = ParcelSeen(
        NUMBER,
        pickup_point=point,
        stored_until=date(2026, 3, 12),
        storage_paid_from=date(2026, 3, 10),
        dues=Dues(None, "UAH", False),
        proof=Proof("Petro Kovalenko"),
        possible=("storage",),
    )

    tell(told)

    block = OrderPage.objects.get().blocks["parcels"][0]
    assert (stored(parcel).signed_by, stored(parcel).dues_paid) == ("Petro Kovalenko", False)
    assert (block["pickup_point"]["name"], block["stored_until"], block["storage_paid_from"], block["possible"]) == (
        "Branch 7",
        "2026-03-12",
        "2026-03-10",
        ["storage"],
    )
    assert "Kovalenko" not in str(block)

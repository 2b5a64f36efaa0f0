"""Whoever waits for a late parcel is asked for nothing until it arrived."""

from datetime import date, timedelta

import pytest

from customers.models import OpenMatter
from events.models import Event
from orders.models import Order
from tests.builders.door import MONDAY
from tests.builders.room import orders
from tracking.lateness import look_for_late
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TODAY = MONDAY.date()


def parcel(store, **fields) -> Shipment:
    [order] = orders(store, 1)
    return Shipment.objects.create(order=order, number="20450000000001", milestone="in_transit", **fields)


def matters() -> list[tuple]:
    rows = OpenMatter.objects.order_by("pk")
    return [(m.kind, m.subject_type, m.subject_id, m.closed_at) for m in rows]


@pytest.mark.parametrize(("promised", "is_late"), [(TODAY - 2 * DAY, True), (TODAY - DAY, False), (TODAY, False)])
def test_a_parcel_is_late_when_its_day_and_a_night_are_over(store, promised: date, is_late: bool):
    late = parcel(store, estimated_on=promised)

    look_for_late(MONDAY)

    assert matters() == ([("late", "shipment", late.pk, None)] if is_late else [])


def test_a_parcel_in_trouble_counts_as_late_whatever_was_promised(store):
    troubled = parcel(store)
    Shipment.objects.update(milestone="exception", reason="damaged", since=MONDAY - DAY)

    look_for_late(MONDAY)

    assert matters() == [("late", "shipment", troubled.pk, None)]


def test_looking_again_opens_no_second_matter_and_tells_nothing(store):
    late = parcel(store, estimated_on=TODAY - 3 * DAY)

    changed = [look_for_late(MONDAY), look_for_late(MONDAY + timedelta(minutes=5))]

    assert (changed, matters()) == ([1, 0], [("late", "shipment", late.pk, None)])


@pytest.mark.parametrize(
    "news",
    [
        {"delivered_at": MONDAY, "milestone": "delivered"},
        {"milestone": "returned"},
        {"estimated_on": TODAY + 2 * DAY},
    ],
)
def test_what_has_arrived_come_back_or_got_a_new_day_is_settled(store, news):
    late = parcel(store, estimated_on=TODAY - 3 * DAY)
    look_for_late(MONDAY)
    Shipment.objects.update(**news)

    look_for_late(MONDAY + DAY)

    assert matters() == [("late", "shipment", late.pk, MONDAY + DAY)]
    assert Event.objects.filter(kind="matter.closed").count() == 1


def test_a_parcel_of_an_order_that_was_cancelled_is_settled(store):
    late = parcel(store, estimated_on=TODAY - 3 * DAY)
    look_for_late(MONDAY)
    Order.objects.update(cancelled_at=MONDAY)

    look_for_late(MONDAY + DAY)

    assert matters() == [("late", "shipment", late.pk, MONDAY + DAY)]
    kinds = Event.objects.order_by("pk").values_list("kind", "customer_id", "data")
    who = late.order.customer_id
    assert list(kinds) == [("matter.opened", who, {"matter": "late"}), ("matter.closed", who, {"matter": "late"})]


def test_a_hundred_late_parcels_cost_as_many_queries_as_one(store, django_assert_num_queries):
    for order in orders(store, 100):
        number = f"2045{order.pk:010}"
        Shipment.objects.create(order=order, number=number, milestone="in_transit", estimated_on=TODAY - 3 * DAY)

    with django_assert_num_queries(10):
        assert look_for_late(MONDAY) == 100


def test_an_old_parcel_that_nobody_scanned_to_the_end_opens_nothing(store):
    parcel(store, estimated_on=TODAY - 60 * DAY)

    assert (look_for_late(MONDAY), matters()) == (0, [])

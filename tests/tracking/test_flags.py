"""What we say of parcels ourselves: late, at risk, silent, in trouble, storage ending; nobody is asked meanwhile."""

from datetime import date, timedelta

import pytest

from customers.models import OpenMatter
from events.models import Event
from orders.models import Order
from tests.builders.door import MONDAY
from tests.builders.room import orders
from tracking.flags import watch_parcels
from tracking.models import Patience, Shipment, ShipmentFlag

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TODAY = MONDAY.date()


def parcel(store, **fields) -> Shipment:
    [order] = orders(store, 1)
    return Shipment.objects.create(**{"order": order, "number": "20450000000001", "milestone": "in_transit"} | fields)


def matters() -> list[tuple]:
    rows = OpenMatter.objects.order_by("pk")
    return [(m.kind, m.subject_type, m.subject_id, m.closed_at) for m in rows]


@pytest.mark.parametrize(("promised", "is_late"), [(TODAY - 2 * DAY, True), (TODAY - DAY, False), (TODAY, False)])
def test_a_parcel_is_late_when_its_day_and_a_night_are_over(store, promised: date, is_late: bool):
    late = parcel(store, estimated_on=promised)

    watch_parcels(MONDAY)

    assert matters() == ([("late", "shipment", late.pk, None)] if is_late else [])


def test_a_parcel_in_trouble_counts_as_late_whatever_was_promised(store):
    troubled = parcel(store)
    Shipment.objects.update(milestone="exception", reason="damaged", since=MONDAY - DAY)

    watch_parcels(MONDAY)

    assert matters() == [("late", "shipment", troubled.pk, None)]


def test_looking_again_opens_no_second_matter_and_tells_nothing(store):
    late = parcel(store, estimated_on=TODAY - 3 * DAY)

    changed = [watch_parcels(MONDAY), watch_parcels(MONDAY + timedelta(minutes=5))]

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
    watch_parcels(MONDAY)
    Shipment.objects.update(**news)

    watch_parcels(MONDAY + DAY)

    assert matters() == [("late", "shipment", late.pk, MONDAY + DAY)]
    assert Event.objects.filter(kind="matter.closed").count() == 1


def test_a_parcel_of_an_order_that_was_cancelled_is_settled(store):
    late = parcel(store, estimated_on=TODAY - 3 * DAY)
    watch_parcels(MONDAY)
    Order.objects.update(cancelled_at=MONDAY)

    watch_parcels(MONDAY + DAY)

    assert matters() == [("late", "shipment", late.pk, MONDAY + DAY)]
    kinds = Event.objects.filter(kind__startswith="matter.").order_by("pk").values_list("kind", "customer_id", "data")
    who = late.order.customer_id
    assert list(kinds) == [("matter.opened", who, {"matter": "late"}), ("matter.closed", who, {"matter": "late"})]


def test_a_hundred_late_parcels_cost_as_many_queries_as_one(store, django_assert_num_queries):
    for order in orders(store, 100):
        number = f"2045{order.pk:010}"
        Shipment.objects.create(order=order, number=number, milestone="in_transit", estimated_on=TODAY - 3 * DAY)

    with django_assert_num_queries(12):
        assert watch_parcels(MONDAY) == 100


def test_an_old_parcel_that_nobody_scanned_to_the_end_opens_nothing(store):
    parcel(store, estimated_on=TODAY - 60 * DAY)

    assert (watch_parcels(MONDAY), matters()) == (0, [])


# --- The flags themselves -------------------------------------------------------------------------------------------


def flags() -> list[tuple]:
    rows = ShipmentFlag.objects.order_by("pk")
    return [(f.kind, f.stage, f.leg, f.cleared_at is None) for f in rows]


def told() -> list[tuple]:
    """Facts that something may follow: those of history are handled already."""
    rows = Event.objects.filter(kind__startswith="shipment.").order_by("pk")
    return [(e.kind, e.data.get("why") or e.data.get("on") or "", e.handled_at is None) for e in rows]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"estimated_on": TODAY + DAY, "milestone": "info_received"}, "at_risk"),
        ({"estimated_on": TODAY + 2 * DAY, "milestone": "info_received"}, None),
        ({"estimated_on": TODAY + 4 * DAY, "promised_on": TODAY + 2 * DAY}, "at_risk"),
        ({"estimated_on": TODAY + 4 * DAY, "promised_on": TODAY + 2 * DAY, "moved_by_recipient": True}, None),
        ({"estimated_on": TODAY + 4 * DAY, "promised_on": TODAY + 2 * DAY, "first_attempt_at": MONDAY}, None),
    ],
)
def test_a_promise_that_will_hardly_be_kept_is_at_risk(store, fields, kind):
    parcel(store, **{"scanned_at": MONDAY} | fields)

    watch_parcels(MONDAY)

    assert flags() == ([(kind, "", "out", True)] if kind else [])


@pytest.mark.parametrize(
    ("milestone", "days", "leg"),
    [("info_received", 3, "out"), ("in_transit", 5, "out"), ("out_for_delivery", 2, "out"), ("returning", 14, "back")],
)
def test_each_stage_may_last_so_long_without_a_scan(store, milestone, days, leg):
    parcel(store, scanned_at=MONDAY)
    Shipment.objects.update(milestone=milestone)

    before = watch_parcels(MONDAY + days * DAY)
    after = watch_parcels(MONDAY + days * DAY + timedelta(seconds=1))

    assert (before, after, flags()) == (0, 1, [("stalled", milestone, leg, True)])


def test_the_owner_knows_a_carrier_better(store):
    parcel(store, scanned_at=MONDAY, carrier="russian_post")
    Patience.objects.create(carrier="russian_post", milestone="in_transit", days=9)
    Patience.objects.create(carrier="", milestone="in_transit", days=2)

    found = [watch_parcels(MONDAY + n * DAY) for n in (3, 9, 10)]

    assert found == [0, 0, 1]


def test_a_parcel_without_a_number_is_never_silent(store):
    parcel(store, scanned_at=MONDAY)
    Shipment.objects.update(number="")

    assert watch_parcels(MONDAY + 30 * DAY) == 0


def test_a_scan_takes_the_flag_down_and_silence_anew_is_told_once(store):
    silent = parcel(store, scanned_at=MONDAY)
    watch_parcels(MONDAY + 6 * DAY)
    Shipment.objects.filter(pk=silent.pk).update(scanned_at=MONDAY + 6 * DAY)
    watch_parcels(MONDAY + 7 * DAY)
    down = flags()

    watch_parcels(MONDAY + 12 * DAY)

    assert (down, flags()) == ([("stalled", "in_transit", "out", False)], [("stalled", "in_transit", "out", True)])
    assert told() == [("shipment.delayed", "stalled", True)]


def test_what_was_late_before_we_heard_of_it_is_history(store):
    old = parcel(store, estimated_on=TODAY - 10 * DAY, scanned_at=MONDAY - 20 * DAY)
    Shipment.objects.filter(pk=old.pk).update(created_at=MONDAY)

    watch_parcels(MONDAY)

    assert flags() == [("late", "", "out", True), ("stalled", "in_transit", "out", True)]
    assert told() == [("shipment.delayed", "late", False), ("shipment.delayed", "stalled", False)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stored_until_on": TODAY + DAY}, ("shipment.storage_end_announced", str(TODAY + DAY), True)),
        (
            {"stored_until_on": TODAY + 5 * DAY, "storage_paid_from_on": TODAY + DAY},
            ("shipment.storage_end_announced", str(TODAY + DAY), True),
        ),
        ({"stored_until_on": TODAY + 2 * DAY}, None),
        ({"stored_until_on": TODAY - DAY}, None),
    ],
)
def test_storage_that_ends_or_begins_to_cost_tomorrow_is_told(store, fields, said):
    parcel(store, **fields)
    Shipment.objects.update(milestone="ready_for_pickup", first_attempt_at=MONDAY)

    watch_parcels(MONDAY)
    watch_parcels(MONDAY + timedelta(hours=1))

    assert told() == ([said] if said else [])


def test_late_and_in_trouble_are_one_matter_until_neither_is_left(store):
    both = parcel(store, estimated_on=TODAY - 3 * DAY, since=MONDAY)
    Shipment.objects.update(milestone="exception", reason="damaged")
    watch_parcels(MONDAY)
    Shipment.objects.update(milestone="in_transit", reason="", scanned_at=MONDAY)
    watch_parcels(MONDAY + timedelta(hours=1))
    open_still = matters()

    Shipment.objects.update(delivered_at=MONDAY, milestone="delivered")
    watch_parcels(MONDAY + timedelta(hours=2))

    assert open_still == [("late", "shipment", both.pk, None)]
    assert matters() == [("late", "shipment", both.pk, MONDAY + timedelta(hours=2))]


def test_an_order_that_was_only_heard_of_has_no_flags(store):
    parcel(store, estimated_on=TODAY - 3 * DAY)
    Order.objects.update(placeholder=True)

    assert watch_parcels(MONDAY) == 0


def test_nothing_to_say_costs_three_queries(store, django_assert_num_queries):
    parcel(store, scanned_at=MONDAY)

    with django_assert_num_queries(4):  # two of them are the savepoint
        assert watch_parcels(MONDAY) == 0

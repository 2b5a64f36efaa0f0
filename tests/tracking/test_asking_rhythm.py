"""How often a carrier is asked about a parcel: by its stage, and the more rarely the longer it has been quiet."""

from datetime import timedelta

import pytest
import time_machine

from tests.builders.door import MONDAY
from tests.builders.parcels import ship
from tests.conftest import connect
from tracking.actions import add_checkpoints, asked, wanted
from tracking.asking import RHYTHM, next_asking
from tracking.carriers.seen import CheckpointSeen
from tracking.milestones import RANKS
from tracking.models import Shipment

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBER = "20400048799001"


def parcel(milestone="in_transit", quiet=0 * HOUR, **fields):
    fields = {"carrier": "nova_poshta", "number": NUMBER, "asked_at": MONDAY, "since": MONDAY - quiet} | fields
    return Shipment(milestone=milestone, **fields)


def after(shipment):
    at = next_asking(shipment, MONDAY)
    return at and at - MONDAY


@pytest.mark.parametrize(
    ("milestone", "wait"),
    [("pending", 2), ("info_received", 4), ("in_transit", 4), ("out_for_delivery", 1), ("ready_for_pickup", 2)],
)
def test_each_stage_has_its_rhythm(milestone, wait):
    assert after(parcel(milestone)) == wait * HOUR


@pytest.mark.parametrize(
    ("quiet", "wait"),
    [(30 * HOUR, 4 * HOUR), (60 * HOUR, 6 * HOUR), (10 * DAY, DAY), (59 * DAY, DAY), (61 * DAY, None)],
)
def test_the_longer_it_is_quiet_the_more_rarely_it_is_asked_about_until_it_is_given_up(quiet, wait):
    assert after(parcel(quiet=quiet)) == wait


def test_news_without_a_new_stage_is_news_too():
    assert after(parcel(quiet=20 * DAY, told_at=MONDAY - HOUR)) == 4 * HOUR


@pytest.mark.parametrize(("ago", "wait"), [(DAY, DAY), (2 * DAY, DAY), (3 * DAY + HOUR, None)])
def test_after_its_delivery_it_is_asked_about_for_three_days(ago, wait):
    assert after(parcel("delivered", delivered_at=MONDAY - ago, told_at=MONDAY)) == wait


@pytest.mark.parametrize("milestone", sorted(set(RANKS) - set(RHYTHM)))
def test_what_is_over_is_asked_about_no_more(milestone):
    assert milestone in ("returned", "cancelled", "expired")
    assert next_asking(parcel(milestone), MONDAY) is None


@pytest.mark.parametrize("fields", [{"carrier": "ups"}, {"carrier": ""}, {"number": ""}])
def test_who_cannot_be_asked_is_never_due(fields):
    assert next_asking(parcel(**fields), MONDAY) is None


@pytest.mark.django_db
def test_a_new_parcel_is_due_at_once_and_those_that_wait_longest_come_first(store):
    connection = connect("nova_poshta", "np")
    for n, at in enumerate((MONDAY, MONDAY - 2 * HOUR, MONDAY - HOUR)):
        with time_machine.travel(at, tick=False):
            ship(store, f"2040004879900{n}", n, at=at)

    found = wanted("nova_poshta", connection, MONDAY, 2)

    assert [one.number for one in found] == ["20400048799001", "20400048799002"]


@pytest.mark.django_db
def test_a_scan_from_elsewhere_makes_the_next_asking_fit_the_new_stage(store):
    with time_machine.travel(MONDAY, tick=False):
        shipment = ship(store, NUMBER)
        asked("nova_poshta", connect("nova_poshta", "np"), [NUMBER], MONDAY)
        add_checkpoints(shipment, [CheckpointSeen(MONDAY, "out_for_delivery")], "elsewhere", MONDAY)

    shipment.refresh_from_db()
    assert (shipment.asked_at, shipment.ask_at) == (MONDAY, MONDAY + HOUR)


@pytest.mark.django_db
def test_noting_a_hundred_askings_takes_four_statements(store, django_assert_num_queries):
    connection = connect("nova_poshta", "np")
    numbers = [str(20400048799000 + n) for n in range(100)]
    for n, number in enumerate(numbers):
        ship(store, number, n)

    with django_assert_num_queries(4):
        asked("nova_poshta", connection, numbers, MONDAY)

    assert Shipment.objects.filter(asked_at=MONDAY).count() == 100

from datetime import UTC, datetime

import pytest

from events.sources import Ignored, Unreadable
from tests.builders import yandex_delivery as carrier
from tracking.actions import tidy_number
from tracking.carriers import yandex_delivery
from tracking.milestones import RANKS, REASONS


def one(*told, **more):
    (parcel,) = yandex_delivery.read("request/history", carrier.payload(carrier.state(*told, **more)))
    (scan,) = parcel.checkpoints
    return scan


@pytest.mark.parametrize(
    ("status", "reason", "milestone", "why"),
    [
        ("CREATED", "", "info_received", ""),
        ("SORTING_CENTER_AT_START", "", "picked_up", ""),
        ("DELIVERY_TRANSPORTATION", "", "in_transit", ""),
        ("DELIVERY_TRANSPORTATION_RECIPIENT", "", "out_for_delivery", ""),
        ("DELIVERY_ARRIVED_PICKUP_POINT", "", "ready_for_pickup", ""),
        ("DELIVERY_ATTEMPT_FAILED", "", "attempt_failed", ""),
        ("DELIVERY_STORAGE_PERIOD_EXPIRED", "", "exception", "storage_expired"),
        ("PARTICULARLY_DELIVERED", "", "delivered", "partly"),
        ("DELIVERY_DELIVERED", "", "delivered", ""),
        ("CANCELLED", "", "cancelled", ""),
        ("CANCELLED", "SHOP_CANCELLED", "cancelled", ""),
        ("CANCELLED", "PICKUP_EXPIRED", "returning", "storage_expired"),
        ("CANCELLED", "ORDER_WAS_LOST", "exception", "lost"),
        ("RETURN_ARRIVED_DELIVERY", "", "returning", ""),
        ("RETURN_RETURNED", "", "returned", ""),
    ],
)
def test_states_have_the_meaning_of_the_table(status, reason, milestone, why):
    scan = one(status, 3, reason)

    assert (scan.milestone, scan.reason, scan.unknown) == (milestone, why, False)


def test_every_state_is_told_in_our_words():
    assert {said.milestone for said in yandex_delivery.STATUSES.values()} <= set(RANKS)
    assert {said.reason for said in yandex_delivery.STATUSES.values()} <= {"", *REASONS}


def test_an_unknown_state_is_kept_and_marked():
    scan = one("TELEPORTED")

    assert (scan.milestone, scan.raw_code, scan.unknown) == ("pending", "TELEPORTED", True)


def test_the_time_is_utc_and_where_it_fails_the_seconds_tell():
    assert one("CREATED", 3).occurred_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert one("CREATED", 3, timestamp_utc="", timestamp=1704056400).occurred_at == datetime(
        2023, 12, 31, 21, 0, tzinfo=UTC
    )


def test_a_request_is_asked_about_as_yandex_writes_its_id():
    assert tidy_number(carrier.NUMBER) == carrier.HERE
    assert yandex_delivery.request_id(carrier.HERE) == carrier.NUMBER
    assert yandex_delivery.request_id("20400048799001") == ""


def test_no_state_is_no_news_and_no_id_is_refused():
    assert isinstance(yandex_delivery.read("request/history", carrier.payload()), Ignored)
    with pytest.raises(Unreadable):
        yandex_delivery.read("request/history", {"state_history": [carrier.state()]})

from datetime import UTC, datetime

import pytest

from events.sources import Ignored, Unreadable
from tests.builders import fivepost as carrier
from tracking.actions import tidy_number
from tracking.carriers import fivepost
from tracking.milestones import RANKS, REASONS


def read(*states, number=carrier.HERE):
    (parcel,) = fivepost.read("getOrderHistory", carrier.payload(*states, number=number))
    return parcel


@pytest.mark.parametrize(
    ("status", "done", "milestone", "reason", "back"),
    [
        ("NEW", "CREATED", "info_received", "", False),
        ("IN_PROCESS", "RECEIVED_IN_WAREHOUSE_BY_PLACES", "picked_up", "", False),
        ("IN_PROCESS", "SHIPPED", "in_transit", "", False),
        ("IN_PROCESS", "RECEIVED_IN_STORE", "ready_for_pickup", "", False),
        ("IN_PROCESS", "PLACED_IN_POSTAMAT", "ready_for_pickup", "", False),
        ("DONE", "PICKED_UP", "delivered", "", False),
        ("UNCLAIMED", "PLACED_IN_POSTAMAT", "ready_for_pickup", "", False),
        ("UNCLAIMED", "READY_FOR_WITHDRAW_FROM_PICKUP_POINT", "returning", "storage_expired", True),
        ("UNCLAIMED", "SORTED_IN_WAREHOUSE", "in_transit", "", True),
        ("UNCLAIMED", "RETURNED_TO_PARTNER", "returned", "", True),
        ("CANCELLED", "CANCELLED", "cancelled", "", False),
        ("INTERRUPTED", "LOST", "exception", "lost", False),
        ("INTERRUPTED", "UTILIZED", "exception", "destroyed", False),
    ],
)
def test_states_have_the_meaning_of_the_table(status, done, milestone, reason, back):
    (scan,) = read(carrier.state(done, status=status)).checkpoints

    assert (scan.milestone, scan.reason, scan.returning, scan.unknown) == (milestone, reason, back, False)


def test_every_state_is_told_in_our_words():
    assert {said.milestone for said in fivepost.STATUSES.values()} <= set(RANKS)
    assert {said.reason for said in fivepost.STATUSES.values()} <= {"", *REASONS}


def test_an_unknown_state_is_kept_and_marked():
    (scan,) = read(carrier.state("TELEPORTED")).checkpoints

    assert (scan.milestone, scan.raw_code, scan.unknown) == ("pending", "TELEPORTED", True)


def test_times_have_an_offset():
    (scan,) = read(carrier.state(day=3)).checkpoints

    assert scan.occurred_at.replace(microsecond=0) == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_an_order_is_asked_about_by_its_id_else_by_the_shops_number():
    assert tidy_number(carrier.ORDER_ID) == carrier.HERE
    assert fivepost.question(carrier.HERE) == {"orderId": carrier.ORDER_ID}
    assert fivepost.question("1001") == {"senderOrderId": "1001"}


def test_the_shops_number_is_a_hint_and_no_number_of_the_parcel():
    parcel = read(carrier.state(), number="1001")

    assert (parcel.number, parcel.order_number, parcel.aliases) == ("1001", "1001", (("", carrier.ORDER_ID),))


def test_no_state_is_no_news_and_no_number_is_refused():
    assert isinstance(fivepost.read("getOrderHistory", carrier.payload()), Ignored)
    with pytest.raises(Unreadable):
        fivepost.read("getOrderHistory", {"history": [carrier.state()]})

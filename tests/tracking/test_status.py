from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.milestones import RANKS, REASONS
from tracking.status import GOING_BACK, ParcelStatus, Step, is_suspect, status_of

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = MONDAY + timedelta(days=30)


@dataclass(frozen=True)
class Scan:
    occurred_at: datetime
    milestone: str
    reason: str = ""
    received_at: datetime = NOW
    summary: bool = False
    retracted: bool = False
    suspect: bool = False
    retracts: bool = False
    source: str = "toy"
    raw_code: str = ""


def hour(number: float) -> datetime:
    return MONDAY + timedelta(hours=number)


def scan(at: float, milestone: str, **more) -> Scan:
    """Each scan came in a message of its own, unless told otherwise."""
    return Scan(hour(at), milestone, **{"received_at": hour(at + 0.1)} | more)


def status(*scans: Scan) -> ParcelStatus:
    return status_of(scans, NOW)


def test_nothing_known_is_pending():
    assert status() == ParcelStatus(milestone="pending")


def test_whole_way_of_a_parcel():
    result = status(
        scan(0, "info_received"),
        scan(5, "picked_up"),
        scan(8, "in_transit"),
        scan(20, "in_transit"),
        scan(30, "out_for_delivery"),
        scan(33, "delivered"),
    )

    assert result == ParcelStatus(
        milestone="delivered",
        since=hour(33),
        shipped_at=hour(5),
        delivered_at=hour(33),
        first_attempt_at=hour(33),
        scanned_at=hour(33),
        steps=(
            Step("info_received", "", hour(0)),
            Step("picked_up", "", hour(5)),
            Step("in_transit", "", hour(8)),
            Step("out_for_delivery", "", hour(30)),
            Step("delivered", "", hour(33)),
        ),
    )


def test_milestone_holds_since_its_first_scan():
    result = status(scan(5, "picked_up"), scan(8, "in_transit"), scan(20, "in_transit", reason="customs"))

    assert (result.milestone, result.reason, result.since) == ("in_transit", "customs", hour(8))


def in_one_message(*scans, received_at):
    """The scans of a message whose source says in its own word what they come to; that word is the last of them."""
    *others, summary = (replace(one, received_at=received_at) for one in scans)
    return [*others, replace(summary, summary=True)]


@pytest.mark.parametrize("first", [5, 8])
def test_milestone_holds_since_its_first_scan_also_where_a_summary_decides(first):
    told = (scan(first, "out_for_delivery"), scan(10, "out_for_delivery"), scan(11, "out_for_delivery"))

    result = status(scan(5, "in_transit"), *in_one_message(*told, received_at=hour(12)))

    assert (result.milestone, result.since) == ("out_for_delivery", hour(first))


def test_a_scan_from_before_the_milestone_was_left_is_not_its_beginning():
    told = (scan(4.9, "out_for_delivery"), scan(10, "out_for_delivery"))

    result = status(scan(5, "in_transit", source="shop"), *in_one_message(*told, received_at=hour(12)))

    assert (result.milestone, result.since) == ("out_for_delivery", hour(10))


def test_scan_that_a_later_message_repeats_is_overruled_by_its_summary_in_whichever_came_first():
    before = scan(5, "delivered", received_at=hour(6))
    after = scan(9, "in_transit", received_at=hour(10), summary=True)

    assert status(before, after) == status(replace(before, received_at=hour(10)), after)
    assert status(before, after).milestone == "in_transit"


@pytest.mark.parametrize(("again", "attempt"), [(34, None), (34.001, hour(34.001))])
def test_sent_out_again_after_more_than_a_day_means_that_the_first_round_was_an_attempt(again, attempt):
    assert status(scan(10, "out_for_delivery"), scan(again, "out_for_delivery")).first_attempt_at == attempt


def test_label_is_no_shipping():
    result = status(scan(0, "info_received"), scan(1, "exception", reason="documents"), scan(2, "cancelled"))

    assert result.shipped_at is None


def test_later_time_decides_even_downwards():
    result = status(scan(1, "out_for_delivery"), scan(9, "attempt_failed"), scan(12, "in_transit"))

    assert (result.milestone, result.first_attempt_at) == ("in_transit", hour(9))


def test_rank_decides_at_equal_times():
    assert status(scan(5, "out_for_delivery"), scan(5, "in_transit")).milestone == "out_for_delivery"
    assert status(scan(5, "delivered"), scan(5, "in_transit")).disputed is False


@pytest.mark.parametrize("quiet", ["pending", "info_received", "expired"])
def test_paper_never_lowers_a_parcel_that_moves(quiet):
    result = status(scan(5, "in_transit"), scan(900, quiet))

    assert (result.milestone, result.since) == ("in_transit", hour(5))


def test_parcel_of_which_nothing_was_ever_heard_expires():
    assert status(scan(1, "pending"), scan(700, "expired")).milestone == "expired"


def test_scan_of_the_past_that_comes_late_changes_no_delivery():
    result = status(scan(33, "delivered"), scan(30, "out_for_delivery", received_at=hour(40)))

    assert (result.milestone, result.disputed) == ("delivered", False)


def test_delivered_sticks_and_a_later_lower_scan_disputes_it():
    result = status(scan(33, "delivered"), scan(35, "in_transit"))

    assert (result.milestone, result.delivered_at, result.disputed) == ("delivered", hour(33), True)


def test_second_delivery_settles_the_dispute():
    result = status(scan(33, "delivered"), scan(35, "out_for_delivery"), scan(37, "delivered"))

    assert (result.milestone, result.delivered_at, result.disputed) == ("delivered", hour(33), False)


@pytest.mark.parametrize("paper", ["pending", "info_received", "expired", "cancelled"])
def test_paper_disputes_no_delivery(paper):
    result = status(scan(33, "delivered"), scan(35, paper))

    assert (result.milestone, result.disputed) == ("delivered", False)


def test_return_after_delivery_is_allowed_and_keeps_the_day_of_delivery():
    result = status(scan(33, "delivered"), scan(80, "returning"), scan(90, "in_transit"), scan(120, "returned"))

    assert (result.milestone, result.since) == ("returned", hour(120))
    assert (result.delivered_at, result.disputed) == (hour(33), False)


def test_way_back_looks_like_the_way_there():
    result = status(scan(10, "returning", reason="refused"), scan(20, "in_transit"))

    assert (result.milestone, result.reason) == ("returning", "refused")


def test_return_called_off_before_delivery_goes_on():
    result = status(scan(10, "returning"), scan(20, "out_for_delivery"), scan(22, "delivered"))

    assert (result.milestone, result.delivered_at) == ("delivered", hour(22))


def test_returned_is_the_end():
    assert status(scan(10, "returned"), scan(20, "in_transit")).milestone == "returned"


def test_void_label_that_travels_all_the_same_is_in_transit():
    assert status(scan(1, "cancelled"), scan(9, "in_transit")).milestone == "in_transit"


def test_summary_overrules_the_scans_of_its_message():
    message = hour(200)

    result = status(
        scan(100, "picked_up", received_at=message),
        scan(160, "out_for_delivery", received_at=message),
        scan(40, "delivered", received_at=message),
        scan(40, "delivered", received_at=message, summary=True),
    )

    assert (result.milestone, result.disputed) == ("delivered", False)
    assert (result.since, result.delivered_at) == (hour(40), hour(40))


def test_scan_in_another_message_than_the_summary_counts():
    result = status(
        scan(40, "delivered", received_at=hour(41), summary=True), scan(50, "in_transit", received_at=hour(51))
    )

    assert result.disputed is True


def test_summary_that_knows_nothing_leaves_the_word_to_the_scans():
    result = status(scan(5, "in_transit", received_at=NOW), scan(6, "pending", received_at=NOW, summary=True))

    assert result.milestone == "in_transit"


def test_later_summary_may_go_back():
    result = status(scan(5, "exception", reason="held", summary=True), scan(9, "in_transit", summary=True))

    assert (result.milestone, result.reason) == ("in_transit", "")


def test_scan_from_the_future_is_not_believed():
    future = scan(30, "delivered", received_at=hour(5))

    result = status(scan(4, "in_transit"), future)

    assert (result.milestone, result.delivered_at) == ("in_transit", None)
    assert is_suspect(future.occurred_at, future.received_at)
    assert not is_suspect(hour(29), hour(5))


def test_retracted_and_suspect_scans_count_for_nothing():
    result = status(scan(4, "in_transit"), scan(9, "delivered", retracted=True), scan(8, "delivered", suspect=True))

    assert result == status(scan(4, "in_transit"))


@pytest.mark.parametrize(
    ("scans", "attempted_at"),
    [
        ([(10, "attempt_failed"), (30, "delivered")], 10),
        ([(10, "ready_for_pickup"), (90, "delivered")], 10),
        ([(10, "out_for_delivery"), (35, "out_for_delivery"), (60, "delivered")], 35),
        ([(10, "out_for_delivery"), (12, "out_for_delivery"), (14, "delivered")], 14),
        ([(10, "out_for_delivery")], None),
    ],
)
def test_first_attempt_is_what_being_on_time_is_measured_by(scans, attempted_at):
    result = status(*(scan(*each) for each in scans))

    assert result.first_attempt_at == (attempted_at and hour(attempted_at))


def test_unknown_milestone_is_no_news():
    assert status(scan(5, "in_transit"), scan(9, "teleported")).milestone == "in_transit"


# Few distinct times and messages, so that ties and shared messages are common.
scans = st.builds(
    Scan,
    occurred_at=st.integers(0, 12).map(hour),
    milestone=st.sampled_from(sorted(RANKS)),
    reason=st.sampled_from(["", *REASONS[:2]]),
    received_at=st.sampled_from([hour(-20), hour(6), hour(12), NOW]),
    summary=st.booleans(),
    retracted=st.sampled_from([False, False, False, True]),
    suspect=st.sampled_from([False, False, False, True]),
)


@given(st.lists(scans, max_size=8), st.randoms(use_true_random=False))
def test_order_of_arrival_changes_nothing(seen, random):
    shuffled = random.sample(seen, len(seen))

    assert status(*shuffled) == status(*seen)


@given(st.lists(scans, min_size=1, max_size=8), st.data())
def test_duplicates_change_nothing(seen, data):
    again = data.draw(st.lists(st.sampled_from(seen), max_size=8))

    assert status(*seen, *again) == status(*seen)


@given(st.lists(scans.filter(lambda s: s.milestone not in GOING_BACK and not s.summary), max_size=8))
def test_nothing_but_a_return_undoes_a_delivery(seen):
    result = status(scan(5, "delivered"), *seen)

    assert result.milestone == "delivered"
    assert result.delivered_at <= hour(5)


@given(st.lists(scans, max_size=8))
def test_times_agree_with_each_other(seen):
    result = status(*seen)

    assert (result.delivered_at is not None) >= (result.milestone == "delivered")
    if result.delivered_at:
        assert result.shipped_at <= result.delivered_at
        assert result.first_attempt_at <= result.delivered_at

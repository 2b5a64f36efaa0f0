from datetime import UTC, datetime
from itertools import permutations

import pytest

from events.sources import Ignored, Unreadable
from tests.builders import ukrposhta as post
from tracking.carriers import ukrposhta
from tracking.milestones import RANKS, REASONS


def read(*events):
    (parcel,) = ukrposhta.read("statuses", post.payload(*events))
    return parcel


def scans(*events):
    return [(scan.raw_code, scan.milestone, scan.returning) for scan in read(*events).checkpoints]


@pytest.mark.parametrize(
    ("code", "milestone"),
    [
        ("10100", "picked_up"),
        ("10602", "cancelled"),
        ("20800", "in_transit"),
        ("21700", "ready_for_pickup"),
        ("31300", "in_transit"),
        ("31400", "attempt_failed"),
        ("41000", "delivered"),
        ("48000", "delivered"),
        ("41010", "returned"),
    ],
)
def test_events_have_the_meaning_of_the_table(code, milestone):
    (scan,) = read(post.event(code)).checkpoints

    assert (scan.milestone, scan.unknown) == (milestone, False)


def test_every_event_is_told_in_our_words():
    assert {said.milestone for said in ukrposhta.STATUSES.values()} <= set(RANKS)
    assert {said.reason for said in ukrposhta.STATUSES.values()} <= {"", *REASONS}


def test_an_unknown_event_is_kept_and_marked_and_moves_nothing():
    (scan,) = read(post.event("60700")).checkpoints

    assert (scan.milestone, scan.raw_code, scan.unknown) == ("pending", "60700", True)


def test_times_are_kyivs_and_say_that_they_have_no_offset():
    (scan,) = read(post.event(day=3)).checkpoints

    assert (scan.occurred_at, scan.occurred_local, scan.tz_known) == (
        datetime(2026, 3, 3, 10, 0, tzinfo=UTC),
        "2026-03-03T12:00:00",
        False,
    )


def test_after_the_way_back_began_all_is_of_the_way_back():
    told = scans(post.event("20800", 2), post.event("31200", 3), post.event("20800", 4), post.event("41000", 5))

    assert told == [
        ("20800", "in_transit", False),
        ("31200", "returning", True),
        ("20800", "in_transit", True),
        ("41000", "delivered", True),
    ]


def test_events_are_read_by_their_steps_in_whatever_order_they_come():
    events = [post.event("10100", 1), post.event("31200", 2), post.event("41000", 3)]

    assert len({tuple(scans(*some)) for some in permutations(events)}) == 1


def test_a_year_that_nobody_lives_in_is_no_scan():
    assert read(post.event(date="3609-01-01T00:00:00"), post.event("41000", 4)).checkpoints[0].raw_code == "41000"


def test_no_event_is_no_news_and_no_barcode_is_refused():
    assert isinstance(ukrposhta.read("statuses", post.payload()), Ignored)
    with pytest.raises(Unreadable):
        ukrposhta.read("statuses", {"statuses": [post.event()]})

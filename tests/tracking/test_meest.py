from datetime import UTC, datetime
from itertools import permutations

import pytest

from events.sources import Ignored, Unreadable
from tests.builders import meest as post
from tracking.carriers import meest
from tracking.milestones import RANKS, REASONS


def read(*events):
    (parcel,) = meest.read("tracking", post.payload(*events))
    return parcel


def one(code="", upu="", words=""):
    (scan,) = read(post.event(code, upu=upu, words=words)).checkpoints
    return scan


@pytest.mark.parametrize(
    ("told", "milestone"),
    [
        ({"code": 2}, "info_received"),
        ({"code": 606}, "picked_up"),
        ({"code": 8081}, "in_transit"),
        ({"code": 1622}, "delivered"),
        ({"code": 4711, "upu": "EDH"}, "ready_for_pickup"),
        ({"code": 4711, "upu": "EMH"}, "attempt_failed"),
        ({"code": 4711, "words": "Надійшло до відділення"}, "ready_for_pickup"),
        ({"code": 4711, "words": "Видано кур'єру"}, "out_for_delivery"),
        ({"code": 4711, "words": "Відмова, одержувач не приймає"}, "attempt_failed"),
        ({"code": 4711, "words": "Повернуто"}, "returned"),
        ({"upu": "EMI"}, "delivered"),
    ],
)
def test_an_event_is_known_by_its_number_else_the_posts_code_else_its_first_word(told, milestone):
    scan = one(**told)

    assert (scan.milestone, scan.unknown) == (milestone, False)


def test_the_number_wins_over_the_posts_code_and_that_over_the_words():
    assert one(606, "EMI", "Доручено").milestone == "picked_up"
    assert one(4711, "EMC", "Доручено").milestone == "in_transit"


def test_every_event_is_told_in_our_words():
    assert {said.milestone for said in meest.STATUSES.values()} <= set(RANKS)
    assert {said.reason for said in meest.STATUSES.values()} <= {"", *REASONS}


def test_what_none_of_the_three_knows_is_kept_and_marked():
    scan = one(4711, "XYZ", "Щось сталося")

    assert (scan.milestone, scan.raw_code, scan.message, scan.unknown) == ("pending", "4711", "Щось сталося", True)


def test_times_are_kyivs():
    scan = one(606)

    assert (scan.occurred_at, scan.tz_known, scan.city) == (datetime(2026, 3, 3, 10, 0, tzinfo=UTC), False, "Львів")


def test_the_bar_code_finds_the_parcel_too():
    assert read(post.event()).aliases == (("", "1000000000001"),)


def test_in_whatever_order_events_come_the_way_back_is_the_same():
    events = [post.event(606, 1), post.event(9, 2, words="Повернуто"), post.event(1622, 3)]

    told = {tuple((s.raw_code, s.returning) for s in read(*some).checkpoints) for some in permutations(events)}

    assert told == {(("606", False), ("9", True), ("1622", True))}


def test_no_event_is_no_news_and_no_number_is_refused():
    assert isinstance(meest.read("tracking", post.payload()), Ignored)
    with pytest.raises(Unreadable):
        meest.read("tracking", {"result": [post.event()]})

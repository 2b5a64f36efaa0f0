from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest

from events.sources import Ignored, Unreadable
from shelf.xml_trees import UnreadableXml, found, text_at, tree_of
from tests.builders import russian_post as carrier
from tracking.carriers import russian_post
from tracking.carriers.seen import Dues, Proof
from tracking.milestones import RANKS, REASONS

AT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def read_one(*operations):
    (parcel,) = russian_post.read("getOperationHistory", carrier.payload(*operations))
    return parcel


def days(*kinds):
    """Operations, a day after each other."""
    return [carrier.operation(*kind, at=f"2026-03-{n:02}T12:00:00.000+03:00") for n, kind in enumerate(kinds, 1)]


def milestones(parcel):
    return [scan.milestone for scan in parcel.checkpoints if not scan.retracts]


def test_operation_is_a_scan_with_time_place_and_code():
    (scan,) = read_one(carrier.operation(8, 2)).checkpoints

    assert (scan.milestone, scan.occurred_at, scan.raw_code) == ("ready_for_pickup", AT, "8/2")
    assert (scan.city, scan.country, scan.tz_known) == ("Москва 101000", "RU", True)


@pytest.mark.parametrize("attribute", range(32))
def test_handed_over_means_delivered_only_to_the_addressee(attribute):
    (scan,) = read_one(carrier.operation(2, attribute)).checkpoints

    to_sender = {2, 4, 7, 9, 16, 20, 22, 24, 28, 29, 30, 31}
    expected = "returned" if attribute in to_sender else "in_transit" if attribute == 14 else "delivered"
    assert scan.milestone == expected


@pytest.mark.parametrize(
    ("kind", "milestone", "reason"),
    [
        ((28,), "info_received", ""),
        ((1, 2), "picked_up", ""),
        ((8, 0), "in_transit", ""),
        ((8, 15), "out_for_delivery", ""),
        ((8, 28), "ready_for_pickup", "storage_expiring"),
        ((8, 40), "exception", "storage_expired"),
        ((12, 1), "attempt_failed", "recipient_absent"),
        ((12, 6), "attempt_failed", "refused"),
        ((3, 1), "returning", "storage_expired"),
        ((5, 1), "exception", "lost"),
        ((16,), "exception", "destroyed"),
        ((14, 4), "exception", "customs"),
        ((14, 1), "in_transit", ""),
        ((21, 1), "delivered", ""),
    ],
)
def test_pairs_have_the_meaning_of_the_table(kind, milestone, reason):
    (scan,) = read_one(carrier.operation(*kind)).checkpoints

    assert (scan.milestone, scan.reason, scan.unknown) == (milestone, reason, False)


def test_every_pair_is_told_in_our_words():
    assert {said.milestone for said in russian_post.STATUSES.values()} <= set(RANKS)
    assert {said.reason for said in russian_post.STATUSES.values()} <= {"", *REASONS}


def test_unknown_type_is_kept_and_marked():
    (scan,) = read_one(carrier.operation(99, 7)).checkpoints

    assert (scan.milestone, scan.raw_code, scan.unknown) == ("pending", "99/7", True)


def test_cancellation_takes_back_the_operation_before_it_and_adds_nothing():
    parcel = read_one(*days((1, 1), (8, 2), (2, 1), (26, 2)))

    assert milestones(parcel) == ["picked_up", "ready_for_pickup"]
    assert [scan.raw_code for scan in parcel.checkpoints if scan.retracts] == ["2/1"]
    assert parcel.proof is None


def test_two_cancellations_take_back_two_operations():
    assert milestones(read_one(*days((1, 1), (8, 2), (2, 1), (26, 2), (26, 2)))) == ["picked_up"]


def test_operations_after_a_return_are_of_the_way_back():
    parcel = read_one(*days((1, 1), (8, 2), (3, 4), (8, 4), (8, 2), (2, 1)))

    assert milestones(parcel) == ["picked_up", "ready_for_pickup", "returning", "returning", "returning", "returned"]
    assert [scan.returning for scan in parcel.checkpoints] == [False, False, True, True, True, True]


def test_return_that_was_taken_back_is_no_way_back():
    assert milestones(read_one(*days((1, 1), (3, 4), (26, 2), (8, 2)))) == ["picked_up", "ready_for_pickup"]


def test_order_of_operations_in_the_answer_changes_nothing():
    operations = days((1, 1), (8, 2), (2, 1), (26, 2))

    read = [read_one(*some).checkpoints for some in permutations(operations)]

    assert all(scans == read[0] for scans in read)


def test_time_without_an_offset_is_moscows_and_says_so():
    (scan,) = read_one(carrier.operation(8, 2, at="2026-03-03T12:00:00")).checkpoints

    assert (scan.occurred_at, scan.tz_known, scan.occurred_local) == (AT, False, "2026-03-03T12:00:00")


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00", "1970-01-01T00:00:00.000+03:00", "3609-01-01T00:00:00", ""])
def test_operation_without_a_believable_time_is_left_out(never):
    assert milestones(read_one(carrier.operation(8, 2), carrier.operation(2, 1, at=never))) == ["ready_for_pickup"]


def test_money_on_delivery_is_in_kopecks():
    parcel = read_one(carrier.operation(8, 2, payment="120050"))

    assert parcel.dues == Dues(Decimal("1200.50"), "RUB", None)
    assert read_one(carrier.operation(8, 2)).dues is None


def test_delivery_has_a_name_and_a_time():
    assert read_one(carrier.operation(2, 1)).proof == Proof("ПЕТРОВ П. П.", "", AT)


def test_parcel_without_operations_is_no_news():
    assert isinstance(russian_post.read("", carrier.payload()), Ignored)


def test_fault_is_refused_with_its_words():
    with pytest.raises(Unreadable) as refused:
        russian_post.read("", russian_post.payload_of(carrier.NUMBER, carrier.fault()))

    assert refused.value.reason.values == {"error": "Ошибка авторизации"}


def test_question_escapes_what_a_password_may_hold():
    asked = tree_of(russian_post.question("login", "p<&>w", carrier.NUMBER))

    (header,) = found(asked, "AuthorizationHeader")
    assert (text_at(header, "login"), text_at(header, "password")) == ("login", "p<&>w")


@pytest.mark.parametrize(
    "bomb",
    [
        b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 200 + b"</a>" * 200,
        b"<html><p>busy",
        b"",
    ],
)
def test_xml_with_entities_too_deep_or_broken_is_not_read(bomb):
    with pytest.raises(UnreadableXml):
        tree_of(bomb)

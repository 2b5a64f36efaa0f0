from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from events.payloads import MISSING, NOT_A_TIME
from events.sources import Ignored, Unreadable
from tests.builders import cdek as carrier
from tracking.carriers import cdek
from tracking.carriers.seen import CheckpointSeen, PickupPoint

SECRET = "cdek-secret"


def read_one(payload):
    (parcel,) = cdek.read(payload["type"], payload)
    return parcel


def test_token_in_the_address_is_authentic_with_any_live_secret():
    body, headers = carrier.delivery(carrier.status(), SECRET)

    assert cdek.authentic(headers, body, ["newer", SECRET])
    assert not cdek.authentic({}, body, [SECRET])
    assert not cdek.authentic({"?token": ""}, body, [""])
    assert not cdek.authentic({"?token": SECRET + "x"}, body, [SECRET])
    assert not cdek.authentic(headers, body, [])


def test_status_is_known_by_order_code_time_and_whether_it_is_taken_back():
    told, again = carrier.status("DELIVERED"), carrier.status("DELIVERED") | {"date_time": "2026-03-03T12:09:00+0300"}
    deleted = carrier.status("DELIVERED", deleted=True)

    keys = [cdek.envelope({}, carrier.delivery(payload)[0]).key for payload in (told, again, deleted)]

    assert keys[0] == keys[1] == f"ORDER_STATUS:{carrier.UUID}:DELIVERED:{carrier.AT}::told"
    assert keys[2] == f"ORDER_STATUS:{carrier.UUID}:DELIVERED:{carrier.AT}::deleted"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"type": {}, "attributes": []}'])
def test_envelope_of_a_broken_body_is_known_by_its_body(body):
    envelope = cdek.envelope({}, body)

    assert (envelope.key, envelope.topic) == (f"sha256:{sha256(body).hexdigest()}", "")


def test_status_in_our_words():
    parcel = read_one(carrier.status("RECEIVED_AT_SHIPMENT_WAREHOUSE ", at="2026-03-03T21:32:12+0700"))

    assert (parcel.number, parcel.carrier, parcel.order_number) == ("1106321645", "cdek", "1001")
    assert parcel.aliases == (("", carrier.UUID),)
    assert parcel.checkpoints == (
        CheckpointSeen(
            occurred_at=datetime(2026, 3, 3, 14, 32, 12, tzinfo=UTC),
            milestone="picked_up",
            raw_code="RECEIVED_AT_SHIPMENT_WAREHOUSE",
            city="Новосибирск",
        ),
    )


@pytest.mark.parametrize(
    ("code", "reason_code", "milestone", "reason", "known"),
    [
        ("CREATED", "", "info_received", "", True),
        ("REMOVED", "", "cancelled", "", True),
        ("RETURNED_TO_SENDER_CITY_WAREHOUSE", "", "in_transit", "", True),
        ("RETURNED_TO_TRANSIT_WAREHOUSE", "", "in_transit", "", True),
        ("RETURNED_TO_RECIPIENT_CITY_WAREHOUSE", "", "attempt_failed", "", True),
        ("SENT_TO_RECIPIENT_CITY", "", "in_transit", "", True),
        ("SEND_TO_RECIPIENT_OFFICE", "", "in_transit", "", True),
        ("IN_CUSTOMS_LOCAL", "", "exception", "customs", True),
        ("TAKEN_BY_COURIER", "", "out_for_delivery", "", True),
        ("ACCEPTED_AT_PICK_UP_POINT", "", "ready_for_pickup", "", True),
        ("DELIVERED", "", "delivered", "", True),
        ("DELIVERED", "20", "delivered", "partly", True),
        ("DELIVERED", "7", "delivered", "", True),
        ("NOT_DELIVERED", "1", "returning", "address", True),
        ("NOT_DELIVERED", "11", "returning", "refused", True),
        ("NOT_DELIVERED", "22", "returning", "refused", True),
        ("NOT_DELIVERED", "23", "returning", "storage_expired", True),
        ("NOT_DELIVERED", "26", "exception", "lost", True),
        ("NOT_DELIVERED", "27", "exception", "destroyed", True),
        ("POSTOMAT_SEIZED", "", "exception", "storage_expired", True),
        ("BEAMED", "", "pending", "", False),
    ],
)
def test_code_and_reason_make_a_milestone_and_a_reason(code, reason_code, milestone, reason, known):
    assert cdek.meaning({"code": code, "status_reason_code": reason_code}) == (milestone, reason, known)


def test_return_belongs_to_the_parcel_that_it_brings_back():
    direct = [{"type": "direct_order", "cdek_number": "1106321645", "uuid": "x"}]

    parcel = read_one(carrier.status("DELIVERED", "1200000001", is_return=True, related_entities=direct))

    assert (parcel.number, parcel.return_number, parcel.aliases) == ("1106321645", "1200000001", ())
    (scan,) = parcel.checkpoints
    assert (scan.milestone, scan.returning) == ("returned", True)


@pytest.mark.parametrize(
    ("code", "milestone"),
    [("TAKEN_BY_COURIER", "returning"), ("SENT_TO_SENDER_CITY", "returning"), ("CREATED", "info_received")],
)
def test_step_of_a_return_is_a_step_of_the_way_back(code, milestone):
    parcel = read_one(carrier.status(code, is_return=True))

    assert (parcel.number, parcel.checkpoints[0].milestone) == ("1106321645", milestone)


def test_status_that_is_taken_back_retracts_its_scan():
    told, back = (read_one(carrier.status("DELIVERED", **k)).checkpoints[0] for k in ({}, {"deleted": True}))

    assert (told.retracts, back.retracts) == (False, True)
    assert (told.occurred_at, told.raw_code) == (back.occurred_at, back.raw_code)


def test_time_without_an_offset_is_moscows_and_uncertain():
    scan = read_one(carrier.status(at="2026-03-03T12:00:00")).checkpoints[0]

    assert scan.occurred_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert (scan.tz_known, scan.occurred_local) == (False, "2026-03-03T12:00:00")


def test_new_day_of_delivery_is_a_date_of_the_order_with_this_uuid():
    change = {
        "modification_type": "PLANED_DELIVERY_DATE_CHANGED",
        "new_value": {"type": "DATE", "value": "2026-03-09T00:00:00+0700"},
    }

    parcel = read_one(carrier.message("ORDER_MODIFIED", change))

    assert (parcel.number, parcel.estimated_on) == (carrier.UUID, date(2026, 3, 9))
    assert (parcel.moved_by_recipient, parcel.checkpoints) == (False, ())


def test_other_changes_of_the_order_are_ignored_with_a_reason():
    change = {"modification_type": "DELIVERY_SUM_CHANGED", "new_value": {"type": "FLOAT", "value": "120.5"}}

    outcome = cdek.read("ORDER_MODIFIED", carrier.message("ORDER_MODIFIED", change))

    assert isinstance(outcome, Ignored)
    assert str(outcome.reason) == (
        "The order was changed at CDEK (DELIVERY_SUM_CHANGED); only a new day of delivery is read."
    )


def test_agreed_day_and_place_are_the_recipients_choice():
    told = {"cdek_number": "1106321645", "date": "2026-03-10", "type": "POSTAMAT", "delivery_point": "NSK12"}

    parcel = read_one(carrier.message("DELIV_AGREEMENT", told))

    assert (parcel.number, parcel.estimated_on, parcel.moved_by_recipient) == ("1106321645", date(2026, 3, 10), True)
    assert parcel.pickup_point == PickupPoint(code="NSK12", locker=True)


def test_problem_is_kept_as_a_code_that_nobody_explained():
    told = {"cdek_number": "1106321645", "code": "9", "create_date": "2026-03-03T10:00:00+0000"}

    (scan,) = read_one(carrier.message("DELIV_PROBLEM", told)).checkpoints

    assert (scan.milestone, scan.raw_code, scan.unknown) == ("pending", "DELIV_PROBLEM/9", True)
    assert scan.occurred_at == datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("PRINT_FORM", "CDEK's “PRINT_FORM” is not read: it says nothing about a parcel's way."),
        ("", "This is no message of CDEK: it has no type. Nothing to read here."),
    ],
)
def test_other_messages_are_ignored_with_a_reason(topic, said):
    outcome = cdek.read(topic, {})

    assert isinstance(outcome, Ignored)
    assert str(outcome.reason) == said


@pytest.mark.parametrize(
    ("payload", "text", "values"),
    [
        (carrier.status(number=""), MISSING, {"field": "cdek_number"}),
        (carrier.status(at=""), MISSING, {"field": "status_date_time"}),
        (carrier.status(at="1970-01-01T00:00:00+0000"), MISSING, {"field": "status_date_time"}),
        (
            carrier.status(at="3609-01-01T00:00:00+0000"),
            NOT_A_TIME,
            {"field": "status_date_time", "value": "3609-01-01T00:00:00+0000"},
        ),
    ],
)
def test_nonsense_is_refused_with_a_reason(payload, text, values):
    with pytest.raises(Unreadable) as caught:
        read_one(payload)

    assert (caught.value.reason.text, caught.value.reason.values) == (text, values)

import json
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from events.payloads import MISSING, NOT_A_GROUP, NOT_A_LIST, NOT_A_TIME
from events.sources import Ignored, Unreadable
from tests.builders import aftership as carrier
from tracking.carriers import aftership
from tracking.carriers.seen import CheckpointSeen

SECRET = "aftership-secret"


def read_one(payload, topic="tracking_update"):
    (parcel,) = aftership.read(topic, payload)
    return parcel


def refusal(payload):
    with pytest.raises(Unreadable) as caught:
        aftership.read("tracking_update", payload)
    return caught.value.reason


def test_signed_body_is_authentic_with_any_live_secret():
    body, headers = carrier.delivery(carrier.event(carrier.tracking()), SECRET)

    assert aftership.authentic(headers, body, ["newer", SECRET])
    assert not aftership.authentic(headers, body + b"\n", [SECRET])
    assert not aftership.authentic({}, body, [SECRET])
    assert not aftership.authentic(headers, body, [""])


def test_event_id_is_the_key():
    body, headers = carrier.delivery(carrier.event(carrier.tracking(), event_id="c6e7be2c"))

    envelope = aftership.envelope(headers, body)

    assert (envelope.key, envelope.topic) == ("c6e7be2c", "tracking_update")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"event": 7, "event_id": {}}'])
def test_envelope_of_a_broken_body_has_a_key_and_no_topic(body):
    envelope = aftership.envelope({}, body)

    assert (envelope.key, envelope.topic) == (f"sha256:{sha256(body).hexdigest()}", "")


def test_tracking_in_our_words():
    tracking = carrier.tracking(
        "20450000000001",
        "InTransit",
        [
            carrier.checkpoint("InTransit", "2026-03-03T10:00:00+02:00", "InTransit_002", message="Прийнято"),
            carrier.checkpoint("InTransit", "2026-03-03T18:00:00+02:00", "InTransit_007", city=None),
        ],
        order_number="1001",
        order_id="gid-1",
    )

    parcel = read_one(carrier.event(tracking))

    assert (parcel.number, parcel.carrier, parcel.order_number) == ("20450000000001", "nova_poshta", "1001")
    assert parcel.url == "https://novaposhta.ua/tracking/20450000000001"
    assert parcel.checkpoints[0] == CheckpointSeen(
        occurred_at=datetime(2026, 3, 3, 8, tzinfo=UTC),
        milestone="picked_up",
        raw_code="InTransit_002",
        message="Прийнято",
        city="Kyiv",
        country="UA",
    )
    assert parcel.checkpoints[2] == CheckpointSeen(
        occurred_at=datetime(2026, 3, 3, 16, tzinfo=UTC),
        milestone="in_transit",
        raw_code="InTransit_001",
        summary=True,
    )


def test_time_without_an_offset_is_local_to_the_carrier_and_uncertain():
    tracking = carrier.tracking(checkpoints=[carrier.checkpoint(at="2026-03-03T10:00:00")])

    checkpoint = read_one(carrier.event(tracking)).checkpoints[0]

    assert checkpoint.occurred_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert (checkpoint.tz_known, checkpoint.occurred_local) == (False, "2026-03-03T10:00:00")


def test_time_without_an_offset_of_an_unknown_carrier_is_read_as_utc():
    tracking = carrier.tracking(slug="my-courier", checkpoints=[carrier.checkpoint(at="2026-03-03T10:00:00")])

    parcel = read_one(carrier.event(tracking))

    assert parcel.carrier == "my_courier"
    assert parcel.checkpoints[0].occurred_at == datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert parcel.checkpoints[0].tz_known is False


@pytest.mark.parametrize("at", ["2026-03-03T10:00:00Z", "2026-03-03T10:00:00+0000", "2026-03-03T12:00:00+02:00"])
def test_time_with_an_offset_is_certain(at):
    checkpoint = read_one(carrier.event(carrier.tracking(checkpoints=[carrier.checkpoint(at=at)]))).checkpoints[0]

    assert checkpoint.occurred_at == datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert (checkpoint.tz_known, checkpoint.occurred_local) == (True, "")


def test_delivered_without_checkpoints_is_delivered_when_it_was_updated():
    parcel = read_one(carrier.event(carrier.tracking(tag="Delivered", checkpoints=[], at="2026-03-05T12:00:00+02:00")))

    assert parcel.checkpoints == (
        CheckpointSeen(
            occurred_at=datetime(2026, 3, 5, 10, tzinfo=UTC),
            milestone="delivered",
            raw_code="Delivered_001",
            summary=True,
        ),
    )


def test_time_of_the_event_stands_in_for_a_missing_time_of_the_tracking():
    tracking = carrier.tracking(tag="Delivered", checkpoints=[], updated_at=None, last_updated_at=None)

    parcel = read_one(carrier.event(tracking, at="2026-03-05T12:00:00+00:00"))

    assert parcel.checkpoints[0].occurred_at == datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_without_any_time_there_is_no_summary():
    tracking = carrier.tracking(tag="Delivered", checkpoints=[], updated_at=None, last_updated_at=None)

    assert read_one(carrier.event(tracking, ts=None)).checkpoints == ()


@pytest.mark.parametrize(
    ("tag", "subtag", "milestone", "reason"),
    [
        ("Pending", "Pending_001", "pending", ""),
        ("InfoReceived", "InfoReceived_001", "info_received", ""),
        ("InTransit", "InTransit_001", "in_transit", ""),
        ("InTransit", "InTransit_002", "picked_up", ""),
        ("OutForDelivery", "OutForDelivery_001", "out_for_delivery", ""),
        ("AvailableForPickup", "AvailableForPickup_001", "ready_for_pickup", ""),
        ("AttemptFail", "AttemptFail_002", "attempt_failed", "recipient_absent"),
        ("Delivered", "Delivered_005", "delivered", ""),
        ("Exception", "Exception_004", "exception", "customs"),
        ("Exception", "Exception_010", "returning", ""),
        ("Exception", "Exception_011", "returned", ""),
        ("Exception", "Exception_099", "exception", ""),
        ("Expired", "Expired_001", "expired", ""),
        ("Teleported", "", "pending", ""),
    ],
)
def test_tag_and_subtag_make_a_milestone_and_a_reason(tag, subtag, milestone, reason):
    assert aftership.meaning({"tag": tag, "subtag": subtag})[:2] == (milestone, reason)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"expected_delivery": "2026-03-08"}, date(2026, 3, 8)),
        ({"expected_delivery": "2026-03-08T23:30:00-05:00"}, date(2026, 3, 8)),
        (
            {"latest_estimated_delivery": {"datetime": "2026-03-09T01:00:00+02:00"}, "expected_delivery": "2026-03-08"},
            date(2026, 3, 9),
        ),
        (
            {"latest_estimated_delivery": {"datetime": None, "datetime_max": "2026-03-10T00:00:00"}},
            date(2026, 3, 10),
        ),
        ({}, None),
    ],
)
def test_estimate_is_a_date_that_no_time_zone_moves(overrides, expected):
    assert read_one(carrier.event(carrier.tracking(**overrides))).estimated_on == expected


@pytest.mark.parametrize("topic", ["edd_revise", "tracking_pending_time"])
def test_every_event_with_a_tracking_is_read(topic):
    assert read_one(carrier.event(carrier.tracking(), topic), topic).number == "20450000000001"


def test_other_events_are_ignored_with_a_reason():
    outcome = aftership.read("return_update", carrier.event(carrier.tracking()))

    assert isinstance(outcome, Ignored)
    assert str(outcome.reason) == "AfterShip's “return_update” is not read: only updates of trackings are."


def test_answer_of_the_api_is_no_event():
    answer = {"meta": {"code": 200}, "data": {"tracking": carrier.tracking()}}

    envelope = aftership.envelope({}, json.dumps(answer).encode())

    assert aftership.read(envelope.topic, answer) == Ignored(aftership.Reason(aftership.NOT_AN_EVENT))


@pytest.mark.parametrize(
    ("payload", "text", "values"),
    [
        (carrier.event({}), MISSING, {"field": "tracking_number"}),
        (carrier.event("x"), NOT_A_GROUP, {"field": "msg", "value": "x"}),
        (carrier.event(carrier.tracking(checkpoints={})), NOT_A_LIST, {"field": "checkpoints", "value": "{}"}),
        (
            carrier.event(carrier.tracking(checkpoints=[carrier.checkpoint(at="noon")])),
            NOT_A_TIME,
            {"field": "checkpoint_time", "value": "noon"},
        ),
    ],
)
def test_nonsense_is_refused_with_a_reason(payload, text, values):
    reason = refusal(payload)

    assert (reason.text, reason.values) == (text, values)


READ = "read"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"tag": ["Delivered"]}, "The field “tag” should be text, but it is “['Delivered']”."),
        ({"subtag": 7}, READ),
        ({"slug": {"a": 1}}, "The field “slug” should be text, but it is “{'a': 1}”."),
        (
            {"latest_estimated_delivery": "x"},
            "The field “latest_estimated_delivery” should be a group of fields, but it is “x”.",
        ),
        ({"expected_delivery": 20260308}, READ),
        ({"checkpoints": [None]}, "The field “checkpoints” should be a group of fields, but it is “None”."),
        (
            {"checkpoints": [carrier.checkpoint(message="\0")]},
            "The field “message” holds a NUL character, which cannot be stored.",
        ),
        ({"tracking_number": 1.5}, "The field “tracking_number” should be text, but it is “1.5”."),
        ({"order_number": []}, "The field “order_number” should be text, but it is “[]”."),
        ({"updated_at": True, "last_updated_at": None}, "The field “updated_at” should be text, but it is “True”."),
    ],
)
def test_wrong_types_are_read_or_refused_in_a_sentence(overrides, said):
    answer = READ
    try:
        aftership.read("tracking_update", carrier.event(carrier.tracking(**overrides)))
    except Unreadable as refusal:
        answer = str(refusal.reason)

    assert answer == said

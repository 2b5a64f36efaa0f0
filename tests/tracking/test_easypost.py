import json
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from events.payloads import MISSING, NOT_A_LIST, NOT_A_TIME
from events.sources import Ignored, Unreadable
from tests.builders import easypost as carrier
from tracking.carriers import easypost
from tracking.carriers.seen import CheckpointSeen

SECRET = "sécret"  # NFC here; EasyPost signs with the NFKD form


def read_one(payload, topic="tracker.updated"):
    (parcel,) = easypost.read(topic, payload)
    return parcel


def refusal(payload):
    with pytest.raises(Unreadable) as caught:
        easypost.read("tracker.updated", payload)
    return caught.value.reason


def summary_of(parcel):
    (summary,) = [checkpoint for checkpoint in parcel.checkpoints if checkpoint.summary]
    return summary


def test_signed_body_is_authentic_with_any_live_secret():
    body, headers = carrier.delivery(carrier.event(carrier.tracker()), SECRET)

    assert easypost.authentic(headers, body, ["newer", SECRET])
    assert not easypost.authentic(headers, body + b"\n", [SECRET])
    assert not easypost.authentic({}, body, [SECRET])
    assert not easypost.authentic(headers, body, [""])


def test_bare_hex_without_its_label_is_refused():
    body, headers = carrier.delivery(carrier.event(carrier.tracker()), SECRET)
    bare = headers["x-hmac-signature"].removeprefix("hmac-sha256-hex=")

    assert not easypost.authentic({"x-hmac-signature": bare}, body, [SECRET])


def test_event_id_is_the_key():
    body, headers = carrier.delivery(carrier.event(carrier.tracker(), event_id="evt_7"))

    envelope = easypost.envelope(headers, body)

    assert (envelope.key, envelope.topic) == ("evt_7", "tracker.updated")


@pytest.mark.parametrize("event_id", ["evt_...", "", None, 7, "x" * 500])
def test_event_without_a_real_id_is_known_by_its_body(event_id):
    body = json.dumps({"id": event_id, "description": "tracker.updated"}).encode()

    assert easypost.envelope({}, body).key == f"sha256:{sha256(body).hexdigest()}"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"description": ["x"]}'])
def test_envelope_of_a_broken_body_has_a_key_and_no_topic(body):
    envelope = easypost.envelope({}, body)

    assert (envelope.key, envelope.topic) == (f"sha256:{sha256(body).hexdigest()}", "")


def test_tracker_in_our_words():
    scans = [
        carrier.scan("pre_transit", "2026-03-02T10:00:00Z", "label_created"),
        carrier.scan("in_transit", "2026-03-03T08:00:00Z", "received_at_origin_facility", message="Accepted"),
    ]
    tracker = carrier.tracker("1Z999AA10123456784", scans=scans, detail="received_at_origin_facility")

    parcel = read_one(carrier.event(tracker))

    assert (parcel.number, parcel.carrier, parcel.order_number) == ("1Z999AA10123456784", "ups", "")
    assert parcel.url == "https://track.easypost.com/1Z999AA10123456784"
    assert parcel.checkpoints[1:] == (
        CheckpointSeen(
            occurred_at=datetime(2026, 3, 3, 8, tzinfo=UTC),
            milestone="picked_up",
            raw_code="in_transit/received_at_origin_facility",
            message="Accepted",
            city="KYIV",
            country="UA",
        ),
        CheckpointSeen(
            occurred_at=datetime(2026, 3, 3, 8, tzinfo=UTC),
            milestone="picked_up",
            raw_code="in_transit/received_at_origin_facility",
            summary=True,
        ),
    )


@pytest.mark.parametrize(
    ("status", "detail", "milestone", "reason"),
    [
        ("unknown", "unknown", "pending", ""),
        ("error", "", "pending", ""),
        ("pre_transit", "label_created", "info_received", ""),
        ("in_transit", "departed_facility", "in_transit", ""),
        ("in_transit", "arrived_at_pickup_location", "ready_for_pickup", ""),
        ("in_transit", "delivery_exception", "attempt_failed", ""),
        ("in_transit", "weather_delay", "exception", "weather"),
        ("in_transit", "missorted", "in_transit", "carrier_delay"),
        ("out_for_delivery", "out_for_delivery", "out_for_delivery", ""),
        ("available_for_pickup", "arrived_at_pickup_location", "ready_for_pickup", ""),
        ("delivered", "arrived_at_destination", "delivered", ""),
        ("delivered", "expired", "delivered", ""),
        ("return_to_sender", "refused", "returning", "refused"),
        ("failure", "lost", "exception", "lost"),
        ("failure", "return", "returning", ""),
        ("failure", "expired", "expired", ""),
        ("canceled", "", "cancelled", ""),
        ("cancelled", "cancelled", "cancelled", ""),
        ("teleported", "", "pending", ""),
    ],
)
def test_status_and_detail_make_a_milestone_and_a_reason(status, detail, milestone, reason):
    assert easypost.meaning({"status": status, "status_detail": detail})[:2] == (milestone, reason)


def test_tracker_without_scans_is_what_it_says_since_it_said_so():
    parcel = read_one(carrier.event(carrier.tracker(status="delivered", scans=[], at="2026-03-05T12:00:00Z")))

    assert [c.milestone for c in parcel.checkpoints] == ["delivered"]
    assert summary_of(parcel).occurred_at == datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_status_that_the_last_scan_does_not_tell_holds_since_the_update():
    scans = [carrier.scan("in_transit", "2026-03-04T09:00:00Z")]
    tracker = carrier.tracker(status="return_to_sender", scans=scans, at="2026-03-05T12:00:00Z")

    assert summary_of(read_one(carrier.event(tracker))).occurred_at == datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_scans_after_the_update_do_not_date_the_summary():
    scans = [
        carrier.scan("delivered", "2026-03-05T12:00:00Z"),
        carrier.scan("in_transit", "2026-03-09T09:00:00Z"),
    ]
    tracker = carrier.tracker(status="delivered", scans=scans, at="2026-03-05T12:00:00Z")

    assert summary_of(read_one(carrier.event(tracker))).occurred_at == datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"est_delivery_date": "2026-03-08T00:00:00Z"}, date(2026, 3, 8)),
        ({"est_delivery_date": "2026-03-08T23:59:00Z"}, date(2026, 3, 8)),
        (
            {
                "est_delivery_date": "2026-03-08T00:00:00Z",
                "carrier_detail": {"est_delivery_date_local": "2026-03-07"},
            },
            date(2026, 3, 7),
        ),
        ({"est_delivery_date": None}, None),
    ],
)
def test_estimate_is_a_date_that_no_time_zone_moves(overrides, expected):
    assert read_one(carrier.event(carrier.tracker(**overrides))).estimated_on == expected


def test_first_event_of_a_tracker_is_read_too():
    parcel = read_one(carrier.event(carrier.tracker(status="unknown", scans=[])), "tracker.created")

    assert summary_of(parcel).milestone == "pending"


def test_unknown_carrier_keeps_its_name():
    assert read_one(carrier.event(carrier.tracker(carrier="Veho Local"))).carrier == "veho_local"


@pytest.mark.parametrize("topic", ["batch.created", "scan_form.updated", "payment.failed"])
def test_other_events_are_ignored_with_a_reason(topic):
    outcome = easypost.read(topic, carrier.event(None))

    assert isinstance(outcome, Ignored)
    assert str(outcome.reason) == f"EasyPost's “{topic}” is not read: only trackers are."


@pytest.mark.parametrize("result", [None, {}, {"object": "Batch", "id": "batch_1"}])
def test_event_without_a_tracker_is_ignored(result):
    outcome = easypost.read("tracker.created", carrier.event(result))

    assert outcome == Ignored(easypost.Reason(easypost.NO_TRACKER))


def test_tracker_as_the_api_answers_it_is_no_event():
    outcome = easypost.read("", carrier.tracker())

    assert outcome == Ignored(easypost.Reason(easypost.NOT_AN_EVENT))


@pytest.mark.parametrize(
    ("overrides", "text", "values"),
    [
        ({"tracking_code": None}, MISSING, {"field": "tracking_code"}),
        ({"tracking_details": {}}, NOT_A_LIST, {"field": "tracking_details", "value": "{}"}),
        ({"scans": [carrier.scan(at="noon")]}, NOT_A_TIME, {"field": "datetime", "value": "noon"}),
        ({"scans": [carrier.scan(at="")]}, MISSING, {"field": "datetime"}),
    ],
)
def test_nonsense_is_refused_with_a_reason(overrides, text, values):
    reason = refusal(carrier.event(carrier.tracker(**overrides)))

    assert (reason.text, reason.values) == (text, values)


READ = "read"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"status": ["delivered"]}, "The field “status” should be text, but it is “['delivered']”."),
        ({"status_detail": 7}, READ),
        ({"carrier": {"a": 1}}, "The field “carrier” should be text, but it is “{'a': 1}”."),
        ({"carrier_detail": "x"}, "The field “carrier_detail” should be a group of fields, but it is “x”."),
        ({"est_delivery_date": 20260308}, READ),
        ({"tracking_details": [None]}, "The field “tracking_details” should be a group of fields, but it is “None”."),
        (
            {"scans": [carrier.scan(tracking_location=[1])]},
            "The field “tracking_location” should be a group of fields, but it is “[1]”.",
        ),
        (
            {"scans": [carrier.scan(message="\0")]},
            "The field “message” holds a NUL character, which cannot be stored.",
        ),
        ({"tracking_code": 1.5}, "The field “tracking_code” should be text, but it is “1.5”."),
        ({"updated_at": "0000-00-00", "created_at": None}, READ),
    ],
)
def test_wrong_types_are_read_or_refused_in_a_sentence(overrides, said):
    answer = READ
    try:
        easypost.read("tracker.updated", carrier.event(carrier.tracker(**overrides)))
    except Unreadable as refusal:
        answer = str(refusal.reason)

    assert answer == said

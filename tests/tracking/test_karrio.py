from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from events.payloads import MISSING, NOT_A_TIME
from events.sources import Ignored, Unreadable
from shelf.signatures import hmac_hex
from tests.builders import karrio as carrier
from tracking.carriers import karrio
from tracking.carriers.seen import CheckpointSeen, Proof

SECRET = "karrio-secret"


def read_one(payload, topic="tracker_updated"):
    (parcel,) = karrio.read(topic, payload)
    return parcel


def test_secret_in_the_header_is_authentic_with_any_live_secret():
    body, headers = carrier.delivery(carrier.event(carrier.tracker()), SECRET)

    assert karrio.authentic(headers, body, ["newer", SECRET])
    assert not karrio.authentic({}, body, [SECRET])
    assert not karrio.authentic({"x-event-id": ""}, body, [""])
    assert not karrio.authentic({"x-event-id": " "}, body, [" "])
    assert not karrio.authentic({"x-event-id": SECRET[:-1]}, body, [SECRET])
    assert not karrio.authentic({"x-event-id": SECRET.upper()}, body, [SECRET])
    assert not karrio.authentic({"x-event-id": hmac_hex(SECRET, body)}, body, [SECRET])
    assert not karrio.authentic(headers, body, [])


def test_delivery_is_known_by_its_body():
    body, headers = carrier.delivery(carrier.event(carrier.tracker(), "tracker_created"))

    envelope = karrio.envelope(headers, body)

    assert (envelope.key, envelope.topic) == (f"sha256:{sha256(body).hexdigest()}", "tracker_created")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"event": {}}'])
def test_envelope_of_a_broken_body_has_no_topic(body):
    assert karrio.envelope({}, body).topic == ""


def test_tracker_in_our_words():
    info = {
        "order_id": "1001",
        "shipment_service": "express",
        "shipment_origin_country": "PL",
        "shipment_destination_country": "UA",
        "signed_by": "O. Kovalenko",
    }
    tracker = carrier.tracker(
        info=info, estimated_delivery="2026-03-09", delivery_image_url="https://example.com/door.png"
    )

    parcel = read_one(carrier.event(tracker))

    assert (parcel.number, parcel.carrier, parcel.order_number) == ("20450000000001", "nova_poshta", "1001")
    assert (parcel.service, parcel.origin, parcel.destination) == ("express", "PL", "UA")
    assert parcel.estimated_on == date(2026, 3, 9)
    assert parcel.proof == Proof("O. Kovalenko", "https://example.com/door.png")
    assert parcel.checkpoints[0] == CheckpointSeen(
        occurred_at=datetime(2026, 3, 3, 7, tzinfo=UTC),  # nine o'clock in Kyiv
        milestone="in_transit",
        raw_code="in_transit",
        message="Parcel is in_transit",
        city="Kyiv",
        occurred_local="2026-03-03 09:00 AM",
        tz_known=False,
    )


@pytest.mark.parametrize(
    ("clock", "hour", "minute"),
    [("09:05 AM", 9, 5), ("12:00 AM", 0, 0), ("12:30 PM", 12, 30), ("1:15 pm", 13, 15), ("17:40", 17, 40), ("", 0, 0)],
)
def test_twelve_hours_of_the_clock_are_understood(clock, hour, minute):
    tracker = carrier.tracker(carrier_name="my-courier", events=[carrier.scan(at=clock)])

    assert read_one(carrier.event(tracker)).checkpoints[0].occurred_at == datetime(2026, 3, 3, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "reason", "milestone", "why", "known"),
    [
        ("unknown", "", "pending", "", True),
        ("pending", "", "info_received", "", True),
        ("picked_up", "", "picked_up", "", True),
        ("in_transit", "carrier_sorting_error", "in_transit", "", True),
        ("out_for_delivery", "", "out_for_delivery", "", True),
        ("ready_for_pickup", "", "ready_for_pickup", "", True),
        ("delivery_failed", "consignee_not_home", "attempt_failed", "recipient_absent", True),
        ("delivered", "", "delivered", "", True),
        ("on_hold", "customs_duties_unpaid", "exception", "payment_due", True),
        ("delivery_delayed", "weather_delay", "exception", "weather", True),
        ("delivery_delayed", "unknown", "exception", "carrier_delay", True),
        ("return_to_sender", "consignee_refused", "returning", "refused", True),
        ("cancelled", "", "cancelled", "", True),
        ("beamed", "", "pending", "", False),
    ],
)
def test_status_and_reason_are_ours(status, reason, milestone, why, known):
    assert karrio.meaning({"status": status, "reason": reason}) == (milestone, why, known)


def test_scan_that_karrio_did_not_translate_is_known_by_the_carriers_code():
    tracker = carrier.tracker(carrier_name="ups", events=[carrier.scan(status=None, code="DP")])

    scan = read_one(carrier.event(tracker)).checkpoints[0]

    assert (scan.milestone, scan.raw_code, scan.unknown) == ("pending", "ups/DP", True)


def test_tracker_that_says_delivered_is_delivered_whatever_its_status():
    parcel = read_one(carrier.event(carrier.tracker(status="in_transit", delivered=True)))

    assert [c.milestone for c in parcel.checkpoints if c.summary] == ["delivered"]


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("shipment_purchased", "Karrio's “shipment_purchased” is not read: only trackers are."),
        ("", "This is no event of Karrio: it has no event name. Nothing to read here."),
    ],
)
def test_other_events_are_ignored_with_a_reason(topic, said):
    outcome = karrio.read(topic, {})

    assert isinstance(outcome, Ignored)
    assert str(outcome.reason) == said


@pytest.mark.parametrize(
    ("tracker", "text", "values"),
    [
        (carrier.tracker(number=""), MISSING, {"field": "tracking_number"}),
        (carrier.tracker(events=[carrier.scan(at="noon")]), NOT_A_TIME, {"field": "time", "value": "noon"}),
        (carrier.tracker(events=[carrier.scan(at="25:00")]), NOT_A_TIME, {"field": "time", "value": "25:00"}),
        (carrier.tracker(events=[carrier.scan(on="1970-01-01")]), MISSING, {"field": "date"}),
        (
            carrier.tracker(events=[carrier.scan(on="3609-01-01")]),
            NOT_A_TIME,
            {"field": "date", "value": "3609-01-01T09:00:00+02:00"},
        ),
    ],
)
def test_nonsense_is_refused_with_a_reason(tracker, text, values):
    with pytest.raises(Unreadable) as caught:
        read_one(carrier.event(tracker))

    assert (caught.value.reason.text, caught.value.reason.values) == (text, values)

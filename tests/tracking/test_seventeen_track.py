import json
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from events.payloads import MISSING, NOT_A_LIST, NOT_A_TIME
from events.sources import Ignored, Unreadable, name_of
from shelf.signatures import hmac_base64, hmac_hex
from tests.builders import seventeen_track as carrier
from tracking.carriers import seventeen_track
from tracking.carriers.seen import CheckpointSeen

KEY = "17track-key"


def read_one(payload, topic="TRACKING_UPDATED"):
    (parcel,) = seventeen_track.read(topic, payload)
    return parcel


def summary_of(parcel):
    (summary,) = [checkpoint for checkpoint in parcel.checkpoints if checkpoint.summary]
    return summary


def test_source_keeps_the_name_that_stands_in_its_address():
    assert name_of(seventeen_track) == "17track"


def test_signed_body_is_authentic_with_any_live_key():
    body, headers = carrier.delivery(carrier.update(), KEY)

    assert seventeen_track.authentic(headers, body, ["newer", KEY])
    assert not seventeen_track.authentic(headers, body + b"\n", [KEY])
    assert not seventeen_track.authentic({}, body, [KEY])
    assert not seventeen_track.authentic({"sign": ""}, body, [KEY])
    assert not seventeen_track.authentic(headers, body, [])
    assert not seventeen_track.authentic(headers, body, [""])


def test_signature_in_capitals_of_another_kind_or_over_other_spelling_is_refused():
    body, headers = carrier.delivery(carrier.update(), KEY)
    spelled_anew = json.dumps(json.loads(body), indent=1).encode()

    assert not seventeen_track.authentic({"sign": headers["sign"].upper()}, body, [KEY])
    assert not seventeen_track.authentic({"sign": hmac_hex(KEY, body)}, body, [KEY])
    assert not seventeen_track.authentic({"sign": hmac_base64(KEY, body)}, body, [KEY])
    assert not seventeen_track.authentic({"sign": sha256(body + b"/").hexdigest()}, body, [""])
    assert not seventeen_track.authentic(headers, spelled_anew, [KEY])


def test_delivery_is_known_by_its_body():
    body, headers = carrier.delivery(carrier.update())

    envelope = seventeen_track.envelope(headers, body)

    assert (envelope.key, envelope.topic) == (f"sha256:{sha256(body).hexdigest()}", "TRACKING_UPDATED")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"event": ["x"]}'])
def test_envelope_of_a_broken_body_has_a_key_and_no_topic(body):
    envelope = seventeen_track.envelope({}, body)

    assert (envelope.key, envelope.topic) == (f"sha256:{sha256(body).hexdigest()}", "")


def test_tracking_in_our_words():
    events = [
        carrier.event("InTransit_Arrival", "2026-03-03T08:00:00Z"),
        carrier.event("InTransit_PickedUp", "2026-03-02T10:00:00Z", address=None),
    ]
    shipping = {"shipper_address": {"country": "CN"}, "recipient_address": {"city": "Lviv", "country": "UA"}}
    times = {"estimated_delivery_date": {"from": "2026-03-08T00:00:00+02:00", "to": "2026-03-09T20:00:00+02:00"}}
    info = {"shipping_info": shipping, "time_metrics": times}

    parcel = read_one(carrier.update(sub_status="InTransit_Arrival", events=events, tag="1001", **info))

    assert (parcel.number, parcel.carrier, parcel.order_number) == ("20450000000001", "nova_poshta", "1001")
    assert (parcel.origin, parcel.destination, parcel.estimated_on) == ("CN", "Lviv", date(2026, 3, 9))
    assert parcel.checkpoints[1:] == (
        CheckpointSeen(
            occurred_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
            milestone="picked_up",
            raw_code="InTransit_PickedUp",
            message="Parcel: InTransit_PickedUp",
            city="KYIV",
        ),
        CheckpointSeen(
            occurred_at=datetime(2026, 3, 3, 8, tzinfo=UTC),
            milestone="in_transit",
            raw_code="InTransit_Arrival",
            summary=True,
        ),
    )


@pytest.mark.parametrize(
    ("said", "milestone", "reason", "known"),
    [
        (("NotFound_Other",), "pending", "", True),
        (("InfoReceived",), "info_received", "", True),
        (("InTransit_PickedUp",), "picked_up", "", True),
        (("InTransit_Departure",), "in_transit", "", True),
        (("InTransit_CustomsRequiringInformation",), "exception", "documents", True),
        (("AvailableForPickup_Other",), "ready_for_pickup", "", True),
        (("OutForDelivery_Other",), "out_for_delivery", "", True),
        (("DeliveryFailure_NoBody",), "attempt_failed", "recipient_absent", True),
        (("Delivered_Other",), "delivered", "", True),
        (("Exception_Returning",), "returning", "", True),
        (("Exception_Returned",), "returned", "", True),
        (("Exception_Destroyed",), "exception", "destroyed", True),
        (("Exception_Cancel",), "cancelled", "", True),
        (("Expired_Other",), "expired", "", True),
        (("InTransit_Teleported",), "in_transit", "", True),  # a new sub-status of a status that we know
        (("", "PickedUp"), "picked_up", "", True),
        (("", ""), "pending", "", True),
        (("Teleported_Other", "Teleported"), "pending", "", False),
    ],
)
def test_status_and_sub_status_make_a_milestone_and_a_reason(said, milestone, reason, known):
    assert seventeen_track.meaning(*said) == (milestone, reason, known)


def test_two_carriers_tell_one_parcel_and_the_last_one_has_it():
    providers = [
        carrier.provider("China Post", [carrier.event("InTransit_Departure", "2026-03-01T10:00:00Z")]),
        carrier.provider("Ukrposhta", [carrier.event("Delivered_Other", "2026-03-09T10:00:00Z")]),
    ]
    extra = {"local_number": "0500000000001", "local_provider": "Ukrposhta", "service_type": "ePacket"}

    parcel = read_one(carrier.update("RR473124829CN", "Delivered_Other", providers=providers, misc_info=extra))

    assert (parcel.carrier, parcel.service) == ("ukrposhta", "ePacket")
    assert parcel.aliases == (("ukrposhta", "0500000000001"),)
    assert [c.milestone for c in parcel.checkpoints] == ["in_transit", "delivered", "delivered"]


def test_event_that_two_carriers_repeat_is_one_scan():
    same = carrier.event("InTransit_Other")
    providers = [carrier.provider("China Post", [same]), carrier.provider("Ukrposhta", [same])]

    assert len(read_one(carrier.update(providers=providers)).checkpoints) == 2  # the scan and the summary


def test_time_whose_zone_was_guessed_is_uncertain():
    raw = {"date": "2026-03-03", "time": "11:00:00", "timezone": None}

    scan = read_one(carrier.update(events=[carrier.event(time_raw=raw)])).checkpoints[0]

    assert scan.occurred_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert (scan.tz_known, scan.occurred_local) == (False, "2026-03-03 11:00:00")


def test_unknown_status_is_kept_marked_and_moves_nothing():
    parcel = read_one(carrier.update(sub_status="Teleported_Far"))

    assert [(c.milestone, c.raw_code, c.unknown) for c in parcel.checkpoints] == [
        ("pending", "Teleported_Far", True),
        ("pending", "Teleported_Far", True),
    ]


def test_status_without_events_holds_since_they_were_asked_for():
    parcel = read_one(carrier.update(sub_status="Delivered_Other", events=[]))

    assert summary_of(parcel).occurred_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_end_of_looking_says_nothing_about_the_parcel():
    stopped = {"event": "TRACKING_STOPPED", "data": {"number": "20450000000001", "carrier": 1, "tag": ""}}

    outcome = seventeen_track.read("TRACKING_STOPPED", stopped)

    assert outcome == Ignored(seventeen_track.Reason(seventeen_track.LOOKS_NO_MORE))


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("ACCOUNT_CHANGED", "17TRACK's “ACCOUNT_CHANGED” is not read: only updates of trackings are."),
        ("", "This is no event of 17TRACK: it has no event name. Nothing to read here."),
    ],
)
def test_other_events_are_ignored_with_a_reason(topic, said):
    outcome = seventeen_track.read(topic, {})

    assert isinstance(outcome, Ignored)
    assert str(outcome.reason) == said


@pytest.mark.parametrize(
    ("payload", "text", "values"),
    [
        (carrier.update(number=""), MISSING, {"field": "number"}),
        (carrier.update(providers={"a": 1}), NOT_A_LIST, {"field": "providers", "value": "{'a': 1}"}),
        (
            carrier.update(events=[carrier.event(at="3609-01-01T00:00:00Z")]),
            NOT_A_TIME,
            {"field": "time_utc", "value": "3609-01-01T00:00:00Z"},
        ),
        (carrier.update(events=[carrier.event(at="1970-01-01T00:00:00Z")]), MISSING, {"field": "time_utc"}),
        (carrier.update(events=[carrier.event(at="")]), MISSING, {"field": "time_utc"}),
    ],
)
def test_nonsense_is_refused_with_a_reason(payload, text, values):
    with pytest.raises(Unreadable) as caught:
        seventeen_track.read("TRACKING_UPDATED", payload)

    assert (caught.value.reason.text, caught.value.reason.values) == (text, values)

import json
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from events.payloads import MISSING, NOT_A_TIME
from events.sources import Ignored, Unreadable
from shelf.signatures import hmac_hex
from tests.builders import shippo as carrier
from tracking.carriers import shippo
from tracking.carriers.seen import CheckpointSeen

SECRET = "shippo-secret"


def read_one(payload, topic="track_updated"):
    (parcel,) = shippo.read(topic, payload)
    return parcel


def test_token_in_the_address_is_authentic_with_any_live_secret():
    body, headers = carrier.delivery(carrier.event(carrier.track()), SECRET)

    assert shippo.authentic(headers, body, ["newer", SECRET])
    assert not shippo.authentic({}, body, [SECRET])
    assert not shippo.authentic({"?token": ""}, body, [SECRET])
    assert not shippo.authentic({"?token": ""}, body, [""])
    assert not shippo.authentic({"?token": " "}, body, [" "])
    assert not shippo.authentic({"?token": SECRET.upper()}, body, [SECRET])
    assert not shippo.authentic(headers, body, [])


def test_signature_over_time_and_body_is_authentic_without_a_token():
    body, _headers = carrier.delivery(carrier.event(carrier.track()), SECRET)
    signed = carrier.hmac_header(body, SECRET)

    assert shippo.authentic(signed, body, ["newer", SECRET])
    assert not shippo.authentic(signed, body + b" ", [SECRET])
    assert not shippo.authentic(signed, json.dumps(json.loads(body), indent=1).encode(), [SECRET])


@pytest.mark.parametrize(
    "forge",
    [
        lambda body: "",
        lambda body: f"v1={hmac_hex(SECRET, body)}",
        lambda body: f"t=1772528400,v1={hmac_hex(SECRET, body)}",  # over the body without its time
        lambda body: carrier.hmac_header(body, SECRET)["shippo-auth-signature"].replace("t=1", "t=2"),
        lambda body: carrier.hmac_header(body, SECRET)["shippo-auth-signature"].upper(),
        lambda body: carrier.hmac_header(body, "guess")["shippo-auth-signature"],
    ],
)
def test_signature_that_is_there_must_be_right_even_beside_the_token(forge):
    body, headers = carrier.delivery(carrier.event(carrier.track()), SECRET)

    assert not shippo.authentic(headers | {"shippo-auth-signature": forge(body)}, body, [SECRET])


def test_delivery_is_known_by_its_body():
    body, headers = carrier.delivery(carrier.event(carrier.track()))

    envelope = shippo.envelope(headers, body)

    assert (envelope.key, envelope.topic) == (f"sha256:{sha256(body).hexdigest()}", "track_updated")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b'{"event": {}}'])
def test_envelope_of_a_broken_body_has_no_topic(body):
    assert shippo.envelope({}, body).topic == ""


def test_track_in_our_words():
    latest = carrier.status("TRANSIT", substatus="package_accepted")

    parcel = read_one(
        carrier.event(carrier.track(latest=latest, eta="2026-03-09T00:00:00Z", original_eta="2026-03-08T00:00:00Z"))
    )

    assert (parcel.number, parcel.carrier, parcel.service) == ("9205590164917312751089", "usps", "Priority Mail")
    assert (parcel.origin, parcel.destination) == ("US", "Lviv")
    assert (parcel.estimated_on, parcel.promised_on) == (date(2026, 3, 9), date(2026, 3, 8))
    assert parcel.checkpoints[0] == CheckpointSeen(
        occurred_at=datetime(2026, 3, 3, 9, tzinfo=UTC),
        milestone="picked_up",
        raw_code="TRANSIT/package_accepted",
        message="Parcel is TRANSIT",
        city="Kyiv",
        country="UA",
    )


@pytest.mark.parametrize(
    ("word", "substatus", "milestone", "reason", "known"),
    [
        ("UNKNOWN", "other", "pending", "", True),
        ("PRE_TRANSIT", "information_received", "info_received", "", True),
        ("TRANSIT", "", "in_transit", "", True),
        ("TRANSIT", "package_arrived", "in_transit", "", True),
        ("TRANSIT", "out_for_delivery", "out_for_delivery", "", True),
        ("TRANSIT", "delivery_attempted", "attempt_failed", "recipient_absent", True),
        ("TRANSIT", "pickup_available", "ready_for_pickup", "", True),
        ("TRANSIT", "package_held", "exception", "held", True),
        ("DELIVERED", "information_received", "delivered", "", True),
        ("RETURNED", "return_to_sender", "returning", "", True),
        ("RETURNED", "package_unclaimed", "returning", "storage_expired", True),
        ("FAILURE", "package_lost", "exception", "lost", True),
        ("BEAMED", "", "pending", "", False),
        ("", "", "pending", "", True),
    ],
)
def test_status_and_substatus_make_a_milestone_and_a_reason(word, substatus, milestone, reason, known):
    assert shippo.meaning(carrier.status(word, substatus=substatus)) == (milestone, reason, known)


def test_time_at_midnight_is_a_date():
    scan = read_one(carrier.event(carrier.track(latest=carrier.status(at="2026-03-03T00:00:00Z")))).checkpoints[0]

    assert (scan.tz_known, scan.occurred_local) == (False, "2026-03-03")


def test_track_that_nobody_scanned_yet_is_pending():
    parcel = read_one(carrier.event(carrier.track(tracking_status=None, tracking_history=[])))

    assert parcel.checkpoints == ()


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("transaction_created", "Shippo's “transaction_created” is not read: only updates of trackings are."),
        ("", "This is no event of Shippo: it has no event name. Nothing to read here."),
    ],
)
def test_other_events_are_ignored_with_a_reason(topic, said):
    outcome = shippo.read(topic, {})

    assert isinstance(outcome, Ignored)
    assert str(outcome.reason) == said


@pytest.mark.parametrize(
    ("track", "text", "values"),
    [
        (carrier.track(number=""), MISSING, {"field": "tracking_number"}),
        (
            carrier.track(history=[carrier.status(at="3609-01-01T00:00:00Z")], latest=carrier.status()),
            NOT_A_TIME,
            {"field": "status_date", "value": "3609-01-01T00:00:00Z"},
        ),
        (carrier.track(latest=carrier.status(at="1970-01-01T00:00:00Z")), MISSING, {"field": "status_date"}),
    ],
)
def test_nonsense_is_refused_with_a_reason(track, text, values):
    with pytest.raises(Unreadable) as caught:
        read_one(carrier.event(track))

    assert (caught.value.reason.text, caught.value.reason.values) == (text, values)

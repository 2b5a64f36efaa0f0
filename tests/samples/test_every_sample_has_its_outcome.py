"""What becomes of each body that others published, by itself: tests/samples/outcomes.py says what must."""

import json

import pytest

from events import inbox
from events.sources import Ignored as IsIgnored
from events.sources import Unreadable
from tests.samples.outcomes import ABOUT, LATER, OUTCOMES, PUSHED, READ, SAMPLES, Ignored, Parked, facts_of
from tracking.carriers import easypost

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="SAMPLES_DIR is not set: no real bodies to read")


@pytest.mark.parametrize("path", READ)
def test_sample_ends_as_the_table_says(path):
    expected = READ[path]
    reader = inbox.READERS[path.partition("/")[0]]
    payload = json.loads((SAMPLES / path).read_bytes())

    if isinstance(expected, Parked):
        with pytest.raises(Unreadable) as refused:
            reader.read(expected.topic, payload)
        assert str(refused.value) == expected.reason
        return
    outcome = reader.read(expected.topic, payload)

    if isinstance(expected, Ignored):
        assert isinstance(outcome, IsIgnored)
        assert str(outcome.reason) == expected.reason
    else:
        assert len(outcome) == expected.facts.get("parcels", 1)
        assert expected.facts.items() <= facts_of(outcome).items()


@pytest.mark.parametrize("path", PUSHED)
def test_part_of_a_push_is_read_as_it_would_arrive(path):
    wrap, expected = PUSHED[path]
    reader = inbox.READERS[path.partition("/")[0]]
    body = json.dumps(wrap(json.loads((SAMPLES / path).read_bytes()))).encode()

    topic = reader.envelope({}, body).topic
    outcome = reader.read(topic, json.loads(body))

    assert topic == expected.topic
    assert expected.facts.items() <= facts_of(outcome).items()


def test_every_file_stands_in_the_table_and_every_row_has_its_file():
    found = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file()}

    assert {path for path in found if not path.startswith(LATER + ABOUT)} == set(OUTCOMES)


@pytest.mark.parametrize("path", [path for path, outcome in READ.items() if outcome.topic])
def test_envelope_knows_each_delivery_by_a_stable_key_of_its_own(path):
    reader = inbox.READERS[path.partition("/")[0]]
    body = (SAMPLES / path).read_bytes()

    key = reader.envelope({}, body).key

    assert key == reader.envelope({}, body).key
    others = [other for other in READ if other != path and other.startswith(path.partition("/")[0])]
    assert key not in {reader.envelope({}, (SAMPLES / other).read_bytes()).key for other in others}


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        ("shopify/orders_create.json", "orders/updated"),
        ("shopify/fulfillments_create.json", "fulfillments/update"),
        ("shopify/fulfillment_events_create.json", ""),
        ("shopify/refunds_create.json", ""),
        ("woocommerce/order_created.json", "order.updated"),
        ("woocommerce/order_v3_reference.json", "order.updated"),
        ("woocommerce/order_refund_v3_reference.json", ""),
    ],
)
def test_topic_is_told_by_the_shape_where_a_relay_has_stripped_the_header(path, topic):
    reader = inbox.READERS[path.partition("/")[0]]

    assert reader.envelope({}, (SAMPLES / path).read_bytes()).topic == topic


def test_published_signature_of_easypost_is_authentic():
    # The bytes that EasyPost signed are this file without its final newline.
    body = (SAMPLES / "easypost/tracker_updated_signed.json").read_bytes().rstrip(b"\n")
    signature = "hmac-sha256-hex=38f3f53c103713df81616a0a186d77141957323ec21d5fe9363db93840f527db"
    headers = {"x-hmac-signature": signature}

    assert len(body) == 3550
    assert easypost.authentic(headers, body, ["sécret"])
    assert not easypost.authentic(headers, body + b"\n", ["sécret"])
    assert not easypost.authentic(headers, body, ["secret"])

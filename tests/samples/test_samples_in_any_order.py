"""What others published, told by the door in any order, twice, before its parcel and after: one exact end."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from events import inbox
from events.clocks import drain
from events.models import Receipt
from orders.models import Order
from tests.builders.parcels import ship
from tests.conftest import connect
from tests.samples.outcomes import NOW, OUTCOMES, PUSHED, SAMPLES
from tracking.models import Checkpoint, Shipment, UnknownCode

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="SAMPLES_DIR is not set: no real bodies to read"),
]


def bodies(source):
    """(file, topic, body, what becomes of the receipt), each whole and as its source would push it."""
    found = []
    for path, outcome in OUTCOMES.items():
        if path.startswith(source + "/"):
            said = json.loads((SAMPLES / path).read_bytes())
            found.append((path, outcome.topic, said, outcome))
            if path in PUSHED:
                wrap, pushed = PUSHED[path]
                found.append((path + " pushed", pushed.topic, wrap(said), pushed))
    return found


def deliver(connection, told):
    for key, topic, body, _outcome in told:
        inbox.receive(connection, key, topic, json.dumps(body).encode())
        drain("receipts")
        drain("events")


def states():
    return sorted((r.key, r.state, r.why) for r in Receipt.objects.all())


def at(written):
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


# {source: {number: (status, since, first scan, delivered, expected on, first promise, scans, of unknown codes)}}
ENDS = {
    "17track": {
        "RR123456789CN": (
            *("delivered", at("2022-05-02 18:34"), at("2022-04-26 06:30"), at("2022-05-02 18:34")),
            *(date(2022, 5, 3), date(2022, 5, 3), 4, 0),
        )
    },
    "aftership": {"123456789": ("delivered", *[at("2021-08-24 10:40:08")] * 3, None, None, 0, 0)},
    "cdek": {"1106321645": ("picked_up", *[at("2020-08-10 14:32:12")] * 2, None, None, None, 1, 0)},
    "easypost": {
        "1": ("in_transit", *[at("2024-07-31 19:27")] * 2, None, date(2024, 8, 5), date(2024, 8, 5), 7, 0),
        "EZ4000000004": (
            *("delivered", *[at("2014-11-19 10:51:54")] * 3),
            *(date(2014, 11, 27), date(2014, 11, 27), 6, 0),
        ),
    },
    "karrio": {
        "1Z999AA10123456784": (
            *("in_transit", *[at("2026-03-10 00:00")] * 2, None),
            *(date(2026, 3, 15), date(2026, 3, 15), 2, 2),
        )
    },
    "nova_poshta": {
        "20400048799000": ("pending", *[None] * 5, 0, 0),  # "number not found" is no news
        "20400048799001": (
            *("delivered", *[at("2023-04-07 10:35:58")] * 3),
            *(date(2023, 4, 6), date(2023, 4, 6), 2, 0),
        ),
    },
    # Two files of one number, seven years apart: the first delivery, the newest word on the day, the oldest promise.
    "shippo": {
        "9205590164917312751089": (
            *("delivered", *[at("2016-07-23 00:00")] * 3),
            *(date(2023, 7, 23), date(2021, 7, 23), 3, 0),
        )
    },
}


def ends():
    return {
        s.number: (
            *(s.milestone, s.since, s.shipped_at, s.delivered_at, s.estimated_on, s.promised_on),
            s.checkpoints.filter(summary=False).count(),
            s.checkpoints.filter(unknown=True).count(),
        )
        for s in Shipment.objects.order_by("number")
    }


def settled(told):
    """What the table says of each receipt: done, or ignored or parked with its reason; none is lost."""
    reasons = {key: getattr(outcome, "reason", "") for key, _topic, _body, outcome in told}
    states = {key: type(outcome).__name__.lower() for key, _topic, _body, outcome in told}
    return [(key, states[key].replace("accepted", "done"), reasons[key]) for key in sorted(states)]


@pytest.mark.parametrize("turn", ["as they are", "late, backwards and twice"])
@pytest.mark.parametrize("source", ENDS)
def test_carriers_samples_end_in_the_same_exact_state(store, source, turn):
    connection, told = connect(source, "samples"), bodies(source)

    with time_machine.travel(NOW, tick=False) as clock:
        if turn != "as they are":
            deliver(connection, told[::-1])  # before anybody knows the parcels
            clock.shift(timedelta(hours=30))
        for n, number in enumerate(ENDS[source], 1):
            ship(store, number, n)
        deliver(connection, told)

    assert (ends(), states()) == (ENDS[source], settled(told))
    assert Checkpoint.objects.filter(suspect=True).count() == 0


def test_codes_of_the_samples_that_nobody_knows_are_counted_once(store):
    connection, told = connect("karrio", "samples"), bodies("karrio")
    ship(store, "1Z999AA10123456784")

    for turn in (told, told[::-1]):
        deliver(connection, turn)

    counted = UnknownCode.objects.order_by("code").values_list("code", "count", "milestone")
    assert list(counted) == [("ups/DP", 1, ""), ("ups/PU", 1, "")]


@pytest.mark.parametrize("step", [1, -1])
def test_woocommerces_samples_end_in_the_same_exact_state(store, step):
    store.connection = connect("woocommerce", "samples")
    store.save()
    told = bodies("woocommerce")

    with time_machine.travel(NOW, tick=False):
        for _twice in range(2):
            deliver(store.connection, told[::step])

    orders = Order.objects.order_by("external_id").values_list(
        "external_id", "stage", "total", "paid", "due", "refunded"
    )
    assert list(orders) == [
        ("205", "placed", Decimal("17.70"), Decimal(0), Decimal("17.70"), Decimal(0)),
        ("727", "paid", Decimal("29.35"), Decimal("29.35"), Decimal(0), Decimal(0)),
    ]
    assert states() == settled(told)

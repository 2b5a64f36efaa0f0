"""Whatever is done to a carrier's body, its adapter gives scans or a refusal with a sentence, never anything else."""

import copy
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.sources import Ignored
from shelf.reasons import Refusal
from tests.builders import (
    aftership,
    cdek,
    easypost,
    fivepost,
    karrio,
    meest,
    nova_poshta,
    russian_post,
    seventeen_track,
    shippo,
    ukrposhta,
    yandex_delivery,
)
from tracking.carriers import ADAPTERS
from tracking.carriers.seen import ParcelSeen, PlaceSeen
from tracking.milestones import RANKS, REASONS

SAMPLES = Path(os.environ.get("SAMPLES_DIR") or "/nonexistent")
BY_NAME = {adapter.__name__.rpartition(".")[2]: adapter for adapter in ADAPTERS}

# {adapter: (topic, body)}, each in its fullest shape
BODIES: dict[str, list[tuple[str, Any]]] = {
    "easypost": [("tracker.updated", easypost.event(easypost.tracker(signed_by="Olena"), event_id="evt_1"))],
    "aftership": [("tracking_update", aftership.event(aftership.tracking(), event_id="1"))],
    "seventeen_track": [("TRACKING_UPDATED", seventeen_track.update())],
    "shippo": [("track_updated", shippo.event(shippo.track()))],
    "karrio": [("tracker_updated", karrio.event(karrio.tracker()))],
    "cdek": [
        ("ORDER_STATUS", cdek.status()),
        ("deliverypoint", cdek.place()),
        ("order", {"entity": cdek.order(("ACCEPTED", "2026-03-03T09:00:00+0000"), ("DELIVERED", cdek.AT))}),
    ],
    "nova_poshta": [
        (BY_NAME["nova_poshta"].TOPIC, nova_poshta.answer(nova_poshta.document())),
        (BY_NAME["nova_poshta"].PLACES, nova_poshta.place()),
    ],
    "ukrposhta": [(BY_NAME["ukrposhta"].TOPIC, ukrposhta.payload(ukrposhta.event(), ukrposhta.event("41000", 5)))],
    "meest": [(BY_NAME["meest"].TOPIC, meest.payload(meest.event(), meest.event(606, 5)))],
    "russian_post": [
        (BY_NAME["russian_post"].TOPIC, russian_post.payload(*(russian_post.operation(n, 1) for n in (1, 2)))),
    ],
    "yandex_delivery": [(BY_NAME["yandex_delivery"].TOPIC, yandex_delivery.payload(yandex_delivery.state()))],
    "fivepost": [(BY_NAME["fivepost"].TOPIC, fivepost.payload(fivepost.state()))],
}
# {sample: (adapter, topic, how its source wraps it)}
PUBLISHED = {
    "easypost/tracker_updated_signed.json": ("easypost", "tracker.updated", None),
    "easypost/tracker_updated_out_of_order_scans.json": ("easypost", "tracker.updated", None),
    "aftership/tracking_update_delivered.json": ("aftership", "tracking_update", None),
    "17track/gettrackinfo_v2_2.json": (
        "seventeen_track", "TRACKING_UPDATED",
        lambda part: {"event": "TRACKING_UPDATED", "data": part["data"]["accepted"][0]},
    ),
    "shippo/track_object_delivered.json": ("shippo", "track_updated", lambda part: {"data": part}),
    "shippo/track_updated_webhook_schema_example.json": ("shippo", "track_updated", None),
    "karrio/tracker_updated_data.json": ("karrio", "tracker_updated", lambda part: {"data": part}),
    "cdek/order_status.json": ("cdek", "ORDER_STATUS", None),
    "nova_poshta/getStatusDocuments.json": ("nova_poshta", "getStatusDocuments", None),
    "nova_poshta/getStatusDocuments_error.json": ("nova_poshta", "getStatusDocuments", None),
}  # fmt: skip
ODD: list[Any] = [
    None, "", [], {}, [None], [[]], {"a": []}, [{}], True, 1.5, -1, 0, 10**30, 1e400, float("nan"), "\0", "\ud800", "x",
    "0000-00-00", "1970-01-01T00:00:00Z", "3609-05-17T12:00:00Z", "9999-12-31T23:59:59-12:00", "31.02.2026 25:61",
    "2026-03-29 03:30:00", "12:00 AM", "1e3", "я" * 999,
]  # fmt: skip


def bodies(name):
    """Ours, and those that others published, where there are any."""
    for topic, body in BODIES[name]:
        yield topic, json.loads(json.dumps(body))
    for path, (adapter, topic, wrap) in PUBLISHED.items():
        if adapter == name and (SAMPLES / path).is_file():
            part = json.loads((SAMPLES / path).read_bytes())
            yield topic, wrap(part) if wrap else part


def paths(value: Any, at: tuple = ()) -> list[tuple]:
    """The way to each field of a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return ([at] if at else []) + [path for key, each in inner for path in paths(each, (*at, key))]


def put(body: Any, path: tuple, odd: Any) -> None:
    for key in path[:-1]:
        body = body[key]
    body[path[-1]] = odd


def read(name, topic, body):
    """Scans, or a refusal: what is stored of either is plain."""
    try:
        seen = BY_NAME[name].read(topic, body)
    except Refusal as refusal:
        seen = Ignored(refusal.reason)
    if isinstance(seen, Ignored):
        assert len(str(seen.reason)) > 10
        assert "\0" not in str(seen.reason)
        return
    for parcel in seen:
        assert isinstance(parcel, ParcelSeen | PlaceSeen)
        assert "\0" not in repr(parcel)
        repr(parcel).encode()
    for scan in (scan for parcel in seen if isinstance(parcel, ParcelSeen) for scan in parcel.checkpoints):
        assert scan.occurred_at.utcoffset() == timedelta(0)
        assert scan.milestone in RANKS
        assert scan.reason in ("", *REASONS)


def test_every_adapter_has_a_body_here_and_reads_it():
    assert set(BODIES) == set(BY_NAME)
    for name in BODIES:
        for topic, body in BODIES[name]:
            assert not isinstance(BY_NAME[name].read(topic, body), Ignored)


@pytest.mark.parametrize("name", BY_NAME)
def test_no_odd_value_in_any_field_breaks_an_adapter(name):
    for topic, body in BODIES[name]:
        for path in paths(body):
            kept = copy.deepcopy(body)
            for odd in ODD:
                put(kept, path, odd)
                read(name, topic, kept)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=15)
@given(data=st.data())
def test_no_mangling_of_a_body_breaks_an_adapter(name, data):
    topic, body = data.draw(st.sampled_from(list(bodies(name))))
    body = copy.deepcopy(body)
    for _times in range(data.draw(st.integers(1, 4))):
        ways = paths(body)
        if ways:
            put(body, data.draw(st.sampled_from(ways)), data.draw(JUNK))

    read(name, topic, body)
    BY_NAME[name].envelope({}, json.dumps(body).encode())

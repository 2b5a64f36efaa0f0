from pathlib import Path
from xml.etree import ElementTree

from django.conf import settings
from django.utils import translation

from tracking.milestones import RANKS, REASONS
from tracking.templatetags import parcels


def test_every_milestone_has_a_label_and_a_drawing():
    assert set(parcels.LABELS) == set(RANKS)
    assert set(parcels.ICONS) == set(RANKS)
    assert set(parcels.ICONS.values()) <= set(parcels.DRAWN)


def test_every_reason_has_a_sentence():
    assert set(parcels.REASONS) == set(REASONS)


def test_every_drawing_is_in_the_sprite():
    sprite = ElementTree.parse(Path(settings.BASE_DIR) / "static/aftercare/icons.svg")

    symbols = [symbol.get("id") for symbol in sprite.getroot()]

    assert tuple(symbols) == parcels.DRAWN


def test_hour_of_a_scan_without_a_time_zone_is_not_shown():
    scan = {"at": "2024-11-21T22:30:00+00:00", "local": "2024-11-22T00:30:00", "tz_known": False}

    with translation.override("en"):
        assert parcels.scan_time(scan, "Europe/Kyiv") == "22 November 2024"
        assert parcels.scan_time({**scan, "tz_known": True}, "Europe/Kyiv") == "22 November 2024, 00:30"


def test_lost_parcel_is_graver_than_a_late_one():
    assert parcels.parcel_tone({"milestone": "exception", "reason": "lost"}) == "bad"
    assert parcels.parcel_tone({"milestone": "in_transit", "late": True}) == "now"
    assert parcels.is_troubled({"milestone": "in_transit", "late": True})
    assert not parcels.is_troubled({"milestone": "delivered", "late": True, "reason": "carrier_delay"})

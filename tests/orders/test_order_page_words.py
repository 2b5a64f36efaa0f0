from datetime import UTC, datetime

import pytest
from django.utils import translation

from orders.templatetags import order_page

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def an_order(stage="on_the_way", **fields):
    return {"stage": stage, "zone": "Europe/Kyiv", **fields}


def a_parcel(milestone="in_transit", **fields):
    return {"milestone": milestone, "reason": None, "late": False, "estimated_on": None, **fields}


def test_order_without_parcels_speaks_of_its_stage():
    assert order_page.headline(an_order("packing"), []) == "We are packing it"
    assert order_page.arrival(an_order("packing"), []) is None


def test_delivery_of_the_last_week_is_named_by_its_weekday():
    parcels = [a_parcel("delivered", delivered_at="2026-11-17T10:00:00+00:00")]

    assert order_page.headline(an_order("delivered"), parcels, now=NOW) == "Delivered on Tuesday"


def test_older_delivery_is_not_named_by_a_weekday():
    parcels = [a_parcel("delivered", delivered_at="2026-11-15T10:00:00+00:00")]

    assert order_page.headline(an_order("delivered"), parcels, now=NOW) == "Delivered"


def test_today_is_today_where_the_order_goes():
    just_after_midnight_in_kyiv = "2026-11-21T22:30:00+00:00"
    parcels = [a_parcel("delivered", delivered_at=just_after_midnight_in_kyiv)]

    assert order_page.headline(an_order("delivered"), parcels, now=NOW) == "Delivered today"


def test_first_expected_day_of_the_parcels_still_coming_is_the_day_that_matters():
    parcels = [
        a_parcel("delivered", estimated_on="2026-11-20"),
        a_parcel(estimated_on="2026-11-26"),
        a_parcel(estimated_on="2026-11-24"),
    ]

    day = order_page.arrival(an_order(), parcels, now=NOW)

    assert day["label"] == "The first parcel is expected on"
    assert day["text"] == "Tuesday, 24\xa0November"
    assert day["stamp"] == {"weekday": "Tue", "day": 24, "month": "Nov"}


def test_expected_day_that_has_passed_is_not_promised_again():
    day = order_page.arrival(an_order(), [a_parcel(estimated_on="2026-11-20", late=True)], now=NOW)

    assert day["label"] == "It was expected on"


def test_trouble_of_every_parcel_outweighs_the_stage():
    parcels = [a_parcel("exception", reason="lost", estimated_on="2026-11-24")]

    assert order_page.headline(an_order(), parcels) == "Something went wrong on the way"
    assert order_page.arrival(an_order(), parcels, now=NOW) is None


def test_trouble_of_one_parcel_of_two_leaves_the_headline_alone():
    parcels = [a_parcel("exception", reason="customs"), a_parcel("delivered")]

    assert order_page.headline(an_order(), parcels) == "On its way to you"
    assert order_page.next_step(an_order(), parcels) == "1 of 2 parcels have arrived."


def test_parcel_ready_to_collect_names_the_place():
    scans = [{"milestone": "ready_for_pickup", "place": "Львів, відділення № 12"}]
    parcels = [a_parcel("ready_for_pickup", carrier_name="Нова пошта", checkpoints=scans)]

    place = order_page.pickup_place(an_order("ready_for_pickup"), parcels)

    assert place == "Нова пошта, Львів, відділення № 12"


def test_product_without_a_picture_is_drawn_by_its_first_letter():
    assert order_page.initial("«лляний фартух»") == "Л"
    assert order_page.initial(None) == "·"

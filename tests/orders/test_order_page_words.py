from datetime import UTC, datetime

import pytest
from django.utils import translation

from orders import showing
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


@pytest.mark.parametrize(
    ("stage", "milestones", "carrier", "way"),
    [
        ("on_the_way", ["returning"], "", ["placed", "packing", "shipped", "going_back*", "back"]),
        ("on_the_way", ["returned"], "", ["placed", "packing", "shipped", "going_back", "back*"]),
        ("on_the_way", ["returned", "in_transit"], "", ["placed", "packing", "shipped", "on_the_way*", "delivered"]),
        ("shipped", ["info_received"], "own_pickup", ["placed", "packing*", "ready_for_pickup", "collected"]),
        (
            "ready_for_pickup",
            ["ready_for_pickup"],
            "own_pickup",
            ["placed", "packing", "ready_for_pickup*", "collected"],
        ),
    ],
)
def test_the_way_is_the_one_that_the_parcels_go(stage, milestones, carrier, way):
    parcels = [{"milestone": milestone, "carrier": carrier} for milestone in milestones]

    steps = showing.steps_of(an_order(stage), parcels)

    assert [step["key"] + "*" * (step["state"] == "now") for step in steps] == way


def test_what_is_prepared_for_the_counter_has_not_left():
    parcel = a_parcel("info_received", carrier="own_pickup")

    assert order_page.headline(an_order("shipped"), [parcel]) == "We are getting it ready for you"
    assert order_page.next_step(an_order("shipped"), [parcel]) == "We write to you as soon as you can collect it."


def test_an_order_of_services_is_neither_packed_nor_broken():
    lines = [{"kind": "service"}, {"kind": "subscription", "renewal_failed_at": "2026-11-20T10:00:00+00:00"}]
    order = showing.order_for("view", an_order("delivered", lines=lines), "Europe/Kyiv")

    assert [step["key"] for step in showing.steps_of(order)] == ["placed", "done"]
    assert order_page.headline(order, []) == "All done"
    assert order_page.next_step(order, []) == "A renewal could not be paid. Below is what you can do."


def test_what_waits_for_money_says_so_and_cash_at_the_door_does_not():
    unpaid, cash = {"due": "1330.00", "cash": ""}, {"due": "1330.00", "cash": "due"}

    assert order_page.next_step(an_order("placed", money=unpaid), []).startswith("What is left to do is the payment")
    assert order_page.next_step(an_order("placed", money=cash), []).startswith("Nothing to do for now.")


@pytest.mark.parametrize(
    ("promised", "expected", "by_customer", "moved"),
    [
        ("2026-11-25", "2026-11-27", False, True),
        ("2026-11-25", "2026-11-25", False, False),
        ("2026-11-25", "2026-11-27", True, False),
        (None, "2026-11-27", False, False),
    ],
)
def test_a_day_that_moved_is_owned_up_to(promised, expected, by_customer, moved):
    told = {
        "promised_on": promised,
        "estimated_on": expected,
        "late_after": expected,
        "moved_by_recipient": by_customer,
    }
    [parcel] = showing.parcels_for("stub", [a_parcel("in_transit", **told)], "en", "Europe/Kyiv", NOW)

    label = order_page.arrival(an_order("on_the_way"), [parcel], NOW)["label"]

    assert (parcel["moved"], label) == (moved, "Later than planned, now expected on" if moved else "Expected on")

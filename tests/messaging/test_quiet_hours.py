"""Quiet hours: by the customer's clock, over midnight, on the nights when the clocks change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import time_machine

from customers.models import Customer, Purpose, QuietHours
from messaging import actions, gate
from messaging.gate import quiet
from messaging.gate.quiet import Window, moment, quiet_until
from messaging.models import Message
from orders.actions import save_orders
from tests.builders.door import order_seen
from tests.builders.post import planned

NIGHT = Window(time(21), time(9))
KYIV, WARSAW = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Warsaw")


def utc(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def until(window, zone, text):
    """The end of the quiet hours in UTC; "" when it is not quiet."""
    found = quiet_until(window, zone, utc(text))
    return f"{found:%Y-%m-%d %H:%M}" if found else ""


# --- The window ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-11-23 18:59", ""),  # 20:59 in Kyiv
        ("2026-11-23 19:00", "2026-11-24 07:00"),
        ("2026-11-23 21:59", "2026-11-24 07:00"),
        ("2026-11-23 22:00", "2026-11-24 07:00"),  # midnight
        ("2026-11-24 06:59", "2026-11-24 07:00"),
        ("2026-11-24 07:00", ""),
        ("2026-11-24 12:00", ""),
    ],
)
def test_an_overnight_window_holds_from_its_evening_until_the_next_morning(at, ends):
    assert until(NIGHT, KYIV, at) == ends


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-11-23 10:59", ""),
        ("2026-11-23 11:00", "2026-11-23 13:00"),
        ("2026-11-23 12:59", "2026-11-23 13:00"),
        ("2026-11-23 13:00", ""),
        ("2026-11-23 23:00", ""),
    ],
)
def test_a_window_within_the_day_holds_at_noon_and_not_at_night(at, ends):
    assert until(Window(time(13), time(15)), KYIV, at) == ends


def test_a_window_that_ends_when_it_begins_is_none():
    assert until(Window(time(21), time(21)), KYIV, "2026-11-23 19:30") == ""


@pytest.mark.parametrize(
    ("zone", "evening", "spring", "ends"),
    [
        # 28 March 2027: in Kyiv 03:00 becomes 04:00, in Warsaw 02:00 becomes 03:00: a night of eleven hours
        (KYIV, "2027-03-27 18:59", "2027-03-27 19:00", "2027-03-28 06:00"),
        (WARSAW, "2027-03-27 19:59", "2027-03-27 20:00", "2027-03-28 07:00"),
        # 31 October 2027: 04:00 becomes 03:00, 03:00 becomes 02:00; the night has an hour more
        (KYIV, "2027-10-30 17:59", "2027-10-30 18:00", "2027-10-31 07:00"),
        (WARSAW, "2027-10-30 18:59", "2027-10-30 19:00", "2027-10-31 08:00"),
    ],
)
def test_the_nights_when_the_clocks_change_end_at_nine_on_the_wall(zone, evening, spring, ends):
    assert until(NIGHT, zone, evening) == ""
    assert until(NIGHT, zone, spring) == ends
    assert f"{utc(ends).astimezone(zone):%H:%M}" == "09:00"
    assert until(NIGHT, zone, ends) == ""


@pytest.mark.parametrize(
    ("zone", "window", "before", "ends"),
    [
        # the window ends at a time that never comes: at the jump
        (KYIV, Window(time(21), time(3, 30)), "2027-03-28 00:59", "2027-03-28 01:00"),
        (WARSAW, Window(time(21), time(2, 30)), "2027-03-28 00:59", "2027-03-28 01:00"),
        # it ends at a time that comes twice: at the second
        (KYIV, Window(time(21), time(3, 30)), "2027-10-31 00:15", "2027-10-31 01:30"),
        (KYIV, Window(time(21), time(3, 30)), "2027-10-31 00:45", "2027-10-31 01:30"),
        (WARSAW, Window(time(21), time(2, 30)), "2027-10-31 01:15", "2027-10-31 01:30"),
    ],
)
def test_a_window_that_ends_within_the_changed_hour_ends_once(zone, window, before, ends):
    assert until(window, zone, before) == ends
    assert until(window, zone, ends) == ""


def test_a_window_that_begins_in_the_hour_that_never_comes_begins_at_the_jump():
    window = Window(time(3, 30), time(9))

    assert until(window, KYIV, "2027-03-28 00:59") == ""
    assert until(window, KYIV, "2027-03-28 01:00") == "2027-03-28 06:00"


def test_a_window_that_begins_at_a_time_that_comes_twice_begins_at_the_first():
    window = Window(time(3, 30), time(9))

    assert until(window, KYIV, "2027-10-31 00:29") == ""
    assert until(window, KYIV, "2027-10-31 00:30") == "2027-10-31 07:00"
    assert until(window, KYIV, "2027-10-31 01:15") == "2027-10-31 07:00"  # 03:15 for the second time


def test_every_minute_that_the_clock_jumps_over_is_the_moment_of_the_jump():
    skipped = {moment(date(2027, 3, 28), time(3, minute), KYIV, fold) for minute in range(60) for fold in (0, 1)}

    assert skipped == {utc("2027-03-28 01:00")}


# --- Whose window -------------------------------------------------------------------------------------------------


def mail(number, country, customer=None):
    return Message(pk=number, country=country, time_zone="Europe/Kyiv", customer_id=customer)


def test_a_country_without_hours_neither_sleeps_nor_wakes_its_neighbours(monkeypatch):
    monkeypatch.setattr(quiet, "windows", lambda: {"UA": NIGHT})

    held = quiet.asleep([mail(1, "PL"), mail(2, "UA")], utc("2026-11-23 22:00"))

    assert {pk: (d.verdict, d.until) for pk, d in held.items()} == {2: ("hold", utc("2026-11-24 07:00"))}


def test_the_hours_without_a_country_hold_for_every_country_that_has_none_of_its_own(monkeypatch):
    monkeypatch.setattr(quiet, "windows", lambda: {"": NIGHT, "UA": Window(time(13), time(15))})

    held = quiet.asleep([mail(1, "PL"), mail(2, "UA"), mail(3, "")], utc("2026-11-23 22:00"))

    assert sorted(held) == [1, 3]


def test_where_nobody_has_quiet_hours_nothing_is_asked(monkeypatch):
    monkeypatch.setattr(quiet, "windows", dict)

    assert quiet.asleep([mail(1, "UA", customer=7)], utc("2026-11-23 22:00")) == {}


# --- The gate -----------------------------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.night, pytest.mark.usefixtures("journeys")]
EVENING, MORNING = utc("2026-11-23 20:30"), utc("2026-11-24 07:00")  # 22:30 and 9:00 in Kyiv


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen()])[0].order


def judged(message, now=EVENING):
    decision = gate.judge([message], now)[message.pk]
    return decision.verdict, str(decision.why), decision.until


def person(order, **fields):
    Customer.objects.filter(pk=order.customer_id).update(**{"country": "", "time_zone": ""} | fields)


def test_an_ask_waits_until_nine_and_order_updates_do_not(order):
    person(order, time_zone="Europe/Kyiv")

    why = "Quiet hours with the customer: it waits until 09:00 (Europe/Kyiv)."
    assert judged(planned(order, EVENING, "review_request")) == ("hold", why, MORNING)
    assert judged(planned(order, EVENING)) == ("send", "", None)


@pytest.mark.parametrize(
    ("of_person", "of_store", "expected"),
    [
        ({"time_zone": "America/New_York"}, "Europe/Kyiv", ("send", "")),  # half past three in the afternoon
        ({"country": "US"}, "Europe/Kyiv", ("send", "")),
        ({"country": "GB"}, "Europe/Kyiv", ("send", "")),  # 20:30 in London
        ({"country": "PL"}, "Europe/Kyiv", ("hold", "09:00 (Europe/Warsaw)")),
        ({}, "Europe/London", ("send", "")),
        ({}, "Europe/Warsaw", ("hold", "09:00 (Europe/Warsaw)")),
        ({}, "", ("hold", "09:00 (Europe/Kyiv)")),  # the zone of the store's country
        ({"time_zone": "Mars/Olympus"}, "", ("hold", "09:00 (Europe/Kyiv)")),
    ],
)
def test_a_customer_without_zone_is_told_the_time_by_their_country_then_by_the_store(
    order, of_person, of_store, expected
):
    person(order, **of_person)

    verdict, why, _until = judged(planned(order, EVENING, "review_request", time_zone=of_store, country="UA"))

    assert (verdict, why.partition("until ")[2].rstrip(".")) == expected


def test_each_country_has_its_own_hours(order):
    person(order, time_zone="Europe/Kyiv", country="UA")
    QuietHours.objects.filter(country="UA").update(begins=time(23), ends=time(8))

    assert judged(planned(order, EVENING, "review_request"))[0] == "send"
    assert judged(planned(order, EVENING, "review_request"), utc("2026-11-23 21:00"))[2] == utc("2026-11-24 06:00")


def test_a_purpose_may_be_told_not_to_mind_the_hour(order):
    person(order, time_zone="Europe/Kyiv")
    Purpose.objects.filter(pk="review_requests").update(obeys_quiet_hours=False)

    assert judged(planned(order, EVENING, "review_request"))[0] == "send"


def test_what_waited_for_the_morning_leaves_in_the_morning(order):
    person(order, time_zone="Europe/Kyiv")
    message = planned(order, EVENING)
    Message.objects.update(purpose="surveys")

    seen = []
    for at in (EVENING, utc("2026-11-24 06:59"), MORNING):
        with time_machine.travel(at, tick=False):
            actions.send_due()
        message.refresh_from_db()
        seen.append((message.state, message.send_after, message.why))

    why = "Quiet hours with the customer: it waits until 09:00 (Europe/Kyiv)."
    assert seen == [("ready", MORNING, why), ("ready", MORNING, why), ("sent", MORNING, "")]


def test_a_batch_of_order_updates_asks_nobody_for_the_time(order, django_assert_num_queries):
    messages = [planned(order, EVENING, key=f"k{n}") for n in range(50)]

    with django_assert_num_queries(4):
        gate.judge(messages, EVENING)

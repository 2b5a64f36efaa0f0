"""When a campaign leaves: at a time, at each customer's own hour, and on another day when somebody moves it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from campaigns import mailing
from campaigns.models import Campaign
from customers.models import Customer
from messaging.models import LocalMail, Message
from tests.builders.campaigns import campaign, look, shop_is_online
from tests.builders.door import MONDAY
from tests.builders.mailings import armed, buyers, leave, states, step

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THURSDAY = date(2026, 11, 26)
LOCAL = {"goes": "local", "goes_on": THURSDAY, "goes_at": time(10)}
AT = {"goes": "at", "goes_on": THURSDAY, "goes_at": time(10)}


@pytest.fixture(autouse=True)
def monday(monkeypatch):
    shop_is_online(monkeypatch)
    with time_machine.travel(MONDAY, tick=False) as clock, translation.override("en"):
        yield clock


def utc(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def due(made):
    """zone of the customer → when the message is due, in UTC."""
    rows = Message.objects.filter(cause_type="campaign", cause_id=made.pk)
    return {m.customer.time_zone: f"{m.send_after:%Y-%m-%d %H:%M}" for m in rows}


# --- At a time ----------------------------------------------------------------------------------------------------


def test_it_leaves_at_its_hour_by_the_stores_clock_though_the_check_is_days_old(lavka, monday):
    buyers(lavka, 3)
    made = armed(lavka, **AT)

    assert (made.state, made.starts_at) == ("armed", utc("2026-11-26 08:00"))
    monday.move_to(utc("2026-11-26 07:59"))
    assert step(made) == "armed" and not states(made)
    monday.move_to(utc("2026-11-26 08:00"))
    step(made)
    leave()
    assert step(made) == "done"
    assert states(made) == {"sent": 3}


def test_a_time_within_the_window_to_think_again_waits_for_its_end(lavka):
    buyers(lavka, 3)

    made = armed(lavka, goes="at", goes_on=MONDAY.date(), goes_at=time(11, 2))  # 9:02 in UTC, and it is 9:00

    assert made.starts_at == MONDAY + timedelta(minutes=5)


def test_a_time_that_has_passed_is_refused_and_nothing_is_armed(lavka):
    buyers(lavka, 3)
    made = look(campaign(lavka, goes="at", goes_on=MONDAY.date(), goes_at=time(10, 59)))

    with pytest.raises(mailing.CampaignRefused, match="The time at which it should leave has passed: choose another"):
        mailing.send(made, None, timezone.now())

    made.refresh_from_db()
    assert (made.state, made.starts_at) == ("checked", None)


def test_a_text_that_was_changed_while_it_waited_for_its_day_is_not_sent(lavka, monday):
    from tests.builders.campaigns import mail

    buyers(lavka, 3)
    made = armed(lavka, **AT)
    mail(subject="Something else")
    monday.move_to(utc("2026-11-26 08:00"))

    assert step(made) == "stopped"
    assert not states(made)


@pytest.mark.parametrize(
    ("on", "starts"), [(date(2027, 3, 28), "2027-03-28 07:00"), (date(2027, 10, 31), "2027-10-31 08:00")]
)
def test_ten_in_the_morning_is_ten_on_the_days_when_the_clocks_change(lavka, on, starts):
    buyers(lavka, 1)

    assert armed(lavka, goes="at", goes_on=on, goes_at=time(10)).starts_at == utc(starts)


# --- By their own clocks ------------------------------------------------------------------------------------------


def test_each_gets_it_at_ten_by_their_own_clock(lavka, monday):
    for n, zone in enumerate(("Asia/Tokyo", "Europe/Kyiv", "Europe/Warsaw", "America/New_York", "")):
        buyers(lavka, 1, start=n, time_zone=zone, country="")
    made = armed(lavka, **LOCAL)
    assert made.starts_at == utc("2026-11-25 20:00")  # ten in the morning on Kiritimati

    monday.move_to(made.starts_at)
    assert step(made) == "sending"

    assert due(made) == {
        "Asia/Tokyo": "2026-11-26 01:00",
        "Europe/Kyiv": "2026-11-26 08:00",
        "Europe/Warsaw": "2026-11-26 09:00",
        "America/New_York": "2026-11-26 15:00",
        "": "2026-11-26 08:00",  # without a zone: the store's
    }


def test_nobody_is_written_to_before_their_hour_and_it_ends_with_the_last(lavka, monday):
    buyers(lavka, 1, time_zone="Europe/Kyiv")
    buyers(lavka, 1, start=1, time_zone="America/New_York")
    made = armed(lavka, **LOCAL)

    seen = []
    for at in ("2026-11-25 20:00", "2026-11-26 07:59", "2026-11-26 08:00", "2026-11-26 15:00"):
        monday.move_to(utc(at))
        step(made)
        leave()
        seen.append((step(made), LocalMail.objects.count()))

    assert seen == [("sending", 0), ("sending", 0), ("sending", 1), ("done", 2)]


def test_the_first_few_are_those_whose_hour_comes_first_and_the_rest_waits_for_their_outcome(lavka, monday, settings):
    settings.CAMPAIGN_CANARY = 3
    buyers(lavka, 5, time_zone="Europe/Kyiv")
    buyers(lavka, 5, start=5, time_zone="Europe/Warsaw")
    made = armed(lavka, **LOCAL)

    monday.move_to(made.starts_at)
    assert step(made) == "canary"
    assert due(made) == {"Europe/Kyiv": "2026-11-26 08:00"}
    monday.move_to(utc("2026-11-26 07:59"))
    leave()
    assert (step(made), states(made)) == ("canary", {"ready": 3})
    monday.move_to(utc("2026-11-26 08:00"))
    leave()
    assert (step(made), states(made)) == ("canary", {"sent": 3})
    monday.move_to(utc("2026-11-26 08:16"))
    step(made)
    leave()
    assert (step(made), states(made)) == ("sending", {"sent": 5, "ready": 5})
    monday.move_to(utc("2026-11-26 09:00"))
    leave()
    assert (step(made), states(made)) == ("done", {"sent": 10})


@pytest.mark.night
def test_sent_at_night_the_first_few_leave_in_the_morning_and_the_rest_after_them(lavka, monday, settings):
    settings.CAMPAIGN_CANARY = 3
    monday.move_to(utc("2026-11-23 20:00"))  # 22 o'clock in Kyiv
    buyers(lavka, 10, time_zone="Europe/Kyiv")
    made = armed(lavka)

    monday.move_to(utc("2026-11-23 20:05"))
    assert step(made) == "canary"
    leave()
    assert (states(made), set(due(made).values())) == ({"ready": 3}, {"2026-11-24 07:00"})
    monday.move_to(utc("2026-11-24 06:59"))
    assert step(made) == "canary"
    monday.move_to(utc("2026-11-24 07:00"))
    leave()
    assert (step(made), states(made)) == ("canary", {"sent": 3})
    monday.move_to(utc("2026-11-24 07:16"))
    step(made)
    leave()
    assert (step(made), states(made)) == ("done", {"sent": 10})


@pytest.mark.parametrize(
    ("on", "kyiv", "warsaw"),
    [
        (date(2027, 3, 28), "2027-03-28 01:00", "2027-03-28 01:30"),  # 03:30 never comes in Kyiv: at the jump
        (date(2027, 10, 31), "2027-10-31 00:30", "2027-10-31 02:30"),  # it comes twice: the first time
    ],
)
def test_half_past_three_on_the_nights_when_the_clocks_change(lavka, monday, on, kyiv, warsaw):
    buyers(lavka, 1, time_zone="Europe/Kyiv")
    buyers(lavka, 1, start=1, time_zone="Europe/Warsaw")
    made = armed(lavka, goes="local", goes_on=on, goes_at=time(3, 30))

    monday.move_to(made.starts_at)
    step(made)

    assert due(made) == {"Europe/Kyiv": kyiv, "Europe/Warsaw": warsaw}


# --- Moved to another day -----------------------------------------------------------------------------------------


def move(made, day, confirmed=False):
    moved = mailing.move_to(made, day, timezone.now(), confirmed)
    made.refresh_from_db()
    return moved


def test_one_that_waits_for_its_hour_waits_for_another_and_stays_approved(lavka):
    buyers(lavka, 3)
    made = armed(lavka, **AT)

    move(made, date(2026, 11, 30))

    assert (made.state, made.goes_on, made.starts_at) == ("armed", date(2026, 11, 30), utc("2026-11-30 08:00"))


def test_a_draft_keeps_its_check_when_it_is_moved(lavka):
    buyers(lavka, 3)
    made = look(campaign(lavka, **AT))

    move(made, date(2026, 11, 30))

    mailing.send(made, None, timezone.now())
    assert (made.state, made.starts_at) == ("armed", utc("2026-11-30 08:00"))


def test_it_is_not_moved_into_the_past(lavka):
    buyers(lavka, 3)
    made = armed(lavka, **AT)

    with pytest.raises(mailing.CampaignRefused, match="That day and hour have passed"):
        move(made, MONDAY.date() - DAY)

    made.refresh_from_db()
    assert (made.goes_on, made.starts_at) == (THURSDAY, utc("2026-11-26 08:00"))


def test_one_that_leaves_as_soon_as_it_is_sent_has_no_day_to_be_moved_from(lavka):
    buyers(lavka, 3)
    made = armed(lavka)

    with pytest.raises(mailing.CampaignRefused, match="It has no day of its own"):
        move(made, THURSDAY)


def test_where_some_got_it_a_person_has_to_say_so_and_only_the_rest_moves(lavka, monday):
    buyers(lavka, 2, time_zone="Europe/Kyiv")
    buyers(lavka, 3, start=2, time_zone="Europe/Warsaw")
    made = armed(lavka, **LOCAL)
    monday.move_to(made.starts_at)
    step(made)
    monday.move_to(utc("2026-11-26 08:30"))
    leave()

    said = "2 people got it already. Only the other 3 would get it on the new day."
    with pytest.raises(mailing.SomeGotIt, match=said):
        move(made, date(2026, 11, 27))
    made.refresh_from_db()
    assert made.goes_on == THURSDAY
    move(made, date(2026, 11, 27), confirmed=True)

    assert due(made) == {"Europe/Kyiv": "2026-11-26 08:00", "Europe/Warsaw": "2026-11-27 09:00"}
    monday.move_to(utc("2026-11-27 09:00"))
    leave()
    assert (step(made), states(made)) == ("done", {"sent": 5})


def test_when_everybody_got_it_there_is_nothing_to_move(lavka, monday):
    buyers(lavka, 2)
    made = armed(lavka, **AT)
    monday.move_to(made.starts_at)
    step(made)
    leave()

    with pytest.raises(mailing.CampaignRefused, match="Everybody got it already"):
        move(made, date(2026, 11, 27), confirmed=True)


def test_a_hundred_zones_move_in_a_handful_of_queries(lavka, monday, django_assert_max_num_queries):
    buyers(lavka, 30, time_zone="Europe/Kyiv")
    Customer.objects.filter(pk__in=Customer.objects.values("pk")[:15]).update(time_zone="Europe/Warsaw", country="PL")
    made = armed(lavka, **LOCAL)
    monday.move_to(made.starts_at)
    step(made)

    with django_assert_max_num_queries(8):
        move(made, date(2026, 11, 27))

    assert set(due(made).values()) == {"2026-11-27 08:00", "2026-11-27 09:00"}
    assert Campaign.objects.get(pk=made.pk).goes_on == date(2026, 11, 27)

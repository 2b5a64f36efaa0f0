"""The calendar of everything scheduled, and the pages of a campaign that show when, to whom and in which words."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from campaigns import mailing
from campaigns.mailing.calendar import days_between
from campaigns.models import Campaign, Enrolment, Journey
from messaging.models import Message
from staff.display import zone
from tests.builders import room
from tests.builders.campaigns import campaign, look, shop_is_online
from tests.builders.door import MONDAY
from tests.builders.mailings import armed, buyers, leave, step
from tests.builders.post import planned

pytestmark = pytest.mark.django_db
AT = {"goes": "at", "goes_on": date(2026, 11, 26), "goes_at": time(10)}


@pytest.fixture(autouse=True)
def monday(monkeypatch):
    shop_is_online(monkeypatch)
    with time_machine.travel(MONDAY, tick=False) as clock, translation.override("en"):
        yield clock


@pytest.fixture
def marketer(client):
    client.force_login(room.person("marketer"))
    return client


def shown(client, **asked):
    page = client.get(reverse("admin:campaigns_campaign_calendar"), asked)
    assert page.status_code == 200
    return page.content.decode()


def box(page, day):
    """The text of one day."""
    found = re.search(rf'data-day="{day}">(.*?)</li>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", found[1])) if found else ""


# --- What stands in it --------------------------------------------------------------------------------------------


def test_each_campaign_stands_on_its_day_and_the_journeys_with_what_they_will_send(lavka, marketer, journeys):
    order = buyers(lavka, 3)[0]
    armed(lavka, name="Autumn sale", **AT)
    campaign(lavka, name="Draft for Friday", **AT | {"goes_on": date(2026, 11, 27)})
    journey = Journey.objects.get(slug="review_request")
    version = journey.versions.get()
    for n in range(3):
        Enrolment.objects.create(
            **{
                "journey": journey,
                "version": version,
                "customer": order.customer,
                "order": order,
                "entry_key": f"k{n}",
            },
            **{"subject_type": "order", "subject_id": order.pk, "entered_at": MONDAY, "since_at": MONDAY},
            wake_at=datetime(2026, 11, 28, 22, 30, tzinfo=UTC),  # half past midnight of the 29th in Kyiv
        )
    planned(order, datetime(2026, 11, 27, 8, tzinfo=UTC), "review_request", stream_id=journey.stream_id)

    days = {day.on.day: day for day in days_between(date(2026, 11, 23), date(2026, 11, 29), zone())}

    told = {
        on: ([c.name for c in day.campaigns], [(v.journey.slug, v.messages, v.waking) for v in day.journeys])
        for on, day in days.items()
        if day.campaigns or day.journeys
    }
    late = 29 if zone().key == "Europe/Kyiv" else 28
    assert told == {
        26: (["Autumn sale"], []),
        27: (["Draft for Friday"], [("review_request", 1, 0)]),
        late: ([], [("review_request", 0, 3)]),
    }


def test_a_month_costs_five_queries_however_much_stands_in_it(lavka, django_assert_num_queries):
    buyers(lavka, 1)
    for day in range(1, 29):
        campaign(lavka, name=f"No {day}", **AT | {"goes_on": date(2026, 12, day)})

    with django_assert_num_queries(3):
        days = days_between(date(2026, 12, 1), date(2026, 12, 31), zone())

    assert sum(len(day.campaigns) for day in days) == 28


def test_month_and_week_show_the_day_with_its_hour_and_a_way_to_move_it(lavka, marketer):
    buyers(lavka, 3)
    armed(lavka, name="Autumn sale", **AT)

    month, week = shown(marketer), shown(marketer, span="week", on="2026-11-24")

    for page in (month, week):
        assert "Autumn sale" in box(page, "2026-11-26") and "10:00" in box(page, "2026-11-26")
        assert 'name="day" value="2026-11-26"' in page
    assert month.count("data-day=") == 42 and week.count("data-day=") == 7
    assert "November 2026" in month and "23 Nov – 29 Nov 2026" in week


@pytest.mark.parametrize("asked", [{"on": "x"}, {"on": "0001-01-01"}, {"on": "9999-12-31"}, {"on": "2026-02-31"}])
def test_a_day_that_is_none_shows_this_month(marketer, asked):
    assert "November 2026" in shown(marketer, **asked)


def test_an_empty_month_says_so(marketer):
    assert "Nothing is scheduled here" in shown(marketer, on="2027-03-01")


# --- Moving -------------------------------------------------------------------------------------------------------


def move(client, made, day, **more):
    return client.post(reverse("admin:campaigns_campaign_move"), {"campaign": made.pk, "day": day, **more}, follow=True)


def test_the_form_moves_it_and_says_where(lavka, marketer):
    buyers(lavka, 3)
    made = armed(lavka, **AT)

    page = move(marketer, made, "2026-11-30").content.decode()

    made.refresh_from_db()
    assert made.goes_on == date(2026, 11, 30)
    assert "“Autumn sale” moved to Monday, 30 November." in page


@pytest.mark.parametrize(
    ("day", "why"),
    [("2026-11-20", "That day and hour have passed."), ("soon", "Say on which day and at which hour.")],
)
def test_a_day_that_has_passed_or_is_none_moves_nothing(lavka, marketer, day, why):
    buyers(lavka, 3)
    made = armed(lavka, **AT)

    assert why in move(marketer, made, day).content.decode()

    made.refresh_from_db()
    assert made.goes_on == date(2026, 11, 26)


def test_where_some_have_it_already_the_page_asks_first(lavka, marketer, monday):
    buyers(lavka, 2, time_zone="Europe/Kyiv")
    buyers(lavka, 3, start=2, time_zone="Europe/Warsaw")
    made = armed(lavka, **AT | {"goes": "local"})
    monday.move_to(made.starts_at)
    step(made)
    monday.move_to(datetime(2026, 11, 26, 8, 30, tzinfo=UTC))
    leave()

    asked = move(marketer, made, "2026-11-27")
    assert asked.status_code == 409
    assert "2 people got it already. Only the other 3 would get it on the new day." in asked.content.decode()
    move(marketer, made, "2026-11-27", confirmed="1")

    waiting = Message.objects.filter(state="ready").values_list("send_after", flat=True)
    assert set(waiting) == {datetime(2026, 11, 27, 9, tzinfo=UTC)}


def test_an_agent_sees_the_calendar_and_moves_nothing(lavka, client):
    buyers(lavka, 3)
    made = armed(lavka, **AT)
    client.force_login(room.person("agent"))

    page = shown(client)

    assert "Autumn sale" in page and "calendar.js" not in page and 'name="day"' not in page
    assert move(client, made, "2026-11-30").status_code == 403


# --- The campaign's pages -----------------------------------------------------------------------------------------


def test_a_campaign_for_a_day_is_written_as_a_form(lavka, marketer):
    from tests.builders.campaigns import mail

    known = {"name": "Sale", "template": mail().pk, "store": lavka.pk, "min_orders": 1, "holdout_percent": 10}
    made = marketer.post(
        reverse("admin:campaigns_campaign_add"), known | {"goes": "local", "goes_on": "2026-11-27", "goes_at": "10:00"}
    )

    found = Campaign.objects.get()
    assert made.status_code == 302
    assert (found.goes, found.goes_on, found.goes_at, found.holdout_percent) == (
        *("local", date(2026, 11, 27), time(10)),
        10,
    )
    page = marketer.get(reverse("admin:campaigns_campaign_change", args=[found.pk])).content.decode()
    assert "27 Nov 2026, 10:00 by each customer&#x27;s clock" in page and "gets nothing" in page


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"goes": "at", "goes_on": "2026-11-20", "goes_at": "10:00"}, "That day and hour have passed."),
        ({"goes": "at"}, "Say on which day and at which hour."),
        ({"holdout_percent": 60}, "At most 50, and something must be left to send."),
    ],
)
def test_a_time_in_the_past_is_refused_where_it_is_typed(lavka, marketer, typed, why):
    from tests.builders.campaigns import mail

    known = {"name": "Sale", "template": mail().pk, "store": lavka.pk, "min_orders": 1}
    page = marketer.post(reverse("admin:campaigns_campaign_add"), known | typed)

    assert why in page.content.decode()
    assert not Campaign.objects.exists()


def test_another_subject_is_added_and_dropped_on_the_page(lavka, marketer):
    buyers(lavka, 3)
    made = look(campaign(lavka))
    url = reverse("admin:campaigns_campaign_change", args=[made.pk])

    marketer.post(url, {"deed": "add_variant", "percent": 40, "subject_uk": "Нові слова"})
    made.refresh_from_db()
    page = marketer.get(url).content.decode()
    assert [(v.name, v.percent) for v in made.variants.all()] == [("B", 40)]
    assert made.state == "draft" and "Who gets which wording" in page
    marketer.post(url, {"deed": "drop_variant", "variant": "B"})

    assert not made.variants.exists()


def test_what_is_on_its_way_takes_no_new_wording(lavka, marketer):
    buyers(lavka, 3)
    made = armed(lavka)
    url = reverse("admin:campaigns_campaign_change", args=[made.pk])

    page = marketer.post(url, {"deed": "add_variant", "percent": 40, "subject_uk": "Нові слова"}, follow=True)

    assert "Meanwhile the campaign is in another state" in page.content.decode()
    assert not made.variants.exists()


def test_the_dry_run_is_a_page_with_a_sentence_for_everybody(lavka, marketer):
    from messaging.models import Suppression

    buyers(lavka, 60)
    made = campaign(lavka)
    Suppression.objects.create(address="n1@example.com", reason="bounced")

    first = marketer.get(reverse("admin:campaigns_campaign_people", args=[made.pk])).content.decode()
    after = re.search(r"\?after=(\d+)", first)[1]
    second = marketer.get(reverse("admin:campaigns_campaign_people", args=[made.pk]), {"after": after}).content.decode()

    assert first.count("<tr>") == 51 and second.count("<tr>") == 11
    assert "The address is suppressed: mail bounced, or its owner complained." in first
    assert not Message.objects.exists()


def test_the_second_try_is_counted_and_sent_on_the_page(lavka, marketer, monday):
    from messaging.models import LocalMail, Suppression

    buyers(lavka, 3)
    made = armed(lavka)
    Suppression.objects.create(address="n1@example.com", reason="bounced")
    monday.shift(timedelta(minutes=5))
    step(made)
    leave()
    step(made)
    Suppression.objects.all().delete()
    url = reverse("admin:campaigns_campaign_change", args=[made.pk])

    assert "Only those whom it missed" in marketer.get(url).content.decode()
    marketer.post(url, {"deed": "rehearse_misses"})
    page = marketer.get(url).content.decode()
    assert "Would get it now: 1." in page and "Send to these 1" in page and LocalMail.objects.count() == 2
    marketer.post(url, {"deed": "retry"})
    leave()

    assert LocalMail.objects.count() == 3 and step(made) == "done"
    assert mailing.counts_of(made) == {"sent": 3}

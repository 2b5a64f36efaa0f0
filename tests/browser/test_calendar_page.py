"""The calendar of campaigns: dragged with the mouse, moved with the keyboard, without a script too."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from campaigns import mailing
from campaigns.models import Campaign, Enrolment, Journey
from tests.browser.conftest import DESKTOP
from tests.builders.campaigns import campaign, look, shop_is_online
from tests.builders.mailings import buyers
from tests.builders.room import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


@pytest.fixture
def monday(monkeypatch):
    """The next Monday, so that its week holds no past day."""
    shop_is_online(monkeypatch)
    today = timezone.localdate()
    return today + (7 - today.weekday()) * DAY


@pytest.fixture
def scheduled(store, journeys, monday):
    """A campaign on Wednesday that waits for its hour, a draft on Friday, and a journey that will ask on Thursday."""
    store.url = "https://lavka.example"
    store.save()
    order = buyers(store, 5)[0]
    at = {"goes": "local", "goes_at": time(10)}
    made = campaign(store, name="Зимова розпродаж зі знижками", goes_on=monday + 2 * DAY, holdout_percent=10, **at)
    mailing.add_variant(made, 45, subjects={"uk": "Знижки до −30 %"})
    look(made)
    mailing.send(made, None, timezone.now())
    campaign(store, name="Letter to regulars", template=made.template, goes_on=monday + 4 * DAY, **at)
    journey = Journey.objects.get(slug="review_request")
    wake_at = timezone.now() + (monday + 3 * DAY - timezone.localdate()) * 1
    Enrolment.objects.create(
        **{"journey": journey, "version": journey.versions.get(), "customer": order.customer, "order": order},
        **{
            "entry_key": "k",
            "subject_type": "order",
            "subject_id": order.pk,
            "entered_at": wake_at,
            "since_at": wake_at,
        },
        wake_at=wake_at,
    )
    return made


def address(on: date, span="week"):
    return f"{reverse('admin:campaigns_campaign_calendar')}?span={span}&on={on:%Y-%m-%d}"


def marketer(visit):
    return visit.cookies_of(person("marketer", "marta@lavka.example"))


def day_of(made):
    return Campaign.objects.values_list("goes_on", flat=True).get(pk=made.pk)


def test_a_campaign_is_dragged_to_another_day(visit, scheduled, monday):
    page = visit(DESKTOP, cookies=marketer(visit)).open(address(monday))

    page.locator(f'[data-campaign="{scheduled.pk}"]').drag_to(page.locator(f'[data-day="{monday + 5 * DAY}"]'))

    expect(page.locator(".messages, .messagelist")).to_contain_text("moved to")
    assert day_of(scheduled) == monday + 5 * DAY


@pytest.mark.parametrize("script", [True, False])
def test_it_is_moved_with_the_keyboard_alone_and_without_a_script(visit, scheduled, monday, script):
    window = visit(DESKTOP, cookies=marketer(visit), java_script_enabled=script)
    page = window.open(address(monday))
    item = page.locator("article", has_text="Зимова")

    item.locator("summary").focus()
    page.keyboard.press("Enter")
    item.locator("input[type=date]").fill(f"{monday + 6 * DAY}")
    item.locator("button").focus()
    page.keyboard.press("Enter")

    expect(page.locator(f'[data-day="{monday + 6 * DAY}"]')).to_contain_text("Зимова")
    assert day_of(scheduled) == monday + 6 * DAY


def test_its_pages_fit_and_can_be_read(visit, scheduled, monday):
    window = visit(cookies=marketer(visit))
    pages = {
        "month": address(monday, "month"),
        "week": address(monday),
        "empty": address(monday + 400 * DAY, "month"),
        "campaign": reverse("admin:campaigns_campaign_change", args=[scheduled.pk]),
        "draft": reverse("admin:campaigns_campaign_change", args=[scheduled.pk + 1]),
        "people": reverse("admin:campaigns_campaign_people", args=[scheduled.pk]),
        "add": reverse("admin:campaigns_campaign_add"),
    }

    wrong = {}
    for name, url in pages.items():
        window.open(url)
        wrong[name] = window.looked_at(f"campaign-{name}", ("wide", "unnamed", "faint"))

    assert {name: found for name, found in wrong.items() if found} == {}

"""The editor of segments in a browser: by the keyboard, with a script and without, on a phone and a desk."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from campaigns import segments
from campaigns.models import Segment
from customers.models import Customer, Stats
from tests.browser.conftest import DESKTOP, PHONE
from tests.builders.door import MONDAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADD = "/admin/campaigns/segment/add/"
SOUND = ("wide", "unnamed", "faint")
PICTURES = os.environ.get("SCREENSHOTS")


@pytest.fixture
def people(store):
    for number, name in enumerate(("Olena", "Petro", "Ганна")):
        person = Customer.objects.create(first_name=name)
        Stats.objects.create(customer=person, orders=number, country="UA", last_order_at=MONDAY)


def keep(page, name):
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/segments-{name}.png", full_page=True)


def sound(window):
    return [window.ask(probe) for probe in SOUND]


def build(page):
    page.locator("#name").fill("Regulars")
    page.locator("select[name=new-0]").select_option("customer.orders")
    page.get_by_role("button", name="Add a condition").press("Enter")
    page.locator("[name='value-0.0']").fill("1")


def test_the_count_follows_what_is_typed(visit, agent, people):
    window = visit(DESKTOP, agent)
    page = window.open(ADD)
    keep(page, "empty")
    build(page)

    expect(page.locator(".segment__count")).to_have_text("2")
    page.locator("[name='value-0.0']").fill("2")
    expect(page.locator(".segment__count")).to_have_text("1")
    expect(page.locator(".segment__said")).to_have_text("orders is at least 2")
    assert sound(window) == [[]] * 3

    page.get_by_role("button", name="Create the segment").click()
    expect(page.locator("h1")).to_contain_text("Regulars")
    assert Segment.objects.get().versions.count() == 1
    assert sound(window) == [[]] * 3


def test_without_a_script_buttons_do_the_same(visit, agent, people):
    window = visit(PHONE, agent, java_script_enabled=False)
    page = window.open(ADD)
    build(page)
    page.get_by_role("button", name="Count").click()

    expect(page.locator(".segment__count")).to_have_text("2")
    page.get_by_role("button", name="Create the segment").click()
    assert segments.live_version(Segment.objects.get()).definition == {
        "all": [{"field": "customer.orders", "op": ">=", "value": 1}]
    }


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_a_segment_with_every_kind_of_condition_is_sound(visit, agent, people, language):
    made = segments.create("Регулярні", EVERYTHING, MONDAY, everyone=True)
    window = visit(cookies=[*agent, {"name": "django_language", "value": language, "url": visit.root}])

    for address in (f"/admin/campaigns/segment/{made.pk}/change/", "/admin/campaigns/segment/"):
        window.open(address)
        assert (address, window.looked_at(f"page-{address}-{language}", SOUND)) == (address, [])


def leaf(field, op, value=None):
    return {"field": f"customer.{field}", "op": op, "value": value}


EVERYTHING = {
    "any": [
        leaf("orders", "between", [1, 5]),
        leaf("spent", ">=", {"amount": "1000", "currency": "UAH"}),
        leaf("last_order", "within_days", 30),
        leaf("first_order", "since", "2026-01-05"),
        leaf("country", "unknown"),
        {"all": [leaf("lifecycle", "any_of", ["at_risk", "lapsed"]), leaf("products", "has_any", ["tea-1", "tea-2"])]},
        {"not": {"any": [leaf("marketing", "any_of", ["no"]), leaf("language", "is", "uk")]}},
    ]
}

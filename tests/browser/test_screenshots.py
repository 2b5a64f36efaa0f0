"""Pictures of the main pages for a person to look at: ``make e2e SCREENSHOTS=/some/folder``."""

import os
from pathlib import Path

import pytest
from django.urls import reverse

from events.clocks import tick
from feedback.links import review_url, survey_url
from messaging.models import LocalMail, Message
from orders.links import status_url, stub_url
from staff.models import User
from tests.browser import scenes
from tests.browser.conftest import DESKTOP, PHONE
from tests.builders.room import person

FOLDER = os.environ.get("SCREENSHOTS", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not FOLDER, reason="SCREENSHOTS names no folder"),
]


LANGUAGES = ("en", "uk", "ru")
SCREENS = {"phone": PHONE, "desktop": DESKTOP}


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture(params=SCREENS)
def screen(request):
    return request.param


def test_customers_pages_are_drawn(visit, store, screen, scheme):
    orders = {name.replace(" ", "-"): scene(store) for name, scene in scenes.STATES.items()}
    review = review_url(scenes.asked_for_review(orders["delivered"]))
    pages = {name: status_url(order) for name, order in orders.items()} | {
        "stub": stub_url(orders["two-parcels"]),
        "review": f"{review}?stars=4&line={orders['delivered'].lines.first().pk}",
        **{
            kind: f"{survey_url(scenes.asked_for_survey(orders['delivered'], kind))}?score=5"
            for kind in ("nps", "csat", "ces")
        },
        "find": "/o/find/",
        "home": "/",
        "lost": "/o/nothing-is-here-at-all/",
    }

    for language in LANGUAGES:
        window = visit(SCREENS[screen], color_scheme=scheme, locale=language)
        for name, address in pages.items():
            link = "&" if "?" in address else "?"
            page = window.open(f"{address}{link}lang={language}", 404 if name == "lost" else 200)
            draw(page, name, screen, scheme, language)
        page = window.open(f"{review}?lang={language}")
        page.locator("[type=submit]").click()
        page.get_by_role("alert").wait_for()
        draw(page, "review-refused", screen, scheme, language)


def test_staffs_pages_are_drawn(visit, store, journeys, screen, scheme):
    order = scenes.on_the_way(store)
    scenes.placed(store)
    scenes.asked_for_review(scenes.delivered(store))
    tick()
    owner = person("owner", "hanna@lavka.example")
    stranger, window = (
        visit(SCREENS[screen], color_scheme=scheme),
        visit(SCREENS[screen], color_scheme=scheme, cookies=visit.cookies_of(owner)),
    )
    pages = {
        "admin": reverse("admin:index"),
        "admin-orders": reverse("admin:orders_order_changelist"),
        "admin-order": reverse("admin:orders_order_change", args=[order.pk]),
        "admin-customer": reverse("admin:customers_customer_change", args=[order.customer_id]),
        "admin-messages": reverse("admin:messaging_message_changelist"),
        "admin-message": reverse("admin:messaging_message_change", args=[Message.objects.first().pk]),
        "admin-receipts": reverse("admin:events_receipt_changelist"),
        "mailbox": "/mailbox/",
        "mail": f"/mailbox/{LocalMail.objects.order_by('pk').first().pk}/",
    }

    for language in LANGUAGES:
        User.objects.filter(pk=owner.pk).update(language=language)
        for name, address in pages.items():
            page = window.open(f"{address}?lang={language}" if "mail" in name[:5] else address)
            draw(page, name, screen, scheme, language)
    draw(stranger.open("/accounts/login/"), "login", screen, scheme, "en")


def draw(page, name, screen, scheme, language):
    page.screenshot(path=Path(FOLDER, f"{name}-{screen}-{scheme}-{language}.png"), full_page=True)

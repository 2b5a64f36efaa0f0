"""Pictures of the main pages for a person to look at: ``make e2e SCREENSHOTS=/some/folder``."""

import os
from pathlib import Path

import pytest

from feedback.links import review_url
from orders.links import status_url, stub_url
from tests.browser import scenes
from tests.browser.conftest import DESKTOP, PHONE

FOLDER = os.environ.get("SCREENSHOTS", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not FOLDER, reason="SCREENSHOTS names no folder"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("screen", "size"), [("phone", PHONE), ("desktop", DESKTOP)])
def test_customers_pages_are_drawn(visit, store, screen, size, scheme):
    orders = {name: scene(store) for name, scene in scenes.STATES.items()}
    pages = {name.replace(" ", "-"): status_url(order) for name, order in orders.items()} | {
        "stub": stub_url(orders["two parcels"]),
        "review": review_url(scenes.asked_for_review(orders["delivered"])),
        "find": "/o/find/",
        "home": "/",
        "lost": "/o/nothing-is-here-at-all/",
    }
    window = visit(size, color_scheme=scheme)

    for language in ("en", "uk", "ru"):
        for name, address in pages.items():
            page = window.open(f"{address}?lang={language}", 404 if name == "lost" else 200)
            page.screenshot(path=Path(FOLDER, f"{name}-{screen}-{scheme}-{language}.png"), full_page=True)

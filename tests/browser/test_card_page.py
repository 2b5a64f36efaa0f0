"""The business card on a telephone: fits, can be read, works without scripts; its editor shows what is typed."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from campaigns.demo.cards import open_cards
from orders.links import status_url
from tests.browser import scenes
from tests.browser.conftest import DESKTOP
from tests.builders.door import MONDAY
from vcards import actions
from vcards.models import Card

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROBES = ("wide", "unnamed", "small", "faint")
FOLDER = os.environ.get("SCREENSHOTS", "")


def picture(page, name):
    if FOLDER:
        page.screenshot(path=str(Path(FOLDER) / f"card-{name}.png"), full_page=True)


@pytest.fixture
def card(store):
    open_cards(store, MONDAY)
    return Card.objects.get()


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_the_card_fits_and_can_be_read(visit, card, language):
    address = f"/c/{actions.code_for(card.pk, 'mail', MONDAY)}/?lang={language}"
    window = visit()

    page = window.open(address)

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture(page, f"{language}-{scheme}")
        assert (scheme, [window.ask(probe) for probe in PROBES]) == (scheme, [[]] * 4)
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert (width, window.ask("wide")) == (width, [])
    picture(page, f"{language}-desktop")
    page.locator("summary").click()
    expect(page.locator(".vc__qr .qr")).to_be_visible()
    picture(page, f"{language}-qr")


def test_a_code_of_somebody_who_left_is_friendly(visit, card):
    code = actions.code_for(card.pk, "mail", MONDAY)
    actions.retire(card, None, MONDAY)

    window = visit()
    page = window.open(f"/c/{code}/?lang=uk", status=410)

    expect(page.locator("h1")).to_be_visible()
    picture(page, "left")
    assert [window.ask(probe) for probe in PROBES] == [[]] * 4


def test_the_order_page_shows_the_manager(visit, store, card):
    order = scenes.on_the_way(store)
    actions.assign_by_rules([order.pk], MONDAY)
    window = visit()

    page = window.open("/o/" + status_url(order).partition("/o/")[2])

    expect(page.locator(".manager__name")).to_be_visible()
    picture(page, "order-page")


def test_the_editor_shows_what_is_typed(visit, agent, card):
    window = visit(DESKTOP, agent)
    page = window.open(f"/admin/vcards/card/{card.pk}/change/")

    page.fill("#id_about_en", "Знає кожен лист")

    expect(page.frame_locator(".cardview__glass").locator(".vc__about")).to_have_text("Знає кожен лист")
    picture(page, "editor")

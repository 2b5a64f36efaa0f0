"""The order's page on a phone: what a customer sees, taps and prints."""

import re

import pytest
from playwright.sync_api import expect

from orders.links import status_url, stub_url
from shelf import formats
from tests.browser import scenes
from tests.browser.conftest import DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ("en", "uk", "ru")


@pytest.mark.parametrize("state", scenes.STATES)
def test_every_state_fits_every_screen_and_can_be_read_in_every_language(visit, store, state):
    address = status_url(scenes.STATES[state](store))
    window = visit()

    for language in LANGUAGES:
        page = window.open(f"{address}?lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        for fold in page.locator("details.more > summary").all():
            fold.click()

        for width in (320, 390, 768, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert (language, width, window.ask("wide")) == (language, width, [])
        assert (window.ask("unnamed"), window.ask("small")) == ([], [])
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert (scheme, window.ask("faint")) == (scheme, [])


def test_the_first_screen_says_where_it_is_and_when_it_comes(visit, store):
    order = scenes.on_the_way(store)
    expected = scenes.now().astimezone(scenes.KYIV).date() + scenes.TWO_DAYS

    page = visit().open(status_url(order))

    expect(page.get_by_role("heading", level=1)).to_have_text("Уже прямує до вас")
    expect(page.locator(".head__day")).to_have_text(
        formats.weekday_day(expected, "uk").capitalize().replace("\xa0", " ")
    )
    for said in (page.get_by_role("heading", level=1), page.locator(".head__day"), page.locator("[aria-current=step]")):
        assert said.bounding_box()["y"] < 844
    expect(page.locator("[aria-current=step]")).to_contain_text("У дорозі")


def test_earlier_scans_open_on_a_tap(visit, store):
    page = visit().open(status_url(scenes.on_the_way(store)))
    scans = page.locator(".track__scan:visible")
    expect(scans).to_have_count(1)

    page.get_by_text("Ще 2 події раніше").click()

    expect(scans).to_have_count(3)


def test_the_copy_button_copies_the_number(visit, store):
    window = visit(permissions=["clipboard-read", "clipboard-write"])
    page = window.open(status_url(scenes.on_the_way(store)))

    page.get_by_role("button", name="Копіювати", exact=True).click()

    expect(page.get_by_role("button", name="Скопійовано")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == scenes.NUMBER


def test_the_language_is_changed_by_tapping_its_name(visit, store):
    page = visit().open(status_url(scenes.delivered(store)))
    expect(page.get_by_role("heading", name="Ваша посилка")).to_be_visible()

    for language, name, title in (("en", "English", "Your parcel"), ("ru", "Русский", "Ваша посылка")):
        page.locator(".languages summary").click()
        page.get_by_role("link", name=name).click()

        expect(page.get_by_role("heading", name=title)).to_be_visible()
        assert page.locator("html").get_attribute("lang") == language


def test_the_language_menu_closes_by_escape_and_by_a_tap_beside_it(visit, store):
    page = visit().open(status_url(scenes.delivered(store)))
    menu = page.locator(".languages ul")

    page.locator(".languages summary").click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.locator(".languages summary").click()
    page.locator("h1").click()

    expect(menu).to_be_hidden()


def test_the_page_needs_no_javascript(visit, store):
    page = visit(java_script_enabled=False).open(status_url(scenes.on_the_way(store)))

    page.get_by_text("Ще 2 події раніше").click()
    expect(page.locator(".track__scan:visible")).to_have_count(3)
    expect(page.locator("[data-copy]:visible")).to_have_count(0)  # nothing is offered that does not work
    page.locator(".languages summary").click()
    page.get_by_role("link", name="English").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("On its way to you")


def test_a_country_abroad_is_named_and_the_own_one_is_not(visit, store):
    order = scenes.on_the_way(store, country="PL")

    page = visit().open(status_url(order))

    expect(page.locator(".track__scan--latest .track__where")).to_contain_text("Львів, Польща")
    expect(page.locator("address")).to_contain_text("Україна")


@pytest.mark.parametrize("state", ["two parcels", "delivered"])
def test_a_shared_link_shows_nothing_personal(visit, store, state):
    window = visit()

    page = window.open(stub_url(scenes.STATES[state](store)))

    shown = page.content().replace("\xa0", " ")
    assert [words for words in scenes.PERSONAL if words in shown] == []
    assert (window.ask("wide"), window.ask("unnamed"), window.ask("small"), window.ask("faint")) == ([], [], [], [])


@pytest.mark.parametrize(
    ("locale", "title"), [("uk-UA", "Це посилання"), ("ru-RU", "Эта ссылка"), ("en-GB", "This link")]
)
def test_a_lost_link_leads_to_find_my_order(visit, locale, title):
    window = visit(locale=locale)

    page = window.open("/o/aaaaaaaaaaaaaaaaaaaaaa/", status=404)

    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    assert (window.ask("wide"), window.ask("unnamed"), window.ask("small"), window.ask("faint")) == ([], [], [], [])
    page.locator("main .btn").click()
    expect(page.locator("#number")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_printed_page_is_black_on_white_and_whole(visit, store, scheme):
    window = visit({"width": 718, "height": 1000}, color_scheme=scheme)  # A4 less the margins
    page = window.open(status_url(scenes.with_two_parcels(store)))

    page.emulate_media(media="print")

    assert (window.ask("wide"), window.ask("faint")) == ([], [])
    for shown in (page.locator("h1"), page.get_by_text(scenes.NUMBER), page.get_by_text("1 811,00")):
        expect(shown).to_be_visible()
    for hidden in (page.locator(".languages"), page.locator("[data-copy]").first, page.get_by_text("Написати нам")):
        expect(hidden).to_be_hidden()


@pytest.mark.parametrize("size", [None, DESKTOP])
def test_tab_goes_through_the_page_and_is_always_seen(visit, store, size):
    window = visit(*filter(None, [size]))
    page = window.open(status_url(scenes.on_the_way(store)))
    reached = []

    for _ in range(16):
        page.keyboard.press("Tab")
        assert window.ask("unseen") == []
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))

    words = " | ".join(re.sub(r"\s+", " ", each) for each in reached)
    for each in ("Лавка", "Українська", "Копіювати", "Сайт: Нова пошта", "Ще 2 події раніше", "Написати нам"):
        assert each in words

"""The agent's room: sign-in, the menu, search, orders, customers, messages, receipts, keyboard, three languages."""

import json

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from events.clocks import tick
from events.models import Receipt
from staff.models import User
from tests.browser import scenes
from tests.browser.conftest import DESKTOP
from tests.builders import shopify
from tests.builders.room import PASSWORD, person
from tests.conftest import SECRET

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(visit, store, journeys):
    """Orders at three stages, their mails, and a delivery that nobody could read."""
    scenes.placed(store, today=True)
    order = scenes.on_the_way(store)
    scenes.asked_for_review(scenes.delivered(store))
    tick()
    return order


def deliver_nonsense(client):
    body, headers = shopify.delivery({"id": 1}, SECRET, "orders/create")
    assert client.post("/in/shopify/lavka/", body, "application/json", headers=headers).status_code == 200
    tick()
    return Receipt.objects.get(state="parked")


def test_a_stranger_is_asked_who_he_is_and_let_in_by_email(visit):
    person("owner", "hanna@lavka.example")
    window = visit(DESKTOP)
    page = window.open("/admin/")
    expect(page.locator("h1")).to_have_text("Sign in")
    assert [window.ask(probe) for probe in ("wide", "unnamed", "faint")] == [[]] * 3

    page.locator("#id_login").fill("hanna@lavka.example")
    page.locator("#id_password").fill("wrong, alas")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_contain_text("password you specified are not correct")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{visit.root}/admin/")
    expect(page.locator("h1")).to_contain_text("Owner")


def test_every_page_of_the_menu_opens_without_a_complaint(visit, shop, agent):
    window = visit(DESKTOP, cookies=agent)
    wrong = {}

    for address in menu_of(window):
        window.open(address)
        wrong[address] = [line for probe in ("wide", "unnamed") for line in window.ask(probe)]

    assert len(wrong) > 15
    assert {address: found for address, found in wrong.items() if found} == {}


def menu_of(window):
    return window.open("/admin/").locator(".menu a").evaluate_all("all => all.map((a) => a.href)")


def test_the_pages_about_oneself_open_without_a_complaint(visit, agent):
    window = visit(cookies=agent)
    stranger = visit()
    wrong = {}

    for address in ("/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/totp/activate/"):
        window.open(address)
        wrong[address] = [line for probe in ("wide", "unnamed", "faint") for line in window.ask(probe)]
    stranger.open("/accounts/password/reset/")
    wrong["reset"] = [line for probe in ("wide", "unnamed", "faint") for line in stranger.ask(probe)]

    assert json.dumps({k: v for k, v in wrong.items() if v}, indent=1, ensure_ascii=False) == "{}"


def test_an_agent_finds_an_order_and_walks_to_its_customer(visit, shop, agent):
    page = visit(DESKTOP, cookies=agent).open(reverse("admin:orders_order_changelist"))

    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("1044")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("#1044")
    expect(page.locator("main")).to_contain_text(scenes.NUMBER)
    page.locator(".cols__side .card__lead a").click()

    expect(page.locator("h1")).to_contain_text("Олена")
    expect(page.locator("main")).to_contain_text("#1042")


def test_the_list_of_orders_is_searched_by_number(visit, shop, agent):
    page = visit(DESKTOP, cookies=agent).open(reverse("admin:orders_order_changelist"))
    expect(page.locator("[data-rows] tbody tr")).to_have_count(3)

    page.locator(".sieve__find input[type=search]").fill("1046")
    page.keyboard.press("Enter")

    expect(page.locator("[data-rows] tbody tr")).to_have_count(1)
    expect(page.locator("[data-rows] tbody tr")).to_contain_text("#1046")


def test_j_and_enter_open_the_first_row(visit, shop, agent):
    window = visit(DESKTOP, cookies=agent)
    page = window.open(reverse("admin:orders_order_changelist"))

    page.keyboard.press("j")
    assert window.ask("unseen") == []
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_contain_text("#10")


def test_what_was_sent_is_listed_and_opens(visit, shop, agent):
    page = visit(DESKTOP, cookies=agent).open(reverse("admin:messaging_message_changelist"))
    expect(page.locator("[data-rows] tbody tr").first).to_contain_text("olena@example.com")

    page.locator("[data-rows] tbody tr a").first.click()

    expect(page.locator("main")).to_contain_text("Мідний чайник, 1 шт.: 1 250,00 ₴")
    expect(page.locator(".facts a", has_text="#10")).to_be_visible()  # what it was about


def test_a_delivery_nobody_could_read_is_read_again_by_a_button(visit, store, client, agent):
    receipt = deliver_nonsense(client)
    page = visit(DESKTOP, cookies=agent).open("/admin/")

    page.locator(".tiles--trouble a").first.click()
    page.locator("[data-rows] tbody tr a").first.click()
    expect(page.locator(".note")).to_be_visible()
    page.get_by_role("button", name="Read again").click()

    expect(page.locator(".messagelist")).to_be_visible()
    receipt.refresh_from_db()
    assert receipt.state == "waiting"


@pytest.mark.parametrize(("language", "title"), [("uk", "Замовлення"), ("ru", "Заказы")])
def test_the_room_speaks_the_agents_language_once_chosen(visit, shop, agent, language, title):
    page = visit(DESKTOP, cookies=agent).open(reverse("admin:orders_order_changelist"))

    page.locator(".top .drop summary").first.click()
    page.locator(f".top button[lang={language}]").click()

    expect(page.locator("h1")).to_contain_text(title)
    assert page.locator("html").get_attribute("lang") == language
    assert User.objects.get(email="agent@lavka.example").language == language


def test_it_can_be_read_by_day_and_by_night_on_a_phone_and_at_a_desk(visit, shop, agent):
    window = visit(cookies=agent)
    wrong = {}

    for name, arguments in (
        ("index", []),
        ("orders_order_changelist", []),
        ("orders_order_change", [shop.pk]),
        ("customers_customer_change", [shop.customer_id]),
        ("messaging_message_changelist", []),
        ("events_receipt_changelist", []),
    ):
        window.open(reverse(f"admin:{name}", args=arguments))
        if found := window.looked_at(name, ("wide", "faint", "unnamed")):
            wrong[name] = found

    assert json.dumps(wrong, indent=1, ensure_ascii=False) == "{}"

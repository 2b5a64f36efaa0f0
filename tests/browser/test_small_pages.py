"""The way in, "find my order", unsubscribe: one thing to say or to ask each."""

import pytest
from playwright.sync_api import expect

from customers.models import Consent
from messaging.actions import default_sender
from messaging.models import Message, Stream, Template
from orders.links import status_url
from shelf import links
from tests.browser import scenes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROBES = ("wide", "unnamed", "small", "faint")


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_the_way_in_fits_and_can_be_read(visit, language):
    window = visit()

    for address in ("/", "/o/find/"):
        page = window.open(f"{address}?lang={language}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert (address, [window.ask(probe) for probe in PROBES]) == (address, [[]] * 4)
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert (address, width, window.ask("wide")) == (address, width, [])


def test_every_door_of_the_way_in_opens(visit):
    page = visit().open("/")
    doors = page.locator(".door").evaluate_all("all => all.map((a) => a.href)")
    assert len(doors) > 1

    for door in doors:
        window = visit()
        page = window.open(door)
        page.wait_for_load_state("networkidle")
        expect(page.locator("h1, h2, form").first).to_be_visible()


def test_find_my_order_answers_a_stranger_and_the_buyer_alike(visit, store, journeys):
    scenes.placed(store)
    window = visit()
    answers = []

    for number, email in (("1042", "olena@example.com"), ("9999", "nobody@example.com")):
        page = window.open("/o/find/?lang=uk")
        page.get_by_label("Номер замовлення").fill(number)
        page.get_by_label("Пошта, вказана в замовленні").fill(email)
        page.get_by_role("button", name="Надіслати посилання").click()
        expect(page.locator(".seal")).to_be_visible()
        answers.append(page.locator("main").inner_text())
        assert [window.ask(probe) for probe in PROBES] == [[]] * 4

    assert answers[0] == answers[1]
    assert "olena" not in answers[0]


def test_find_my_order_names_what_is_missing_and_keeps_what_was_typed(visit):
    window = visit()
    page = window.open("/o/find/?lang=ru")
    page.locator("#number").fill("1042")
    page.locator("#email").fill("olena")

    page.locator("[type=submit]").click()

    expect(page.locator("#email")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#email-error")).to_be_visible()
    expect(page.locator("#number")).to_have_value("1042")
    assert [window.ask(probe) for probe in PROBES] == [[]] * 4


@pytest.mark.parametrize("javascript", [True, False])
def test_unsubscribing_takes_a_look_and_a_button(visit, store, journeys, javascript):
    window = visit(java_script_enabled=javascript)
    page = window.open(f"/u/{links.make('unsubscribe', a_request_for_a_review(store).pk)}/")
    expect(page.locator("h1")).to_have_text("Більше не просити про відгуки?")
    assert not Consent.objects.exists()  # a GET ends nothing: scanners follow links

    page.get_by_role("button").click()

    expect(page.locator("h1")).to_contain_text("Готово")
    assert Consent.objects.get().action == "objected"
    assert [window.ask(probe) for probe in PROBES] == [[]] * 4


def test_an_orders_page_in_another_brand_can_still_be_read(visit, store):
    """A loud accent with dark ink, the hardest pair for both schemes."""
    store.accent, store.accent_ink = "#ffd400", "#1a1a1a"
    store.save()
    order = scenes.delivered(store)

    for scheme in ("light", "dark"):
        window = visit(color_scheme=scheme)
        window.open(status_url(order))
        assert (scheme, window.ask("faint")) == (scheme, [])


def a_request_for_a_review(store):
    order = scenes.delivered(store)
    template = Template.objects.get(slug="review_request")
    stream, _new = Stream.objects.get_or_create(slug="reviews", defaults={"name": "Reviews"})
    return Message.objects.create(
        key="a-review",
        stream=stream,
        customer=order.customer,
        template=template,
        purpose=template.purpose,
        sender=default_sender(),
        address=order.email,
        language="uk",
        subject_type="order",
        subject_id=order.pk,
        send_after=scenes.now(),
    )

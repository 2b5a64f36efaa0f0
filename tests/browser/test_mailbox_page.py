"""The local mailbox: what would have been sent, as it would arrive."""

import pytest
from playwright.sync_api import expect

from events.clocks import tick
from messaging.models import LocalMail
from tests.browser import scenes
from tests.browser.conftest import DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROBES = ("wide", "unnamed", "small", "faint")


@pytest.fixture
def mail(visit, store, journeys):
    """The confirmation of an order that the shop has just reported."""
    scenes.placed(store, today=True)
    tick()
    return LocalMail.objects.get()


def test_a_stranger_is_sent_to_sign_in(visit, mail):
    page = visit().open("/mailbox/")

    expect(page).to_have_url(f"{visit.root}/accounts/login/?next=/mailbox/")


def test_a_mail_is_found_opened_and_read_in_three_ways(visit, mail, agent):
    page = visit(DESKTOP, cookies=agent).open("/mailbox/")

    letter = page.locator(".mails__one")
    expect(letter).to_contain_text("#1042")
    expect(letter.locator(".mails__preview")).to_contain_text("1 811,00 ₴")
    letter.click()
    expect(page.frame_locator(".mail__frame").locator("body")).to_contain_text("Мідний чайник")
    page.get_by_role("link", name="Plain text").click()
    expect(page.locator(".mail__text")).to_contain_text("Мідний чайник")
    page.get_by_role("link", name="Headers").click()
    expect(page.locator(".mail__facts.mono")).to_contain_text("olena@example.com")


def test_the_mails_links_open_outside_the_frame(visit, mail, agent):
    window = visit(DESKTOP, cookies=agent)
    page = window.open(f"/mailbox/{mail.pk}/")

    with page.context.expect_page() as opened:
        page.frame_locator(".mail__frame").locator("a[href*='/o/']").first.click()

    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    assert "/o/" in opened.value.url


def test_it_fits_a_phone_and_a_desk_and_can_be_read(visit, mail, agent):
    window = visit(cookies=agent)

    for address in ("/mailbox/", f"/mailbox/{mail.pk}/", f"/mailbox/{mail.pk}/?view=text", "/mailbox/?q=nothing"):
        window.open(address)
        assert (address, window.looked_at(f"page-{address}", PROBES)) == (address, [])

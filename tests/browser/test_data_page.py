"""What is held of a person, and the button that erases it: it fits, can be read, and says what it did."""

import pytest
from playwright.sync_api import expect

from customers.models import Erasure
from events.clocks import tick
from staff.models import User
from tests.browser import scenes
from tests.browser.test_money_pages import OF_ROOM, looked_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", ["uk", "en"])
def test_what_is_held_is_read_and_erased(visit, agent, store, journeys, language):
    order = scenes.delivered(store)
    tick()
    User.objects.update(language=language)
    window = visit(cookies=agent)
    page = window.open(f"/admin/customers/customer/{order.customer_id}/data/")
    looked_at(window, page, f"data-{language}", OF_ROOM)

    page.locator("#sure").check()
    page.locator(".btn--bad").click()

    expect(page.locator(".head__under")).to_have_text("")
    assert Erasure.objects.get().customer_id == order.customer_id
    looked_at(window, page, f"data-erased-{language}", OF_ROOM)

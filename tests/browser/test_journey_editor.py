"""The editor of journeys in a browser: with the keyboard alone, by dragging, without a script."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.actions import drafting
from campaigns.models import Journey
from tests.browser.conftest import DESKTOP
from tests.builders import journeys as j

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def made(store, journeys) -> Journey:
    made = j.journey("after", *j.WIDE["steps"], goal=j.WIDE["goal"], subject="order")
    j.inside(made, {"wait": 4, "paid": 2}, timezone.now())
    return made


def address(made: Journey, step: str = "") -> str:
    return reverse("admin:campaigns_journey_edit", args=[made.pk]) + (f"?step={step}" if step else "")


@pytest.fixture
def editor(visit, agent, made) -> Page:
    return visit(DESKTOP, agent).open(address(made))


def order(made: Journey) -> list[str]:
    return [step["id"] for step in drafting.working(made).definition["steps"]]


def test_a_step_is_added_and_filled_in_with_the_keyboard_alone(editor, made):
    editor.locator("#step-start .add-here > summary").focus()
    editor.keyboard.press("Enter")
    editor.keyboard.press("Tab")
    editor.keyboard.press("Enter")

    expect(editor.locator("#step-send .step__form select[name=template]")).to_be_focused()
    editor.keyboard.type("Order")
    editor.keyboard.press("Tab")
    editor.keyboard.press("Enter")

    expect(editor.locator("#step-send .step__text")).to_contain_text("Sends the mail “Order confirmation”.")
    expect(editor.locator("#step-send")).to_be_focused()
    assert order(made)[0] == "send"


def test_a_step_keeps_the_focus_while_it_is_moved(editor, made):
    editor.locator('button[value="down:wait"]').focus()

    editor.keyboard.press("Enter")

    expect(editor.locator(".steps--top > .step").nth(1)).to_have_id("step-regular")
    expect(editor.locator('button[value="down:wait"]')).to_be_focused()
    assert order(made)[0] == "regular"


def test_a_step_is_dragged_into_another_way(editor, made):
    editor.locator("#step-wait [data-drag]").drag_to(editor.locator('[data-place="regular:then"] > summary'))

    expect(editor.locator("#step-regular .way-out").first.locator("#step-wait")).to_be_visible()
    assert order(made)[:3] == ["regular", "wait", "tag"]


def test_what_is_not_saved_is_not_lost_by_a_press_of_another_button(editor, made):
    editor.locator("#step-wait .step__text a").click()
    editor.locator("#id_until-days").fill("9")
    asked = []
    editor.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))

    editor.locator('button[value="up:regular"]').click()

    assert asked == ["What you typed in the open step is not saved. Go on without it?"]
    expect(editor.locator("#id_until-days")).to_have_value("9")
    assert order(made)[0] == "wait"


def test_it_works_without_a_script(visit, agent, made):
    page = visit(DESKTOP, agent, java_script_enabled=False).open(address(made, "regular"))

    page.locator('#step-regular select[name="new-0"]').select_option("customer.orders")
    page.get_by_role("button", name="Add a condition").click()
    page.locator('#step-regular input[name="value-0.1"]').fill("50")
    page.get_by_role("button", name="Save the step").click()

    assert "#step-regular" in page.url
    branch = next(s for s in drafting.working(made).definition["steps"] if s["id"] == "regular")
    assert [leaf["value"] for leaf in branch["if"]["all"]] == [3, 50]


def test_its_pages_fit_the_screen(visit, agent, made):
    window = visit(cookies=agent)

    for step in ("", "wait", "regular", "lots", "paid", "@frame"):
        page = window.open(address(made, step))
        assert window.looked_at(f"journey-{step}", ("wide",)) == [], step
        expect(page.locator("svg.flow")).to_have_count(1)

"""The editor of mails in a browser: typing, adding, dragging, the keyboard, putting variables in, saving by itself."""

from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from messaging.actions import Written, drafts
from messaging.models import Template
from messaging.rendering.sandbox import check_limited
from tests.browser import scenes
from tests.browser.conftest import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def template(visit, store, journeys) -> Template:
    scenes.placed(store, today=True)
    check_limited("", "", "", "", {})  # the child that reads templates begins slowly
    return Template.objects.get(slug="order_confirmation")


@pytest.fixture
def editor(visit, agent, template) -> Page:
    return visit(DESKTOP, agent).open(f"/admin/messaging/template/{template.pk}/change/?language=en")


def titles(page: Page) -> list[str]:
    return page.locator("[data-block] summary b").all_inner_texts()


def mail(page: Page):
    return page.frame_locator("[data-frame]").locator("body")


WHOLE = ["Header", "Text", "Button", "Order summary", "Business card with QR", "Text", "Legal footer"]


def test_the_mail_beside_follows_what_is_typed_and_nothing_is_published(editor, template):
    editor.locator("#block-2 summary").click()

    editor.locator("#b1-text").fill("Good evening, {{ order.first_name }}")

    expect(mail(editor)).to_contain_text("Good evening, Олена")
    expect(editor.locator("[data-state]")).to_contain_text("Draft saved at")
    draft = drafts.working(template)
    assert (draft.version.state, draft.contents["en"].blocks[1]["text"]) == (
        "draft",
        "Good evening, {{ order.first_name }}",
    )


def test_a_mistake_is_told_beside_its_field_while_typing(editor):
    editor.locator("#block-2 summary").click()

    editor.locator("#b1-text").fill("{{ order.nubmer }}")

    expect(editor.locator("#block-2 .field__error")).to_have_text("There is no variable “order.nubmer” here.")
    editor.locator("#b1-text").fill("{{ order.number }}")
    expect(editor.locator("#block-2 .field__error")).to_have_count(0)


def test_blocks_are_moved_added_and_removed_by_keyboard(editor, template):
    down = editor.get_by_role("button", name="Move down: Header")
    down.focus()
    editor.keyboard.press("Enter")
    expect(editor.locator("#block-2 summary b")).to_have_text("Header")
    assert titles(editor) == ["Text", "Header", *WHOLE[2:]]

    editor.get_by_role("button", name="Picture").click()
    expect(editor.locator("[data-block]")).to_have_count(8)
    assert titles(editor)[-2:] == ["Picture", "Legal footer"]
    expect(editor.get_by_label("Address of the picture")).to_be_focused()

    editor.get_by_role("button", name="Remove: Picture").click()
    expect(editor.locator("[data-block]")).to_have_count(7)
    saved = [block["block"] for block in drafts.working(template).contents["en"].blocks]
    assert saved == ["text", "header", "button", "order_summary", "card", "text", "footer"]


def test_a_block_is_dragged_to_another_place(editor, template):
    editor.locator("#block-1 [data-drag]").drag_to(editor.locator("#block-3"), target_position={"x": 80, "y": 40})

    assert titles(editor)[:3] == ["Text", "Button", "Header"]
    expect(editor.locator("[data-state]")).to_contain_text("Draft saved at")
    assert [b["block"] for b in drafts.working(template).contents["en"].blocks][:3] == ["text", "button", "header"]


def test_a_click_puts_a_variable_where_one_was_writing(editor):
    editor.locator("#subject").fill("Order ")
    editor.get_by_text("What a mail may name").click()

    editor.get_by_role("button", name="order.total", exact=True).click()

    expect(editor.locator("#subject")).to_have_value("Order {{ order.total | money: order.currency }}")


def test_the_mail_is_looked_at_on_a_phone_a_desktop_in_the_dark_and_as_text(editor):
    expect(mail(editor)).to_contain_text("Thank you for your order")

    editor.get_by_role("link", name="Dark").click()
    expect(editor.locator("[data-shown]")).to_have_class("card shown shown--dark")
    expect(mail(editor)).to_have_css("background-color", "rgb(20, 21, 19)")
    editor.get_by_role("link", name="Plain text").click()
    expect(mail(editor)).to_contain_text("See my order: http")


def test_opening_the_editor_fills_the_mail_once(visit, agent, template):
    window, asked = visit(DESKTOP, agent), []
    window.page.on("request", lambda request: asked.append(urlsplit(request.url).path))

    page = window.open(f"/admin/messaging/template/{template.pk}/change/?language=en")

    expect(mail(page)).to_contain_text("Thank you for your order")
    assert [path for path in asked if path.endswith(("/preview/", "/mail/en/"))] == [
        f"/admin/messaging/template/{template.pk}/preview/"
    ]


def test_a_draft_that_cannot_be_filled_says_why_in_the_frame(visit, agent, template):
    content = drafts.working(template).contents["en"]
    written = Written.of(content)
    written.blocks[1]["text"] = "{{ order.nubmer }}"
    drafts.save_draft(template, "en", written, drafts.working(template).token, None, timezone.now())

    page = visit(DESKTOP, agent).open(f"/admin/messaging/template/{template.pk}/change/?language=en")

    expect(mail(page)).to_contain_text("order.nubmer")


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(visit, agent, editor, template):
    other = visit(DESKTOP, agent).open(f"/admin/messaging/template/{template.pk}/change/?language=en")
    other.locator("#subject").fill("Theirs")
    expect(other.locator("[data-state]")).to_contain_text("Draft saved at")

    visit.windows[0].missing.add(editor.url)
    editor.locator("#subject").fill("Mine")

    expect(editor.locator("[data-state]")).to_contain_text("Nothing of yours is lost")
    expect(editor.locator("#subject")).to_have_value("Mine")
    assert drafts.working(template).contents["en"].subject == "Theirs"


def test_without_javascript_every_button_works(visit, agent, template):
    window = visit(DESKTOP, agent, java_script_enabled=False)
    page = window.open(f"/admin/messaging/template/{template.pk}/change/?language=en")

    expect(page.frame_locator("noscript iframe").locator("body")).to_contain_text("Thank you for your order")
    page.get_by_role("button", name="Move down: Header").click()
    page.locator("#subject").fill("By hand")
    page.get_by_role("button", name="Save draft").click()

    content = drafts.working(template).contents["en"]
    assert (content.subject, content.blocks[1]["block"]) == ("By hand", "header")
    assert "Draft saved at" in page.locator(".messagelist").inner_text()


def test_the_editor_fits_on_a_phone(visit, agent, template):
    window = visit(PHONE, agent)
    page = window.open(f"/admin/messaging/template/{template.pk}/change/?language=uk")
    page.locator("#block-2 summary").click()

    assert window.looked_at("letter", ("wide", "faint"), (PHONE,)) == []

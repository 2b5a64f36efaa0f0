"""Tickets in a browser: a stranger's mail that would run and fetch things, the conversation, the contact form."""

import os
import socket
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from events.clocks import tick
from messaging.actions import load_preset_mails
from messaging.actions.arrivals import keep
from orders.links import status_url
from staff.models import User
from support.actions import tickets as deeds
from support.actions.answering import answer
from support.actions.macros import write_macro
from support.links import ticket_url
from support.models import Macro, Ticket
from tests.browser import scenes
from tests.browser.conftest import DESKTOP, PHONE
from tests.builders.news import mail
from tests.builders.room import person
from tests.builders.tickets import MAILS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROBES = ("wide", "unnamed", "small", "faint")
ROOM_PROBES = ("wide", "unnamed", "faint")
SCREENS = {"phone": PHONE, "desktop": DESKTOP}
FOLDER = os.environ.get("SCREENSHOTS", "")
EVIL = """<html><head><link rel="preconnect" href="{url}"><link rel="stylesheet" href="{url}/a.css">
<meta http-equiv="refresh" content="0;url={url}/moved"><style>body{{background:url({url}/b.png)}}</style></head>
<body onload="fetch('{url}/onload')"><h1>Parcel</h1><p>Hello <b>there</b></p><script>top.document.title = 'owned';
fetch('{url}/script')</script><img src="{url}/c.png" onerror="fetch('{url}/onerror')">
<iframe src="{url}/frame"></iframe>
<svg><image href="{url}/d.svg"/><script>fetch('{url}/svg')</script></svg><video poster="{url}/e.jpg"></video>
<form action="{url}/form"><input autofocus onfocus="fetch('{url}/focus')"></form><a href="{url}/link">tap</a></body>"""


@contextmanager
def listener():
    """An address of the stranger's, and what asked it for anything."""
    asked: list[bytes] = []
    door = socket.create_server(("127.0.0.1", 0))

    def answer_all():
        with suppress(OSError):
            while True:
                caller, _address = door.accept()
                with caller, suppress(OSError):
                    caller.settimeout(1)
                    asked.append(caller.recv(200))

    threading.Thread(target=answer_all, daemon=True).start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}", asked
    door.close()


@pytest.fixture
def order(store, journeys):
    load_preset_mails(MAILS)
    return scenes.on_the_way(store)


@pytest.fixture
def agent_of(visit):
    def cookies(language="en"):
        made = person("agent", f"{language}@lavka.example")
        User.objects.filter(pk=made.pk).update(language=language, name="Ганна Шевчук")
        return visit.cookies_of(made)

    return cookies


def arrives(html: str) -> Ticket:
    keep(mail(html, sender="olena@example.com", Content_Type="text/html; charset=utf-8"), "imap")
    tick()
    return Ticket.objects.get()


def page_of(found):
    return reverse("admin:support_ticket_change", args=[found.pk])


@pytest.mark.parametrize("cleaned", [True, False])
def test_nothing_in_a_mail_runs_and_nothing_is_fetched(visit, order, agent_of, cleaned, monkeypatch):
    if not cleaned:  # the frame and its policy alone
        monkeypatch.setattr("support.admin.tickets.readable", lambda html: html)
    with listener() as (url, asked):
        found = arrives(EVIL.format(url=url))
        window = visit(DESKTOP, cookies=agent_of())

        page = window.open(page_of(found))
        page.get_by_text("With its layout").click()
        expect(page.frame_locator(".talk__frame").locator("h1")).to_have_text("Parcel")
        page.wait_for_timeout(500)
        title = page.title()
        window.open(f"/admin/support/ticket/{found.pk}/mail/{found.messages.get().pk}/")
        expect(page.locator("h1")).to_have_text("Parcel")
        page.wait_for_timeout(500)

        assert "owned" not in title and "owned" not in page.title()
        assert [line for line in asked if line] == []
    if not cleaned:
        assert any("Content Security Policy" in said or "sandboxed" in said for said in window.noticed)
        window.noticed.clear()
    else:
        assert asked == []  # not even a connection


def talk(store, order) -> Ticket:
    """The customer asks, an agent answers, another notes, the customer asks again."""
    tickets, _new = deeds.open_tickets(
        [
            deeds.Opening(
                "form:1",
                "Ваше замовлення #1044",
                store.pk,
                "form",
                "uk",
                email=order.email,
                name="Олена Коваленко",
                customer_id=order.customer_id,
                order_id=order.pk,
                words=deeds.Words("form:1", "Добрий день!\n\nДе моя посилка? Обіцяли вчора.", is_proven=True),
                priority=2,
            )
        ],
        scenes.now(),
    )
    found = tickets["form:1"]
    by = person("manager", "hanna@lavka.example")
    User.objects.filter(pk=by.pk).update(name="Ганна Шевчук")
    by.refresh_from_db()
    answer(found.pk, "Добрий день, Олено!\n\nВона у Львові й буде в четвер.", "1", 1, by, scenes.now())
    deeds.note(found.pk, "Склад переплутав адресу, не повторюйте.", "n1", by, scenes.now())
    deeds.hear(found.pk, deeds.Words("page:1", "Дякую! А можна у відділення № 12?"), scenes.now())
    write_macro(Macro(slug="late", name="Посилка запізнюється"), {"uk": "Вибачте, {{ customer.first_name }}!"})
    tick()
    found.refresh_from_db()
    return found


def test_the_pages_of_a_ticket_fit_and_can_be_read(visit, store, order, agent_of):
    found = talk(store, order)
    pages = {"contact": "/contact/", "contact-order": f"{status_url(order)}contact/", "ticket": ticket_url(found)}

    wrong = {}
    for language in ("en", "uk", "ru"):
        window = visit(locale=language)
        for name, address in pages.items():
            window.open(f"{address}?lang={language}")
            wrong[name, language] = window.looked_at(f"{name}-{language}", PROBES)
        window = visit(locale=language, cookies=agent_of(language))
        for name, address in {"room": page_of(found), "list": "/admin/support/ticket/"}.items():
            window.open(address)
            wrong[name, language] = window.looked_at(f"{name}-{language}", ROOM_PROBES)

    assert {where: said for where, said in wrong.items() if said} == {}


def picture(page, name):
    if FOLDER:
        page.screenshot(path=str(Path(FOLDER) / f"{name}.png"), full_page=True)


def test_a_customer_writes_from_the_orders_page_with_the_keyboard(visit, order):
    page = visit().open(f"{status_url(order)}?lang=en")

    page.get_by_role("link", name="Write to us").click()
    page.get_by_label("Your message").fill("Where is it?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Your message is with us")).to_be_visible()
    expect(page.locator(".talk")).to_contain_text("Where is it?")
    assert Ticket.objects.get().order == order


def test_an_agent_answers_with_a_macro(visit, store, order, agent_of):
    found = talk(store, order)
    page = visit(DESKTOP, cookies=agent_of()).open(page_of(found))

    page.get_by_role("button", name="Put it in").click()
    expect(page.locator("#text")).to_have_value("Вибачте, Олена!")
    page.get_by_role("button", name="Send the answer").click()

    expect(page.locator(".talk")).to_contain_text("Вибачте, Олена!")
    assert found.messages.filter(direction="out").count() == 2

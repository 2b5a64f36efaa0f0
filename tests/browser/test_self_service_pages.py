"""What customers do alone, step by step: each state fits a phone and a desktop, can be read, and asks no other host."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from orders import links as addresses
from orders.actions.returning import (
    Asked,
    approve_return,
    note_sent_back,
    receive_return,
    refuse_return,
    request_return,
    settle_return,
)
from orders.actions.self_service import refuse_request, request_cancel, request_change
from orders.models import NotReturnable, OrderRequest
from orders.verifying import PURPOSE, STAYS
from shelf import links
from tests.browser import scenes
from tests.browser.conftest import DESKTOP
from tests.builders.cards import picture
from tests.builders.room import person
from tests.builders.self_service import asker, policy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROBES = ("wide", "unnamed", "small", "faint")
OF_ROOM = ("wide", "unnamed", "faint")
FOLDER = os.environ.get("SCREENSHOTS", "")
LOOKS = ((390, "uk", "light"), (390, "uk", "dark"), (390, "ru", "light"), (DESKTOP["width"], "uk", "light"),
         (DESKTOP["width"], "en", "dark"))  # fmt: skip


def kettle_of(order):
    return order.lines.get(title="Мідний чайник")


# --- Each gives an order and the page of it -------------------------------------------------------------------------


def cancel_at_once(store):
    policy(store, cancel="automatic")
    return scenes.placed(store), "cancel/"


def cancelled(store):
    order, page = cancel_at_once(store)
    request_cancel(asker(order), "changed_mind", "", scenes.now())
    return order, page


def cancel_refused(store):
    order = scenes.placed(store)
    asked = request_cancel(asker(order), "changed_mind", "", scenes.now())
    why = "Замовлення вже у кур'єра: він виїхав о восьмій. Якщо передумаєте, просто не приймайте його."
    refuse_request(asked.pk, why, person("agent", "agent1@lavka.example"), scenes.now())
    return order, "cancel/"


def too_late(store):
    return scenes.on_the_way(store), "cancel/"


def address(store):
    return scenes.placed(store), "change/"


def address_waits(store):
    order = scenes.placed(store)
    request_change(asker(order), {**order.address, "line1": "вул. Велика Васильківська, 100"}, "", scenes.now())
    return order, "change/"


def what_comes_back(store):
    policy(store, warranty_months=12, gives_credit=True)
    why = "Посуд з їжі не повертається."
    NotReturnable.objects.create(country="UA", name="Цукорниці", words=["цукорниця"], why=why)
    bowl = scenes.line(scenes.LONG[0], "900.00")
    things = [scenes.line("Мідний чайник", "1250.00"), scenes.line("Чашка", "240.50", 3), bowl]
    order = scenes.delivered(store, things)
    return order, "return/"


def warranty(store):
    return what_comes_back(store)[0], "return/?kind=warranty&"


def nothing_comes_back(store):
    return scenes.on_the_way(store), "return/"


def one_return(store, *steps):
    order, _page = what_comes_back(store)
    photos = [picture()]
    asked = Asked({kettle_of(order).pk: 1}, reason="size", wish="refund", words="Замалий для нас.", photos=photos)
    made = request_return(asker(order), asked, scenes.now())
    for step in steps:
        step(made.pk)
    return order, f"return/{made.pk}/"


def approved(pk):
    approve_return(pk, None, scenes.now())


def return_waits(store):
    return one_return(store)


def return_approved(store):
    policy(store, return_address="Лавка, склад № 3\nвул. Промислова, 5\n03150 Київ")
    return one_return(store, approved)


def return_refused(store):
    why = "На фото видно, що чайником користувались. Такий ми не можемо продати знову."
    return one_return(store, lambda pk: refuse_return(pk, why, person("agent", "agent1@lavka.example"), scenes.now()))


def return_sent(store):
    return one_return(store, approved, lambda pk: note_sent_back(pk, "Нова пошта", "59000000000017", scenes.now()))


def return_settled(store):
    agent = person("agent", "agent1@lavka.example")
    return one_return(
        store,
        approved,
        lambda pk: receive_return(pk, agent, scenes.now()),
        lambda pk: settle_return(pk, agent, scenes.now(), Decimal("1250.00")),
    )


def account(store):
    return scenes.placed(store), "account/"


def followers(store):
    return scenes.placed(store), "followers/"


def contact(store):
    return scenes.placed(store), "contact/"


STATES = (
    cancel_at_once, cancelled, cancel_refused, too_late, address, address_waits, what_comes_back, warranty,
    nothing_comes_back, return_waits, return_approved, return_refused, return_sent, return_settled, account, followers,
    contact,
)  # fmt: skip


def looked_at(window, address, name, probes=PROBES):
    link = "" if address[-1] in "?&" else "&" if "?" in address else "?"
    for width, language, scheme in LOOKS:
        window.page.set_viewport_size({"width": width, "height": 844})
        window.page.emulate_media(color_scheme=scheme)
        page = window.open(f"{address}{link}lang={language}")
        if FOLDER:
            page.screenshot(path=str(Path(FOLDER) / f"{name}-{width}-{language}-{scheme}.png"), full_page=True)
        assert (width, language, [line for probe in probes for line in window.ask(probe)]) == (width, language, [])
    window.page.set_viewport_size({"width": 320, "height": 844})
    assert window.ask("wide") == []


def proven(window, order):
    proof = links.make(PURPOSE, order.pk, order.link_version, STAYS)
    cookie = {"name": f"order_{order.pk}", "value": proof, "url": f"{window.root}/o/"}
    window.page.context.add_cookies([cookie])
    return addresses.status_url(order)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_each_step_fits_and_can_be_read(visit, store, state):
    order, page = state(store)
    window = visit()

    looked_at(window, proven(window, order) + page, state.__name__)


def test_the_code_is_asked_before_anything_is_done(visit, store):
    order = scenes.placed(store)
    window = visit()

    looked_at(window, f"{addresses.status_url(order)}verify/", "verify")
    looked_at(window, f"{addresses.status_url(order)}verify/?sent=1", "verify-sent")


def test_an_order_is_cancelled_by_the_keyboard_alone(visit, store):
    order, page = cancel_at_once(store)
    window = visit(java_script_enabled=False)
    shown = window.open(f"{proven(window, order)}{page}?lang=en")

    shown.locator("input[name=reason]").first.focus()
    shown.keyboard.press("Space")
    shown.keyboard.press("Tab")
    shown.keyboard.press("Tab")
    shown.keyboard.press("Enter")

    shown.get_by_role("heading", name="The order is cancelled").wait_for()
    assert OrderRequest.objects.get().state == "done"


ROOM = {
    "room-return": lambda store: f"/admin/orders/return/{return_sent(store)[0].returns.get().pk}/change/",
    "room-returns": lambda store: return_waits(store) and "/admin/orders/return/",
    "room-request": lambda store: f"/admin/orders/orderrequest/{_waiting(store).pk}/change/",
    "room-requests": lambda store: _waiting(store) and "/admin/orders/orderrequest/",
    "room-policy": lambda store: f"/admin/orders/selfservicepolicy/{policy(store).pk}/change/",
    "room-report": lambda store: return_settled(store) and "/admin/orders/return/report/",
}


def _waiting(store):
    order = scenes.placed(store)
    return request_cancel(asker(order), "changed_mind", "Знайшла дешевше.", scenes.now())


@pytest.mark.parametrize("name", ROOM)
def test_the_agents_pages_fit_and_can_be_read(visit, agent, store, name):
    window = visit(cookies=agent)

    looked_at(window, ROOM[name](store), name, OF_ROOM)

"""Money on the agent's page, and a pause that is refused: each state fits, can be read, and asks no other host."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from orders.actions import CashSeen, note_cash, report_refunds, save_orders
from orders.links import status_url
from orders.stores.seen import AddressSeen, RefundSeen
from orders.verifying import PURPOSE, STAYS
from shelf import links
from tests.browser.conftest import DESKTOP
from tests.builders.door import line_seen, order_seen
from tests.orders.test_money import cash, paid, refund

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROBES = ("wide", "unnamed", "small", "faint")
OF_ROOM = ("wide", "unnamed", "faint")
FOLDER = os.environ.get("SCREENSHOTS", "")
NOW = timezone.now()
TEA = line_seen("Чай щомісяця", kind="subscription", renews_on=date(2027, 1, 27))


def bought(store, number=1042, **order):
    known = {"financial": "pending", "payments": (), "language": "uk"}
    return save_orders(store, [order_seen(number, NOW - timedelta(days=2), **(known | order))])[0].order


def at_the_door(store):
    return bought(store, payments=(cash(at=NOW),))


def taken(store):
    order = at_the_door(store)
    note_cash([CashSeen(order.pk, "7", NOW, fate="taken", carrier="Nova Poshta")], NOW)
    return order


def left(store):
    order = at_the_door(store)
    note_cash([CashSeen(order.pk, "7", NOW, fate="unclaimed", carrier="Nova Poshta")], NOW)
    return order


def in_part(store):
    lines = (line_seen(), line_seen("Монтаж", "900.00", kind="service"), TEA)
    payments = (paid("300.00", at=NOW), paid("200.00", "p2", at=NOW, state="failed"))
    rest = {"pay_url": "https://pay.lavka.example/1042", "fiscal_url": "https://tax.example/receipt/1042"}
    return bought(store, lines=lines, payments=payments, financial="partly_paid", **rest)


def paid_back(store):
    order = bought(store, payments=(paid(at=NOW),), financial="paid")
    back = [refund("200.00", at=NOW, method="Visa 4242"), refund("90.00", "r2", at=NOW, state="pending")]
    report_refunds(store, [RefundSeen("1042", tuple(back))], NOW)
    return order


STATES = (at_the_door, taken, left, in_part, paid_back)


def looked_at(window, page, name, probes=PROBES):
    for width in (390, DESKTOP["width"]):
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if FOLDER:
                page.screenshot(path=str(Path(FOLDER) / f"{name}-{width}-{scheme}.png"), full_page=True)
            assert (width, scheme, [line for probe in probes for line in window.ask(probe)]) == (width, scheme, [])
    page.set_viewport_size({"width": 320, "height": 844})
    assert window.ask("wide") == []


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_money_on_the_agents_page_fits_and_can_be_read(visit, agent, store, state):
    window = visit(cookies=agent)

    page = window.open(f"/admin/orders/order/{state(store).pk}/change/")

    looked_at(window, page, f"room-{state.__name__}", OF_ROOM)


def test_the_report_of_cash_fits_and_can_be_read(visit, agent, store):
    for number in range(14):
        city = AddressSeen(city=("Київ", "Кам’янець-Подільський")[number % 2], country="UA")
        order = bought(store, number, payments=(cash(at=NOW),), address=city)
        fate = "unclaimed" if number % 5 == 0 else "taken"
        note_cash([CashSeen(order.pk, str(number), NOW, fate=fate, carrier=("Nova Poshta", "Meest")[number > 10])], NOW)
    window = visit(cookies=agent)

    page = window.open("/admin/orders/order/buyout/")

    looked_at(window, page, "buyout", OF_ROOM)


def test_a_refused_pause_fits_and_can_be_read(visit, store, live_server):
    order = bought(store, lines=(TEA,))
    window = visit()
    proof = links.make(PURPOSE, order.pk, order.link_version, STAYS)
    window.page.context.add_cookies([{"name": f"order_{order.pk}", "value": proof, "url": f"{live_server.url}/o/"}])
    page = window.open(f"/o/{status_url(order).rstrip('/').rpartition('/')[2]}/")
    window.missing.add(f"{page.url.partition('?')[0]}pause/{order.lines.get().pk}/?lang=uk")
    bought(store, lines=(TEA,), cancelled_at=NOW, updated_at=NOW)

    page.locator("a[href^='pause/']").click()
    page.locator("main form button").click()
    page.wait_for_load_state()

    assert page.locator(".notice__text").count() == 1
    looked_at(window, page, "pause")

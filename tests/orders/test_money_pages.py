"""Money as people meet it: the agent's buttons, filter and report, the customer's wish for a pause."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import fields
from customers.models import Stats
from orders.actions import CashSeen, note_cash, save_orders
from orders.models import Order, OrderLine
from orders.stores.seen import AddressSeen
from tests.builders.door import line_seen, order_seen
from tests.builders.room import person
from tests.builders.self_service import door, prove, text
from tests.orders.test_money import cash

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def room(client):
    client.force_login(person("agent"))
    return client


def bought(store, number=1042, *payments, **order):
    known = {"financial": "pending", "payments": payments, "language": "en"}
    return save_orders(store, [order_seen(number, NOW, **(known | order))])[0].order


def ended(store, number, fate, carrier="Нова пошта", city="Київ", **order):
    """A parcel with cash on delivery that somebody took, or left."""
    made = bought(store, number, cash(at=NOW), address=AddressSeen(city=city, country="UA"), **order)
    note_cash([CashSeen(made.pk, str(number), NOW, fate=fate, carrier=carrier)], NOW)
    return made


# --- The agent's buttons --------------------------------------------------------------------------------------------


def test_an_agent_who_saw_the_cash_says_so_by_button(room, store):
    order = bought(store, 1042, cash(at=NOW))
    url = f"/admin/orders/order/{order.pk}/change/"
    assert "The cash was received" in text(room.get(url))

    room.post(url, {"deed": "take_cash"})

    order.refresh_from_db()
    assert (order.cash_state, str(order.paid), str(order.due)) == ("paid", "1330.00", "0.00")
    assert "The cash was received" not in text(room.get(url))


def test_a_service_is_marked_as_done_by_button(room, store):
    order = bought(store, lines=(line_seen("Монтаж", kind="service"),))
    url = f"/admin/orders/order/{order.pk}/change/"

    room.post(url, {"deed": "complete_line", "line": str(order.lines.get().pk)})

    assert OrderLine.objects.get().completed_at is not None
    assert "Mark as done" not in text(room.get(url))


@pytest.mark.parametrize("line", ["", "0", "-1", "7e2", "٣", "9" * 30])
def test_a_line_that_is_not_there_is_refused_in_words(room, store, line):
    order = bought(store, lines=(line_seen("Монтаж", kind="service"),))

    answer = room.post(f"/admin/orders/order/{order.pk}/change/", {"deed": "complete_line", "line": line}, follow=True)

    assert "This line is no longer in the order." in text(answer)
    assert OrderLine.objects.get().completed_at is None


def test_whoever_may_only_look_has_no_buttons_and_moves_no_money(client, store):
    client.force_login(person("marketer"))
    order = bought(store, 1042, cash(at=NOW))
    url = f"/admin/orders/order/{order.pk}/change/"

    page, answer = text(client.get(url)), client.post(url, {"deed": "take_cash"})

    assert ("The cash was received" in page, answer.status_code) == (False, 403)
    assert Order.objects.get().cash_state == "due"


def test_orders_whose_money_is_doubtful_are_a_filter_of_the_list(room, store):
    bought(store, 1042, cash(at=NOW))
    bought(store, 1043, cash("40.00", at=NOW, currency="EUR"))

    page = text(room.get("/admin/orders/order/?doubt=yes"))

    assert ("#1042" in page, "#1043" in page) == (False, True)


# --- The buy-out rate -----------------------------------------------------------------------------------------------


def test_the_share_of_parcels_taken_is_told_by_carrier_region_and_customer(room, store):
    for number in range(9):
        ended(store, number, "taken")
    ended(store, 10, "unclaimed")
    ended(store, 11, "returned", "Укрпошта", "Львів", customer_id="78", first_name="Петро", email="p@x.io", phone="")
    ended(store, 12, "called_off", "Укрпошта")

    page = text(room.get("/admin/orders/order/buyout/?days=30"))
    csv = b"".join(room.get("/admin/orders/order/buyout/?export=csv").streaming_content).decode()

    assert "9 of 11 (82%)" in page.replace("82 %", "82%")
    assert "0 of 1: too few to tell" in page
    assert [row.split(",") for row in csv.replace("\ufeff", "").replace(";", ",").split("\r\n")][1:] == [
        ["All", "", "11", "9", "0.818"],
        ["Carrier", "Нова пошта", "10", "9", "0.9"],
        ["Carrier", "Укрпошта", "1", "0", "too few"],
        ["Region or city", "Київ", "10", "9", "0.9"],
        ["Region or city", "Львів", "1", "0", "too few"],
        ["Customer", "Олена Коваленко", "10", "9", "0.9"],
        ["Customer", "Петро Коваленко", "1", "0", "too few"],
        [""],
    ]


def test_the_report_of_cash_asks_the_same_questions_for_any_number_of_parcels(room, store):
    url, asked = "/admin/orders/order/buyout/", []
    for number in (1, 2):
        ended(store, number, "unclaimed", f"carrier {number}", customer_id=str(number), email=f"{number}@example.com")
        with CaptureQueriesContext(connection) as counted:
            room.get(url)
        asked.append(len(counted))

    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("fates", "buyout"), [(["paid"], "all"), (["paid", "returned"], "some"), (["unclaimed"], "none")]
)
def test_who_collects_is_a_condition(store, fates, buyout):
    for number, fate in enumerate(fates):
        order = ended(store, number, "" if fate == "paid" else fate)
        note_cash([CashSeen(order.pk, str(number), NOW, paid=True)] if fate == "paid" else [], NOW)

    found = [
        value
        for value in ("all", "some", "none")
        if Stats.objects.filter(
            fields.where(fields.read({"field": "customer.buyout", "op": "is", "value": value}, "customer"), NOW)
        ).exists()
    ]

    assert found == [buyout]


# --- The wish for a pause -------------------------------------------------------------------------------------------


def subscription(store, **order):
    seen = line_seen("Чай щомісяця", kind="subscription", renews_on=date(2026, 12, 27))
    made = bought(store, lines=(seen,), **order)
    return made, f"pause/{made.lines.get().pk}"


def test_a_wish_for_a_pause_leads_back_to_the_order(client, store):
    order, page = subscription(store)
    prove(client, order)

    answer = client.post(door(order, page))

    assert (answer.status_code, answer.url) == (302, f"{door(order, '')[:-1]}?lang=en")
    assert OrderLine.objects.get().pause_asked_at is not None


def test_a_pause_that_is_refused_is_a_page_with_the_reason_and_a_way_on(client, store):
    order, page = subscription(store, cancelled_at=NOW - timedelta(hours=1))
    prove(client, order)

    answer = client.post(door(order, page))

    assert answer.status_code == 409
    assert "was cancelled" in text(answer) and "Back to the order" in text(answer) and "Write to us" in text(answer)
    assert OrderLine.objects.get().pause_asked_at is None


def test_whoever_proved_nothing_asks_for_no_pause(client, store):
    order, page = subscription(store)

    answer = client.post(door(order, page))

    assert "/verify/" in answer.url
    assert OrderLine.objects.get().pause_asked_at is None


# --- The customer's page --------------------------------------------------------------------------------------------


def test_who_has_the_parcel_is_not_asked_for_the_money_again(client, store):
    order = bought(store, 1042, cash(at=NOW))
    before = text(client.get(door(order, "")[:-1]))

    note_cash([CashSeen(order.pk, "7", NOW, fate="taken", carrier="Nova Poshta")], NOW)

    after = text(client.get(door(order, "")[:-1]))
    assert ("To pay when you receive it" in before, "To pay when you receive it" in after) == (True, False)
    assert "there is nothing left for you to do" in after

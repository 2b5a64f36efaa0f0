"""The order's page: what a signed link shows, what a stub hides, which links open nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.utils import timezone

from events.clocks import tick
from messaging.models import Message
from orders import links
from orders.actions import report_fulfilments, save_orders
from orders.models import DrawnPage, Order, OrderPage
from orders.stores.seen import AddressSeen, FulfilmentSeen
from orders.verifying import remember_verified
from shelf import links as tokens
from tests.builders.door import MONDAY, line_seen, order_seen
from tests.builders.journeys import answered
from tracking.actions import save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen

pytestmark = pytest.mark.django_db

ADDRESS = AddressSeen(
    name="Олена Коваленко", company="ФОП Коваленко", line1="вул. Хрещатик 22", line2="кв. 7", city="Київ",
    postcode="01001", country="UA", phone="+380501234567",
)  # fmt: skip


@pytest.fixture
def order(store):
    """Olena's order, whose parcel is in Lviv."""
    seen = order_seen(lines=(line_seen("Мідний чайник"),), address=ADDRESS, payment_method="LiqPay")
    order = save_orders(store, [seen])[0].order
    report_fulfilments(store, [FulfilmentSeen("1042", "f1", MONDAY, MONDAY, numbers=("20450000000001",))])
    answered()
    scan = CheckpointSeen(MONDAY + timedelta(hours=5), "in_transit", city="Львів", message="Видано: Коваленко")
    save_parcels([(ParcelSeen("20450000000001", "nova_poshta", (scan,)), MONDAY + timedelta(hours=6))], "toy", MONDAY)
    order.refresh_from_db()
    return order


def path(url):
    return url.partition("8000")[2]


def text(answer):
    return answer.content.decode().replace("\xa0", " ")


PERSONAL = ["Коваленко", "Олена", "Хрещатик", "кв. 7", "01001", "olena@example.com", "380501234567", "050 123"]
OF_THE_ORDER = ["Мідний чайник", "20450000000001", "Львів", "1 330,00", "1 250,00", "LiqPay", "novaposhta"]


def test_the_signed_link_shows_the_whole_order(client, order):
    page = text(client.get(path(links.status_url(order))))

    for shown in ("#1042", "Мідний чайник", "20450000000001", "Київ", "1 330,00 ₴", "Львів", "help@lavka.example"):
        assert shown in page


OF_A_DOOR = ["Коваленко", "Хрещатик", "кв. 7", "01001", "olena@example.com", "380501234567", "050 123", "•• 4242"]


@pytest.mark.parametrize("hidden", OF_A_DOOR)
def test_a_signed_link_that_was_passed_on_leads_to_nobodys_door_or_telephone(client, order, hidden):
    OrderPage.objects.update(blocks=written_with(order, payment_method="Visa •• 4242"))

    page = text(client.get(path(links.status_url(order))))

    assert hidden not in page
    assert "Олена К." in page and "Visa" in page


def test_who_proved_to_read_the_orders_mails_sees_all_of_it(client, order):
    answer = HttpResponse()
    remember_verified(answer, order)
    client.cookies.update(answer.cookies)

    page = text(client.get(path(links.status_url(order))))

    for shown in ("Олена Коваленко", "вул. Хрещатик 22", "кв. 7", "01001", "+380501234567", "LiqPay"):
        assert shown in page


def written_with(order, **fields):
    blocks = OrderPage.objects.get(order=order).blocks
    return {**blocks, "order": {**blocks["order"], **fields}}


@pytest.mark.parametrize("hidden", PERSONAL + OF_THE_ORDER)
def test_the_stub_hides(client, order, hidden):
    answer = client.get(path(links.stub_url(order)))

    assert answer.status_code == 200
    assert hidden not in text(answer)


def test_the_stub_says_where_the_order_is_and_how_to_get_the_whole_page(client, order):
    page = text(client.get(path(links.stub_url(order))))

    assert "#1042" in page
    assert "Нова пошта" in page
    assert 'href="/o/find/"' in page


def test_carriers_words_reach_no_page(client, order):
    assert "Видано" not in text(client.get(path(links.status_url(order))))


@pytest.mark.parametrize(("url", "first"), [(links.status_url, 4), (links.stub_url, 3)])
def test_a_page_is_four_queries_at_most_then_one_and_none_of_them_a_session(
    client, order, url, first, django_assert_num_queries
):
    client.cookies["sessionid"] = "somebody-who-signed-in"
    client.get(path(url(order)))  # the first question of a connection is also planned
    DrawnPage.objects.all().delete()

    for queries in (first, 1):
        with django_assert_num_queries(queries):
            answer = client.get(path(url(order)))
        assert not answer.wsgi_request.session.accessed


@pytest.mark.parametrize("url", [links.status_url, links.stub_url])
def test_both_pages_are_kept_private(client, order, url):
    answer = client.get(path(url(order)))

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in text(answer)


def test_the_policy_lets_nothing_foreign_run(client, order):
    page = client.get(path(links.status_url(order)))

    rules = dict(rule.strip().split(" ", 1) for rule in page.headers["Content-Security-Policy"].split(";"))
    assert rules["default-src"] == "'self'"
    assert (rules["object-src"], rules["frame-ancestors"], rules["form-action"]) == ("'none'", "'none'", "'self'")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "<style" not in text(page) and " style=" not in text(page) and "onclick" not in text(page)


def test_raising_the_version_revokes_every_signed_link_and_no_stub(client, order):
    signed, stub = path(links.status_url(order)), path(links.stub_url(order))
    Order.objects.update(link_version=2)

    assert (client.get(signed).status_code, client.get(stub).status_code) == (404, 200)
    order.refresh_from_db()
    assert client.get(path(links.status_url(order))).status_code == 200


def test_a_link_ends_after_half_a_year(client, order):
    signed = path(links.status_url(order))

    for days, code in ((179, 200), (181, 404)):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            assert client.get(signed).status_code == code


def test_what_is_no_link_of_this_door_is_not_found(client, order):
    others = [
        tokens.make("review", order.pk),
        tokens.make("unsubscribe", order.pk),
        tokens.make("order", order.pk + 1),
        tokens.make("order", order.pk, 7),
        tokens.make("order", 2**63 - 1),
        links.status_url(order).split("/")[-2][:-1],
        str(order.pk),
        order.number,
        order.public_id[:-1],
        order.public_id.swapcase(),
        "%00",
        "%F0%9F%8E%81",
        "x" * 3000,
    ]

    assert {token: client.get(f"/o/{token}/").status_code for token in others} == dict.fromkeys(others, 404)


def test_a_scanner_may_ask_for_the_head(client, order):
    assert client.head(path(links.status_url(order))).status_code == 200
    assert client.post(path(links.status_url(order))).status_code == 405


@pytest.mark.parametrize(
    ("order_language", "asked", "spoken"),
    [("uk", "", "uk"), ("", "", "uk"), ("en", "", "en"), ("pl", "", "uk"), ("uk", "ru", "ru"), ("uk", "pl", "uk")],
)
def test_the_page_speaks_as_the_order_does_or_as_it_is_asked(client, store, order_language, asked, spoken):
    order = save_orders(store, [order_seen(language=order_language)])[0].order

    page = text(client.get(path(links.status_url(order)), {"lang": asked}))

    assert f'<html lang="{spoken}"' in page


STATES = {
    "placed": ({"financial": "pending"}, ["now", "todo", "todo", "todo", "todo"]),
    "paid": ({}, ["now", "todo", "todo", "todo", "todo"]),
    "cancelled": ({"cancelled_at": MONDAY}, ["done", "now"]),
    "refunded": ({"financial": "refunded"}, ["done", "now"]),
}


@pytest.mark.parametrize("name", STATES)
def test_the_way_of_the_order_is_drawn_in_every_state(client, store, name):
    state, steps = STATES[name]
    order = save_orders(store, [order_seen(**state)])[0].order
    assert order.stage == name

    answer = client.get(path(links.status_url(order)))

    assert [step["state"] for step in answer.context["steps"]] == steps


def test_an_order_with_only_a_phone_has_a_page_and_its_mail_says_why_it_did_not_go(client, store, journeys):
    now = timezone.now()
    order = save_orders(store, [order_seen(at=now, email="", customer_id="")])[0].order
    tick()

    page = client.get(path(links.status_url(order)))
    message = Message.objects.get()

    assert page.status_code == 200
    assert order.customer.name == "Олена Коваленко"
    assert (message.state, message.reason) == ("skipped", "No address: the order came without an e-mail.")


def test_a_placeholder_is_a_page_too(client, store):
    report_fulfilments(store, [FulfilmentSeen("7", "f1", MONDAY, MONDAY, numbers=("20450000000001",))])
    tick()

    order = Order.objects.get()
    assert [client.get(path(url(order))).status_code for url in (links.status_url, links.stub_url)] == [200, 200]


def test_markup_in_names_and_titles_stays_text(client, store):
    evil = "<script>alert(1)</script>"
    seen = order_seen(lines=(line_seen(evil),), first_name=evil, address=AddressSeen(name=evil, line1=evil))
    order = save_orders(store, [seen])[0].order

    page = text(client.get(path(links.status_url(order))))

    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

"""The agent's pages of requests and returns: lists, decisions by button, the report; who may and who may not."""

import pytest
from django.utils import timezone

from orders.actions.returning import request_return
from orders.actions.self_service import request_cancel
from orders.models import Order, OrderRequest, Return
from tests.builders.room import person
from tests.builders.self_service import asker, placed, policy, text
from tests.orders.test_returns import asked, delivered

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def room(client):
    client.force_login(person("agent"))
    return client


def test_an_agent_cancels_by_button(room, store):
    wish = request_cancel(asker(placed(store)), "too_slow", "Too long", NOW)
    url = f"/admin/orders/orderrequest/{wish.pk}/change/"

    page = text(room.get(url))
    room.post(url, {"deed": "accept"})

    wish.refresh_from_db()
    assert "Too long" in page and "It takes too long" in page
    assert (wish.state, wish.decided_by.name) == ("done", "Agent")
    assert Order.objects.get().stage == "cancelled"


def test_a_no_without_words_is_refused_on_the_page(room, store):
    wish = request_cancel(asker(placed(store)), "too_slow", "", NOW)

    answer = room.post(f"/admin/orders/orderrequest/{wish.pk}/change/", {"deed": "refuse", "why": " "})

    assert (answer.status_code, "Please say why" in text(answer)) == (409, True)
    assert OrderRequest.objects.get().state == "waiting"


def test_a_return_goes_its_way_by_buttons(room, store):
    policy(store)
    made = request_return(asker(order := delivered(store)), asked(order), NOW)
    url = f"/admin/orders/return/{made.pk}/change/"

    for deed in ({"deed": "approve"}, {"deed": "label", "url": "https://carrier.example/7"}, {"deed": "receive"}):
        assert room.get(url).status_code == 200
        room.post(url, deed)
    wrong = room.post(url, {"deed": "settle", "amount": "12e999999"})
    room.post(url, {"deed": "settle", "amount": "1 250,00"})

    made.refresh_from_db()
    assert wrong.status_code == 409
    assert (made.state, str(made.refunded), made.label_url) == ("refunded", "1250.00", "https://carrier.example/7")
    assert room.get(url).status_code == 200


def test_lists_exports_and_the_report_open(room, store):
    policy(store)
    request_return(asker(order := delivered(store)), asked(order), NOW)

    for path in ("orderrequest/", "return/", "return/?export=csv", "return/report/", "return/?q=1042"):
        assert room.get(f"/admin/orders/{path}").status_code == 200, path
    report = b"".join(room.get("/admin/orders/return/report/?export=csv").streaming_content).decode()
    assert "It does not fit" in report and "Чайник" in report


def test_a_marketer_decides_nothing(client, store):
    policy(store)
    made = request_return(asker(order := delivered(store)), asked(order), NOW)
    client.force_login(person("marketer"))

    answer = client.post(f"/admin/orders/return/{made.pk}/change/", {"deed": "approve"})

    assert (answer.status_code, Return.objects.get().state) == (403, "requested")

"""Cancelling from the order's page: by policy, once, only while nothing has left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Stats
from events.models import Event
from orders.actions import OrderRefused, save_orders
from orders.actions.self_service import accept_request, refuse_request, request_cancel
from orders.models import Order, OrderPage, OrderRequest
from tests.builders.door import order_seen
from tests.builders.room import person
from tests.builders.self_service import asker, door, placed, policy, prove, text

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def order(store):
    policy(store, cancel="automatic")
    return placed(store)


def kinds(order):
    return list(Event.objects.filter(customer_id=order.customer_id).order_by("pk").values_list("kind", flat=True))


def untouched(order):
    now = Order.objects.get(pk=order.pk)
    return (now.cancelled_at, now.stage) == (None, "paid") and not OrderRequest.objects.exists()


def test_a_cancel_by_policy_takes_effect_at_once(client, order):
    prove(client, order)

    answer = client.post(door(order, "cancel"), {"reason": "changed_mind", "words": "Sorry"}, follow=True)

    order.refresh_from_db()
    asked = OrderRequest.objects.get()
    assert "The order is cancelled" in text(answer)
    assert (order.stage, order.cancel_reason) == ("cancelled", "customer")
    assert (asked.state, asked.reason, asked.is_automatic, asked.shop_state) == ("done", "changed_mind", True, "to_do")
    assert kinds(order)[-3:] == ["order.cancel_requested", "order.cancelled", "order.cancel_accepted"]
    assert OrderPage.objects.get(pk=order.pk).blocks["order"]["stage"] == "cancelled"
    assert Stats.objects.get(pk=order.customer_id).orders == 0


def test_without_the_code_of_the_mail_nobody_cancels(client, order):
    answer = client.post(door(order, "cancel"), {"reason": "changed_mind"})

    assert answer.status_code == 302
    assert "/verify/?next=" in answer["Location"]
    assert untouched(order)


def test_the_code_for_another_order_cancels_nothing_here(client, store, order):
    prove(client, placed(store, 1043))

    answer = client.post(door(order, "cancel"), {"reason": "changed_mind"})

    assert "/verify/" in answer["Location"]
    assert untouched(order)


@pytest.mark.parametrize("way", ["get", "head"])
def test_a_scanner_that_opens_the_page_cancels_nothing(client, order, way):
    prove(client, order)

    assert getattr(client, way)(door(order, "cancel")).status_code == 200
    assert untouched(order)


def test_an_expired_link_opens_nothing(client, order):
    url = door(order, "cancel")
    prove(client, order)
    Order.objects.filter(pk=order.pk).update(link_version=2)

    assert client.post(url, {"reason": "changed_mind"}).status_code == 404
    assert untouched(order)


def test_a_link_revoked_between_the_page_and_the_button_cancels_nothing(order):
    who = asker(order)
    Order.objects.filter(pk=order.pk).update(link_version=2)

    with pytest.raises(OrderRefused, match="This link is no longer valid"):
        request_cancel(who, "changed_mind", "", NOW)

    assert untouched(order)


def test_the_second_tab_reads_that_it_is_done_and_changes_nothing(client, order):
    prove(client, order)
    client.post(door(order, "cancel"), {"reason": "changed_mind"})

    answer = client.post(door(order, "cancel"), {"reason": "cheaper"})

    assert "The order is cancelled" in text(answer)
    assert OrderRequest.objects.get().reason == "changed_mind"


def test_a_reason_that_nobody_offered_is_refused(client, order):
    prove(client, order)

    answer = client.post(door(order, "cancel"), {"reason": "<script>"})

    assert (answer.status_code, "Please choose a reason." in text(answer)) == (422, True)
    assert untouched(order)


def test_what_has_left_cannot_be_cancelled(client, order):
    prove(client, order)
    Order.objects.filter(pk=order.pk).update(dispatched_at=NOW)

    answer = client.post(door(order, "cancel"), {"reason": "changed_mind"})

    assert "has already left the shop" in text(answer)
    assert untouched(order)


def test_where_the_shop_does_not_offer_it_the_page_says_so(client, store, order):
    policy(store, cancel="off")
    prove(client, order)

    answer = client.post(door(order, "cancel"), {"reason": "changed_mind"})

    assert "The shop does not offer this here." in text(answer)
    assert untouched(order)


def test_a_request_waits_for_an_agent_and_is_asked_once(client, store, order):
    policy(store, cancel="request")
    prove(client, order)

    client.post(door(order, "cancel"), {"reason": "too_slow"})
    answer = client.post(door(order, "cancel"), {"reason": "too_slow"})

    assert "We have your request" in text(answer)
    assert OrderRequest.objects.get().state == "waiting"
    assert Order.objects.get(pk=order.pk).cancelled_at is None


def test_an_agent_says_yes(store, order):
    policy(store, cancel="request")
    asked = request_cancel(asker(order), "too_slow", "", NOW)
    agent = person("agent")

    accept_request(asked.pk, agent, NOW)

    asked.refresh_from_db()
    order.refresh_from_db()
    assert (asked.state, asked.decided_by, order.stage) == ("done", agent, "cancelled")


def test_an_agent_who_comes_after_the_courier_cannot_say_yes(store, order):
    policy(store, cancel="request")
    asked = request_cancel(asker(order), "too_slow", "", NOW)
    Order.objects.filter(pk=order.pk).update(dispatched_at=NOW)

    with pytest.raises(OrderRefused, match="has already left the shop"):
        accept_request(asked.pk, person("agent"), NOW)

    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_a_no_needs_words_for_the_customer(store, order):
    policy(store, cancel="request")
    asked = request_cancel(asker(order), "too_slow", "", NOW)

    with pytest.raises(OrderRefused, match="Please say why"):
        refuse_request(asked.pk, "  ", person("agent"), NOW)
    refuse_request(asked.pk, "It is packed already.", person("owner"), NOW)

    asked.refresh_from_db()
    assert (asked.state, asked.refusal) == ("refused", "It is packed already.")
    assert kinds(order)[-1] == "order.cancel_refused"


def test_the_shops_silence_takes_no_cancel_back(store, order):
    request_cancel(asker(order), "changed_mind", "", NOW)

    save_orders(store, [order_seen(1042, NOW + timedelta(hours=1), language="en")])

    order.refresh_from_db()
    assert order.stage == "cancelled"
    assert OrderRequest.objects.get().shop_state == "to_do"


def test_the_shops_own_word_confirms_the_cancel_and_tells_it_no_second_time(store, order):
    request_cancel(asker(order), "changed_mind", "", NOW)
    later = NOW + timedelta(hours=1)

    save_orders(store, [order_seen(1042, later, language="en", cancelled_at=later, cancel_reason="customer")])

    order.refresh_from_db()
    asked = OrderRequest.objects.get()
    assert (order.stage, order.own_words) == ("cancelled", {})
    assert asked.shop_state == "confirmed"
    assert kinds(order).count("order.cancelled") == 1

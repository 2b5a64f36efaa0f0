"""The story of one order, from the shop's webhook to the review; docs/architecture.md tells the same in words."""

import re
from datetime import timedelta

import pytest
import time_machine

from campaigns.models import Enrolment
from customers.models import Customer
from events.clocks import tick
from events.models import Event, Receipt
from feedback.models import Review
from messaging.models import LocalMail, Message
from orders.models import Order
from tests.builders import easypost, shopify
from tests.conftest import SECRET, connect

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_from_payment_to_review(client, store, journeys):
    connect("easypost", "parcels")
    kettle, cups = shopify.line("Мідний чайник", "1250.00"), shopify.line("Чашка", "240.50", quantity=2)

    # Monday, 23 November 2026, 11:00 in Kyiv. The shop reports an order.
    with time_machine.travel("2026-11-23T09:00:00Z", tick=False):
        monday = "2026-11-23T11:00:00+02:00"
        order = shopify.order(1042, lines=[kettle, cups], currency="UAH", shipping_cost="80.00", at=monday)
        deliver(client, "/in/shopify/lavka/", shopify.delivery(order, SECRET, "orders/create"))
        tick()

    olena, saved = Customer.objects.get(), Order.objects.get()
    assert Receipt.objects.get().state == "done"
    assert (saved.customer, saved.number, saved.stage, str(saved.total)) == (olena, "#1042", "paid", "1811.00")
    assert olena.stats.spent == {"UAH": "1811.00"}
    assert kinds() == ["order.placed", "order.paid"]

    # The confirmation went out in Ukrainian at once; its link opens the page.
    confirmation = mail_about("order_confirmation")
    assert "#1042" in confirmation.subject
    page = client.get(link_in(confirmation, "o")).content.decode()
    assert "Мідний чайник" in page
    assert "1 811,00 ₴" in page.replace("\xa0", " ")

    # Tuesday: the shop hands the parcel over. A label is printed, nobody has scanned it: no mail.
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        sent = shopify.fulfilment(order, numbers=["EZ1000000001"], at="2026-11-24T14:00:00+02:00")
        deliver(client, "/in/shopify/lavka/", shopify.delivery(sent, SECRET, "fulfillments/create"))
        tick()
        label = easypost.tracker("EZ1000000001", "pre_transit", at="2026-11-24T11:00:00Z")
        deliver(client, "/in/easypost/parcels/", easypost.delivery(easypost.event(label, event_id="evt_1"), SECRET))
        tick()

    assert stage_of(saved) == "shipped"
    assert not Message.objects.filter(template__slug="shipping_update").exists()

    # Wednesday: the carrier scans it. Now the customer hears of it.
    with time_machine.travel("2026-11-25T08:00:00Z", tick=False):
        moving = easypost.tracker("EZ1000000001", "in_transit", at="2026-11-25T07:30:00Z")
        deliver(client, "/in/easypost/parcels/", easypost.delivery(easypost.event(moving, event_id="evt_2"), SECRET))
        tick()

    assert stage_of(saved) == "on_the_way"
    assert "EZ1000000001" in mail_about("shipping_update").text

    # Friday, 15:20 in Kyiv: delivered. The review waits for the seventh day, 10:00 local time, after that hour.
    with time_machine.travel("2026-11-27T13:25:00Z", tick=False):
        there = easypost.tracker("EZ1000000001", "delivered", at="2026-11-27T13:20:00Z")
        deliver(client, "/in/easypost/parcels/", easypost.delivery(easypost.event(there, event_id="evt_3"), SECRET))
        tick()

    assert stage_of(saved) == "delivered"
    asleep = Enrolment.objects.get(journey__slug="review_request")
    assert asleep.wake_at.isoformat() == "2026-12-05T08:00:00+00:00"

    with time_machine.travel(asleep.wake_at - timedelta(minutes=1), tick=False):
        tick()
    assert not Message.objects.filter(template__slug="review_request").exists()

    with time_machine.travel(asleep.wake_at + timedelta(minutes=1), tick=False):
        tick()
        door = link_in(mail_about("review_request"), "r")
        assert client.get(f"{door}?stars=5").status_code == 200
        assert not Review.objects.exists()  # a GET never records

        answer = client.post(door, {f"stars_{saved.lines.first().pk}": "5", "stars_store": "4", "author": "Олена"})
        tick()

    assert answer.status_code == 302
    assert sorted(Review.objects.values_list("stars", flat=True)) == [4, 5]
    assert Event.objects.get(kind="review.submitted").data == {
        "request_id": saved.review_request.pk,
        "lowest": 4,
        "answers": 2,
    }
    assert kinds() == [
        "order.placed",
        "order.paid",
        "order.fulfilment_reported",
        "shipment.progressed",
        "shipment.shipped",
        "shipment.progressed",
        "shipment.delivered",
        "shipment.progressed",
        "review.requested",
        "review.submitted",
    ]
    assert [m.state for m in Message.objects.order_by("id")] == ["sent", "sent", "sent"]


def deliver(client, path, delivery):
    body, headers = delivery
    response = client.post(path, data=body, content_type="application/json", headers=headers)
    assert response.status_code == 200


def kinds():
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def stage_of(order):
    return Order.objects.values_list("stage", flat=True).get(pk=order.pk)


class Letter:
    def __init__(self, mail):
        import email
        import email.policy

        parsed = email.message_from_bytes(bytes(mail.raw), policy=email.policy.default)
        self.subject, self.text = parsed["Subject"], parsed.get_body(("plain",)).get_content()


def mail_about(template):
    message = Message.objects.get(template__slug=template)
    assert (message.state, message.reason) == ("sent", "")
    return Letter(LocalMail.objects.filter(subject=message.subject).get())


def link_in(letter, door):
    return re.search(rf"https?://[^/\s]+(/{door}/[\w-]+/)", letter.text)[1]

"""The story of one order, from the shop's webhook to the review; docs/architecture.md tells the same in words."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Enrolment
from customers.models import Customer, OpenMatter
from events.clocks import tick
from events.models import Event, Receipt
from feedback.models import Review
from loyalty.models import Coupon, Lot
from messaging.actions import load_preset_mails
from messaging.models import LocalMail, Message
from orders.models import Order
from support.actions import answering
from support.models import Ticket
from tests.builders import cards, easypost, loyalty, shopify, tickets
from tests.builders.room import person
from tests.conftest import SECRET, connect
from vcards.models import Activity, AssignmentRule

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
        "review.published",
        "review.published",
    ]
    assert [m.state for m in Message.objects.order_by("id")] == ["sent", "sent", "sent"]


def test_a_bad_review_is_made_good_and_the_customer_comes_back(client, store, journeys):
    connect("easypost", "parcels")
    agent = person("agent", "taras@lavka.example")
    load_preset_mails(tickets.MAILS)
    loyalty.programme()
    pool = loyalty.pool(codes=2)
    AssignmentRule.objects.create(store=store, card=cards.card())

    # The confirmation carries the card of her manager. She saves the contact once.
    with time_machine.travel("2026-11-23T09:00:00Z", tick=False):
        buy(client, 1042)
        card = re.search(r"https?://[^/\s]+(/c/[\w-]+)\S*(\?for=\S+)", mail_about("order_confirmation").text)
        contact = client.get(f"{card[1]}.vcf{card[2]}", headers={"User-Agent": cards.PHONE, "Accept-Language": "uk"})

    olena, first = Customer.objects.get(), Order.objects.get()
    assert contact["Content-Type"] == "text/vcard; charset=utf-8"
    assert "FN:Ірина Мельник" in contact.content.decode()
    assert list(Activity.objects.filter(kind="save").values_list("times", "is_machine")) == [(1, False)]

    # The parcel arrives; a week later she gives two stars. A person is called at once.
    with time_machine.travel("2026-11-25T09:00:00Z", tick=False):
        arrive(client, 1042, "EZ1000000001")
    asleep = Enrolment.objects.get(journey__slug="review_request", order=first)
    with time_machine.travel(asleep.wake_at + timedelta(minutes=1), tick=False):
        tick()
        door = link_in(mail_about("review_request"), "r")
        client.post(door, {f"stars_{first.lines.first().pk}": "2", "author": "Олена"})
        tick()

        ticket = Ticket.objects.get()
        assert (ticket.channel, ticket.order, ticket.customer, ticket.state) == ("review", first, olena, "open")
        assert OpenMatter.objects.filter(customer=olena, kind="ticket", closed_at=None).count() == 1

        # The agent apologises, with a coupon.
        answering.answer(
            ticket.pk, "Вибачте! Ось знижка.", "form-1", ticket.version, agent, timezone.now(), True, pool.pk
        )
        tick()

    coupon = Coupon.objects.get(customer=olena)
    assert (coupon.state, coupon.cause) == ("issued", "agent")
    assert coupon.code in mail_about("ticket_reply").text
    assert not OpenMatter.objects.filter(customer=olena, closed_at=None).exists()

    # Her next order carries the code, and earns points when it has arrived; they wait until it cannot come back.
    with time_machine.travel("2026-12-14T09:00:00Z", tick=False):
        buy(client, 1043, discount_codes=[{"code": coupon.code, "amount": "100.00", "type": "fixed_amount"}])
    with time_machine.travel("2026-12-17T09:00:00Z", tick=False):
        arrive(client, 1043, "EZ1000000002")
    second = Order.objects.get(number="#1043")
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order) == ("used", second)
    lot = Lot.objects.get(order=second)
    assert (lot.points, lot.pending) == (125, 125)
    with time_machine.travel(lot.available_at + timedelta(minutes=1), tick=False):
        tick()
    lot.refresh_from_db()
    assert (lot.pending, lot.available) == (0, 125)

    # All of it is one story, of one person.
    told = Event.objects.filter(customer_id=olena.pk).order_by("at", "id").values_list("kind", flat=True)
    story = [
        "order.placed", "order.paid", "card.assigned", "card.saved", "shipment.delivered", "points.earned",
        "review.submitted", "ticket.opened", "coupon.issued", "ticket.answered", "ticket.solved",
        "order.placed", "order.paid", "card.assigned", "coupon.used", "points.available", "shipment.delivered",
        "points.earned", "points.available",
    ]  # fmt: skip
    assert [kind for kind in told if kind in story] == story


def buy(client, number, **fields):
    order = shopify.order(
        number,
        lines=[shopify.line("Мідний чайник", "1250.00")],
        currency="UAH",
        at=timezone.now().isoformat(),
        **fields,
    )
    deliver(client, "/in/shopify/lavka/", shopify.delivery(order, SECRET, "orders/create"))
    tick()


def arrive(client, number, tracking):
    """The shop hands the parcel over, and the carrier has brought it, both in this moment."""
    now = timezone.now()
    order = shopify.order(number, at=(now - timedelta(days=2)).isoformat())
    sent = shopify.fulfilment(order, numbers=[tracking], at=now.isoformat())
    deliver(client, "/in/shopify/lavka/", shopify.delivery(sent, SECRET, "fulfillments/create"))
    tick()
    there = easypost.tracker(tracking, "delivered", at=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    event = easypost.event(there, event_id=f"evt_{tracking}")
    deliver(client, "/in/easypost/parcels/", easypost.delivery(event, SECRET))
    tick()


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

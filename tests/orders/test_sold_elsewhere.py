"""Sales at the counter, and orders that a marketplace passes on."""

from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes, policy

import pytest
import time_machine

from customers.models import Consent, Customer, Identifier
from events.clocks import tick
from messaging.models import LocalMail, Message
from orders.actions import save_orders
from orders.models import Order
from orders.stores.seen import LineSeen, OrderSeen
from orders.stores.woocommerce import read_order
from tests.builders import woocommerce
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db

NOON = MONDAY.replace(hour=12)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def seen(number="1001", **more):
    sold = LineSeen("1", "Teapot", 1, Decimal("900.00"), Decimal("900.00"))
    words = {
        "external_id": number,
        "number": number,
        "currency": "UAH",
        "total": Decimal("900.00"),
        "placed_at": NOON - timedelta(minutes=5),
        "updated_at": NOON - timedelta(minutes=5),
        "lines": (sold,),
        "email": "olena@example.com",
        "phone": "+380501112233",
        "first_name": "Олена",
        "language": "uk",
        "financial": "paid",
        "paid_at": NOON - timedelta(minutes=5),
    }
    return OrderSeen(**words | more)


def saved(store, **more):
    return save_orders(store, [seen(**more)])[0].order


def test_a_sale_at_the_counter_is_done_with_the_sale(store):
    order = saved(store, channel="pos")

    order.refresh_from_db()
    assert (order.channel, order.stage, order.delivered_at) == ("pos", "delivered", NOON - timedelta(minutes=5))


def test_what_is_sent_home_from_the_counter_is_done_with_its_parcel(store):
    order = saved(store, channel="pos")
    Order.objects.filter(pk=order.pk).update(dispatched_at=NOON, delivered_at=None, stage="shipped")

    order = saved(store, channel="pos", updated_at=NOON + timedelta(hours=1))

    assert (order.stage, order.delivered_at) == ("shipped", None)


def test_a_service_sold_at_the_counter_is_waited_for(store):
    visit = LineSeen("2", "Fitting", 1, Decimal("100.00"), Decimal("100.00"), kind="service")

    order = saved(store, channel="pos", lines=(*seen().lines, visit))

    assert (order.stage, order.delivered_at) == ("paid", None)


def test_a_sale_that_was_taken_back_is_not_done(store):
    assert saved(store, channel="pos", cancelled_at=NOON).delivered_at is None


def test_the_mail_about_a_sale_at_the_counter_promises_no_parcel(store, journeys):
    saved(store, channel="pos")
    tick()

    mail = message_from_bytes(bytes(LocalMail.objects.get().raw), policy=policy.default)
    words = mail.get_body(("plain",)).get_content()
    assert "Дякуємо за покупку" in words
    assert "посилка" not in words


def test_a_week_after_the_sale_the_customer_is_asked_for_a_review(store, journeys, clock):
    saved(store, channel="pos")
    tick()

    clock.move_to(NOON + timedelta(days=8))
    tick()

    assert Message.objects.get(template__slug="review_request").state == "sent"


def test_the_buyer_of_a_marketplace_is_nobody_of_ours(store):
    own = saved(store)

    order = saved(store, number="r-1", channel="marketplace", relayed=True, accepts_marketing=True)

    assert (order.customer, own.customer is None) == (None, False)
    assert (Customer.objects.count(), Consent.objects.count()) == (1, 0)


def test_a_buyer_with_a_number_is_one_buyer_without_an_address(store):
    first, second = (saved(store, number=n, relayed=True, customer_id="77") for n in ("r-1", "r-2"))

    assert first.customer == second.customer
    assert list(Identifier.objects.values_list("kind", "value")) == [("external", "77")]


def test_the_buyer_of_a_marketplace_is_told_of_the_order_and_asked_nothing(store, journeys, clock):
    done = LineSeen("1", "Engraving", 1, Decimal("900.00"), Decimal("900.00"), kind="service", completed_at=NOON)
    saved(store, relayed=True, channel="marketplace", lines=(done,))
    tick()

    clock.move_to(NOON + timedelta(days=9))
    tick()

    confirmation, ask = Message.objects.order_by("pk")
    assert (confirmation.state, ask.state) == ("sent", "skipped")
    assert ask.why == ("A marketplace passed this order on: its buyer is written to about the order, and nothing else.")


def test_cash_at_the_door_is_a_payment_of_its_own(store):
    shown = woocommerce.order(205, payment_method="cod", date_paid_gmt=None, status="processing")

    [cash] = read_order(shown).payments
    assert (cash.kind, cash.state, cash.amount) == ("on_delivery", "pending", Decimal(shown["total"]))

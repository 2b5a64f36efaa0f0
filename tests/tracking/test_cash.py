"""Cash on delivery from the carrier's word to the order, the gate and the points."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from events.clocks import tick
from events.models import Event
from messaging import gate
from orders.actions import CashSeen, note_cash, save_orders
from orders.models import Order, OrderPage, Payment
from tests.builders import loyalty as points
from tests.builders import nova_poshta as carrier
from tests.builders.door import MONDAY, order_seen
from tests.builders.letters import letter
from tests.builders.post import planned
from tests.orders.test_money import cash, paid
from tests.tracking.test_shipments import fulfilled, scan
from tracking.actions import make_shipments, save_parcels
from tracking.carriers import nova_poshta
from tracking.models import Shipment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

HOUR = timedelta(hours=1)
NUMBER = carrier.NUMBER
# questions of one batch: news of a parcel's end, of the money, and the same word again
TOLD, PAID, AGAIN = 7, 9, 4


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY + 3 * HOUR, tick=False) as clock:
        yield clock


def sent(store, *payments, numbers=(NUMBER,), **order) -> Order:
    """An order of 1330 on its way with Nova Poshta."""
    seen = order_seen(**({"financial": "pending", "payments": payments} | order))
    made = save_orders(store, [seen])[0].order
    make_shipments([fulfilled(made, *numbers)], MONDAY)
    return made


def say(code: str, hours: int = 3, number: str = NUMBER, **fields: Any) -> None:
    """The carrier's answer of so many hours later."""
    told = carrier.document(code, number, f"{11 + hours}:00 23.11.2026", **fields)
    [parcel] = nova_poshta.read("getStatusDocuments", carrier.answer(told))
    now = MONDAY + hours * HOUR
    save_parcels([(parcel, now)], "nova_poshta", now)


def state() -> tuple[str, str, str]:
    order = Order.objects.get()
    return order.cash_state, str(order.due), str(order.paid)


GOODS = {"AfterpaymentOnGoodsCost": "1330.00"}


# --- The order's cash state -----------------------------------------------------------------------------------------


def test_what_the_carrier_asks_for_the_goods_is_due_on_the_order(store):
    sent(store)

    say("7", AfterpaymentOnGoodsCost="1349.50")

    assert state() == ("due", "1349.50", "0.00")
    assert Payment.objects.get().method == "Nova Poshta"


def test_taken_is_not_yet_paid_and_paid_comes_with_the_carriers_transfer(store):
    sent(store)
    say("7", **GOODS)

    say("9", 4, **GOODS)
    assert (state(), Payment.objects.get().reason) == (("due", "1330.00", "0.00"), "taken")
    assert OrderPage.objects.get().blocks["order"]["money"]["was_taken"] is True
    say("11", 5, **GOODS)

    assert (state(), Payment.objects.get().reason) == (("paid", "0.00", "1330.00"), "taken")
    assert Event.objects.filter(kind="order.paid").count() == 1


def test_the_fee_for_carrying_is_not_the_orders_money(store):
    sent(store, paid(), financial="paid")

    say("7", AmountToPay="96", PaymentStatus="NOT_PAYED")

    assert state() == ("", "0.00", "1330.00")
    assert not Payment.objects.filter(kind="on_delivery").exists()


def test_a_paid_fee_does_not_pay_for_the_goods(store):
    sent(store, cash())

    say("7", AmountToPay="96", PaymentStatus="PAYED")

    assert state() == ("due", "1330.00", "0.00")


@pytest.mark.parametrize("fields", [GOODS, {}])
def test_a_parcel_on_its_way_back_is_not_claimed_and_asks_for_nothing(store, fields):
    sent(store, cash())
    say("7", **fields)

    say("103", 4, **fields)

    assert state() == ("unclaimed", "0.00", "0.00")


def test_a_parcel_that_is_back_is_returned(store):
    sent(store, cash())
    say("103")

    scan(Shipment.objects.get(), "returned", 5)

    assert state() == ("returned", "0.00", "0.00")


def test_a_parcel_that_the_shop_takes_back_before_it_left_asks_for_nothing_and_the_shops_sum_stands(store):
    order = sent(store, cash())
    say("1", **GOODS)

    make_shipments([fulfilled(order, NUMBER, hours=4, status="cancelled")], MONDAY + 4 * HOUR)

    assert state() == ("due", "1330.00", "0.00")
    assert list(Payment.objects.order_by("source").values_list("source", "state")) == [
        ("carrier", "cancelled"),
        ("shop", "pending"),
    ]


def test_two_parcels_about_whose_sums_nobody_speaks_ask_for_the_order_once(store):
    sent(store, cash(), numbers=(NUMBER, "20400048799002"))

    for number in (NUMBER, "20400048799002"):
        say("9", number=number)

    assert state() == ("due", "1330.00", "0.00")
    assert Payment.objects.filter(source="carrier").count() == 1


def test_the_same_word_again_changes_nothing(store):
    sent(store)
    say("7", **GOODS)
    before = list(Payment.objects.values())

    say("7", **GOODS)

    assert list(Payment.objects.values()) == before


def test_any_number_of_parcels_is_told_with_the_same_questions(store, django_assert_num_queries):
    orders = [save_orders(store, [order_seen(n, financial="pending", payments=(cash(),))])[0].order for n in range(6)]

    def said(some, **more):
        return [CashSeen(o.pk, "7", MONDAY, carrier="Nova Poshta", **more) for o in some]

    for some in (orders[:1], orders[1:]):
        with django_assert_num_queries(TOLD):
            note_cash(said(some, fate="taken"), MONDAY)
        with django_assert_num_queries(PAID):
            note_cash(said(some, paid=True), MONDAY)
        with django_assert_num_queries(AGAIN):
            note_cash(said(some, paid=True), MONDAY)


# --- Who has not paid is asked nothing and earns nothing ------------------------------------------------------------


def test_an_ask_waits_for_the_cash_and_leaves_when_it_is_paid(store):
    order = sent(store)
    say("9", **GOODS)
    message = planned(order, MONDAY, "review_request")

    tick()
    message.refresh_from_db()
    assert message.why == "The parcel is not paid for yet: nobody is asked for an opinion before."
    assert (message.state, message.send_after) == ("ready", MONDAY + 27 * HOUR)

    say("11", 4, **GOODS)
    message.refresh_from_db()
    assert message.send_after == MONDAY + 4 * HOUR


def test_an_ask_about_a_parcel_waits_as_well_and_news_do_not(store):
    sent(store)
    say("7", **GOODS)
    about = {"subject_type": "shipment", "subject_id": Shipment.objects.get().pk}
    messages = [letter(purpose=purpose, **about) for purpose in ("review_requests", "surveys", "order_updates")]

    decisions = gate.judge(messages, MONDAY + 3 * HOUR)

    assert [decisions[m.pk].verdict for m in messages] == ["hold", "hold", "send"]


def test_points_come_after_the_cash(store):
    points.programme()
    order = sent(store)
    say("9", **GOODS)
    tick()
    assert points.entries() == []

    say("11", 4, **GOODS)
    tick()

    assert points.entries() == [("issuance", "pending", 125)]
    assert points.standing(order.customer_id) == (0, 125, 0)


@pytest.mark.parametrize("way", [("delivered", "returning", "returned"), ("returned", "delivered", "returning")])
def test_money_that_came_back_is_dated_by_the_way_back_whichever_scan_was_heard_first(store, way):
    sent(store, cash("1330.00"))
    hours = {"delivered": 1, "returning": 2, "returned": 3}

    for milestone in way:
        scan(Shipment.objects.get(), milestone, hours[milestone])

    row = Payment.objects.get(source=Payment.Source.CARRIER)
    assert (row.state, row.reason, row.at) == ("cancelled", "returned", MONDAY + 2 * HOUR)

"""Rozetka: what the marketplace's orders say, and how it is asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from customers.models import Customer
from events.clocks import drain
from events.models import Poll, Receipt
from events.payloads import MISSING, NOT_A_TIME
from events.polls import ask_now
from events.sources import Unreadable
from orders.models import Order
from orders.stores import rozetka
from orders.stores.seen import AddressSeen, LineSeen, OrderSeen, PaymentSeen
from tests.builders import rozetka as shop
from tests.builders.door import MONDAY
from tests.builders.stand_in import asked_at, stand_in

PLACED = datetime(2026, 11, 23, 8, 58, tzinfo=UTC)
DUE = Decimal("690.00")


def read(**overrides):
    return rozetka.read("order", shop.order(**overrides))


def test_a_new_order_is_read_to_its_last_field():
    assert read() == (
        OrderSeen(
            external_id="248888186",
            number="248888186",
            currency="UAH",
            total=DUE,
            placed_at=PLACED,
            updated_at=PLACED,
            lines=(
                LineSeen(
                    external_id="158280800",
                    title="Чайник",
                    quantity=1,
                    price=Decimal(640),
                    total=Decimal(640),
                    sku="T-1",
                    product_id="38221768",
                    image_url="https://rozetka.com.ua/goods/38221768.jpg",
                ),
            ),
            subtotal=Decimal(690),
            shipping=Decimal(50),
            discount=Decimal(50),
            financial="pending",
            customer_id="39919762",
            first_name="Олена",
            last_name="Коваль",
            phone="380501112233",
            address=AddressSeen(
                name="Коваль Петро",
                line1="№ 1, вул. Пирогівський шлях, 135",
                city="Київ",
                country="UA",
                phone="380671112233",
            ),
            shipping_method="Нова Пошта",
            payment_method="Оплата під час отримання товару",
            channel="marketplace",
            relayed=True,
            payments=(PaymentSeen("cod", "on_delivery", DUE, "pending", PLACED),),
        ),
    )


@pytest.mark.parametrize(
    ("status", "of", "milestone", "financial", "cash", "cancelled"),
    [
        (26, 1, "", "pending", "pending", False),
        (4, 1, "in_transit", "pending", "pending", False),
        (5, 1, "ready_for_pickup", "pending", "pending", False),
        (6, 2, "delivered", "paid", "paid", False),
        (12, 3, "returning", "voided", "cancelled", False),
        (85, 3, "returned", "voided", "cancelled", False),
        (45, 3, "", "voided", "cancelled", True),
        (999, 1, "", "pending", "pending", False),
    ],
)
def test_a_status_tells_of_the_parcel_the_money_and_the_order(status, of, milestone, financial, cash, cancelled):
    order, parcel = read(status=status, status_group=of, ttn="20450000000001")

    assert (parcel.numbers, parcel.milestone) == (("20450000000001",), milestone)
    assert (order.financial, order.payments[0].state, order.cancelled_at) == (
        financial,
        cash,
        PLACED if cancelled else None,
    )


@pytest.mark.parametrize(
    ("word", "financial"),
    [
        ("unpaid", "pending"),
        ("paid", "paid"),
        ("part-paid", "partly_paid"),
        ("hold", "authorized"),
        ("returned", "refunded"),
        ("part-returned", "partly_refunded"),
        ("something new", "pending"),
    ],
)
def test_a_card_is_paid_when_rozetka_says_so(word, financial):
    (order,) = read(payment=shop.card(word))

    assert (order.financial, order.payments) == (financial, ())
    assert order.paid_at == (datetime(2026, 11, 23, 8, 59, 11, tzinfo=UTC) if word == "paid" else None)


def test_what_was_taken_out_of_the_order_is_no_line_and_older_names_are_text():
    (order,) = read(purchases=[shop.purchase(), shop.purchase(id=2, status=0)], user_title="Коваль Олена")

    assert len(order.lines) == 1
    assert (order.first_name, order.address.name) == ("", "Коваль Петро")


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"created": "вчора"}, NOT_A_TIME),
        ({"cost": None, "cost_with_discount": None}, MISSING),
        ({"id": None}, MISSING),
    ],
)
def test_odd_values_are_refused_with_a_sentence(odd, why):
    with pytest.raises(Unreadable) as caught:
        read(**odd)

    assert caught.value.reason.text == why


# --- Asked --------------------------------------------------------------------------------------------------------


@pytest.fixture
def api(store):
    with time_machine.travel(MONDAY, tick=False) as clock, stand_in(shop.speak) as api:
        asked_at(api, store, "rozetka", shop.KEY)
        api.clock = clock
        yield api


@pytest.mark.django_db
def test_it_is_walked_page_by_page_with_one_pass_and_its_buyers_are_nobody_of_ours(api):
    api.orders = [shop.order(1000 + n) for n in range(45)]

    drain("polls")
    drain("receipts")

    assert (Receipt.objects.filter(state="done").count(), [one.path for one in api.asked].count("/sites")) == (45, 1)
    assert Poll.objects.get().cursor["since"] == MONDAY.isoformat()
    assert (Order.objects.filter(relayed=True, channel="marketplace").count(), Customer.objects.count()) == (45, 1)
    assert not Customer.objects.filter(identifiers__value__contains="380501112233").exists()


@pytest.mark.django_db
def test_a_pass_that_is_refused_before_its_time_is_made_anew(api):
    drain("polls")
    api.orders = [shop.order()]
    api.clock.move_to(MONDAY + timedelta(minutes=13))
    api.moods = [shop.in_json(shop.refusal(6001, "session_expired"))]

    drain("polls")

    assert [one.path for one in api.asked[-3:]] == ["/orders/search", "/sites", "/orders/search"]
    assert (Receipt.objects.count(), Poll.objects.get().failures) == (1, 0)


@pytest.mark.django_db
def test_another_key_does_not_go_on_with_the_pass_of_the_old_one(api, store):
    drain("polls")
    store.connection.token = "somebody:else"
    store.connection.save()
    ask_now(store.connection, MONDAY)

    drain("polls")

    assert Poll.objects.get().why == "Rozetka answered with an error: “incorrect_username_password”."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "word", "refused"),
    [(1004, "incorrect_username_password", True), (5503, "technical_maintenance", False)],
)
def test_an_error_that_comes_with_200_is_told_and_only_a_bad_key_is_the_keys_fault(api, code, word, refused):
    api.moods = [shop.in_json(shop.refusal(code, word))]

    drain("polls")

    poll = Poll.objects.get()
    assert (poll.why, bool(poll.refused_at)) == (f"Rozetka answered with an error: “{word}”.", refused)
    assert poll.cursor == {}

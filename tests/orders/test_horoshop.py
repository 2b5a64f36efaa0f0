"""Horoshop: what its orders say, and how it is asked although it cannot say what changed."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from events.clocks import drain
from events.models import Poll, Receipt
from events.payloads import MISSING, NOT_A_CURRENCY
from events.sources import Unreadable
from orders.models import Order
from orders.stores import horoshop
from orders.stores.seen import AddressSeen, FulfilmentSeen, LineSeen, OrderSeen, PaymentSeen
from tests.builders import horoshop as shop
from tests.builders.door import MONDAY
from tests.builders.stand_in import asked_at, in_json, stand_in

PLACED = datetime(2026, 11, 23, 9, 4, tzinfo=UTC)
HEARD = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)


def read(**overrides):
    return horoshop.read("order", shop.asked(**overrides))


def test_a_new_order_is_read_to_its_last_field():
    assert read() == (
        OrderSeen(
            external_id="123",
            number="123",
            currency="UAH",
            total=Decimal("599.5"),
            placed_at=PLACED,
            updated_at=HEARD,
            lines=(LineSeen("T-1", "Чайник", 1, Decimal(799), Decimal(799), sku="T-1", product_id="T-1"),),
            subtotal=Decimal(799),
            discount=Decimal("199.5"),
            financial="pending",
            email="olena@example.com",
            phone="+380501112233",
            address=AddressSeen(
                name="Коваль Олена",
                line1="Відділення №1: вул. Пирогівський шлях, 135",
                city="Київ",
                country="UA",
                phone="+380501112233",
            ),
            shipping_method="Новою поштою",
            payment_method="Накладений платіж",
            payments=(PaymentSeen("cod", "on_delivery", Decimal("599.5"), "pending", PLACED),),
        ),
    )


def test_a_waybill_is_a_parcel_and_delivery_that_was_calculated_is_part_of_the_sum():
    order, parcel = read(stat_status=6, delivery_price=70, delivery_data={"tnNumber": "20450000000001"})

    assert (order.total, order.shipping) == (Decimal("669.5"), Decimal(70))
    assert parcel == FulfilmentSeen("123", "123:1", HEARD, HEARD, carrier="Новою поштою", numbers=("20450000000001",))


def test_what_was_sent_without_a_waybill_is_a_parcel_without_a_number():
    _order, parcel = read(stat_status=6)

    assert (parcel.external_id, parcel.numbers, parcel.milestone, parcel.status) == ("123:1", (), "", "success")


@pytest.mark.parametrize(
    ("status", "payed", "method", "financial", "cash"),
    [
        (2, 1, "Онлайн-оплата", "paid", []),
        (3, 0, "Накладений платіж", "paid", ["paid"]),
        (3, 0, "Оплата на рахунок", "pending", []),
        (4, 0, "Наличными", "voided", ["cancelled"]),
        (17, 0, {"ua": "Післяплата", "ru": "Наложка"}, "pending", ["pending"]),
    ],
)
def test_money_follows_the_mark_and_the_status(status, payed, method, financial, cash):
    order = read(stat_status=status, payed=payed, payment_type={"id": 1, "title": method})[0]

    assert (order.financial, [payment.state for payment in order.payments]) == (financial, cash)
    assert order.cancelled_at == (HEARD if status == 4 else None)


def test_a_gift_beside_what_was_bought_is_a_line_of_its_own():
    (order,) = read(products=[shop.product(), shop.product(price=0, type="gift", title={"ua": "Подарунок"})])

    assert [(x.external_id, x.title, x.total) for x in order.lines] == [
        ("T-1", "Чайник", 799),
        ("T-1-2", "Подарунок", 0),
    ]


@pytest.mark.parametrize(
    ("odd", "why"),
    [({"total_sum": None}, MISSING), ({"currency": "грн"}, NOT_A_CURRENCY), ({"products": [{"price": 1}]}, MISSING)],
)
def test_odd_values_are_refused_with_a_sentence(odd, why):
    with pytest.raises(Unreadable) as caught:
        read(**odd)

    assert caught.value.reason.text == why


# --- Asked --------------------------------------------------------------------------------------------------------


@pytest.fixture
def api(store):
    with time_machine.travel(MONDAY, tick=False) as clock, stand_in(shop.speak) as api:
        asked_at(api, store, "horoshop", shop.KEY)
        api.clock = clock
        yield api


def questions(api):
    return [json.loads(one.body) for one in api.asked if one.path == "/api/orders/get/"]


@pytest.mark.django_db
def test_only_what_changed_is_read_again_and_every_three_hours_it_looks_further_back(api):
    drain("polls")
    api.orders = [shop.order(1 + n) for n in range(120)]
    api.clock.move_to(MONDAY + timedelta(minutes=13))
    drain("polls")
    drain("receipts")
    api.orders[5] = shop.order(6, stat_status=4)
    api.clock.move_to(MONDAY + timedelta(days=10))

    drain("polls")
    drain("receipts")

    assert (Order.objects.count(), Receipt.objects.count()) == (120, 121)
    assert Order.objects.get(external_id="6").cancelled_at == MONDAY + timedelta(days=10)
    assert {q["from"] for q in questions(api)} == {"2026-11-23 11:00:00"}  # never before it was first asked
    assert [q["offset"] for q in questions(api)] == [0, 0, 100, 0, 100]
    assert [one.path for one in api.asked].count("/api/auth/") == 3


@pytest.mark.django_db
def test_between_the_far_looks_it_covers_three_days(api):
    drain("polls")
    for minutes in (14_400, 14_410):
        api.clock.move_to(MONDAY + timedelta(minutes=minutes))
        Poll.objects.update(next_at=MONDAY)
        drain("polls")

    assert [q["from"] for q in questions(api)][1:] == ["2026-11-23 11:00:00", "2026-11-30 11:10:00"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "why", "refused"),
    [
        ({"status": "ERROR", "response": {"message": "Wrong login or password"}}, "Wrong login or password", True),
        ({"status": "EXCEPTION", "response": {}}, "EXCEPTION", False),
    ],
)
def test_who_is_given_no_pass_is_told_so(api, answer, why, refused):
    api.moods = [in_json(answer)]

    drain("polls")

    poll = Poll.objects.get()
    assert (poll.why, bool(poll.refused_at)) == (f"Horoshop answered with an error: “{why}”.", refused)


@pytest.mark.django_db
def test_an_error_beside_a_good_pass_is_asked_again_later(api):
    api.moods = [
        in_json({"status": "OK", "response": {"token": "pass-1"}}),
        in_json({"status": "UNDEFINED_FUNCTION", "response": {"message": "no function"}}),
    ]

    drain("polls")

    assert Poll.objects.values_list("failures", "refused_at", "cursor").get() == (1, None, {})

"""Prom.ua: what its orders say, and how it is asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from events.clocks import drain
from events.models import Poll, Receipt
from events.payloads import NO_OFFSET, NOT_AN_AMOUNT
from events.sources import Ignored, Unreadable
from orders.models import Order
from orders.stores import prom
from orders.stores.seen import AddressSeen, FulfilmentSeen, LineSeen, OrderSeen, PaymentSeen
from tests.builders import prom as shop
from tests.builders.door import MONDAY
from tests.builders.stand_in import asked_at, in_json, stand_in

PLACED = datetime(2026, 11, 23, 8, 58, 0, 588791, tzinfo=UTC)


def read(**overrides):
    return prom.read("order", shop.order(**overrides))


def test_a_paid_order_of_the_catalogue_is_read_to_its_last_field():
    assert read() == (
        OrderSeen(
            external_id="205000001",
            number="205000001",
            currency="UAH",
            total=Decimal("1320.50"),
            placed_at=PLACED,
            updated_at=PLACED,
            lines=(
                LineSeen(
                    external_id="1900000055",
                    title="Чайник",
                    quantity=1,
                    price=Decimal("1250.50"),
                    total=Decimal("1250.50"),
                    sku="TEA-1",
                    product_id="1900000055",
                    image_url="https://images.prom.ua/55.jpg",
                ),
            ),
            subtotal=Decimal("1250.50"),
            shipping=Decimal(70),
            financial="paid",
            paid_at=datetime(2026, 11, 23, 8, 59, tzinfo=UTC),
            customer_id="77",
            first_name="Олена",
            last_name="Коваль",
            email="olena@example.com",
            phone="+380501112233",
            address=AddressSeen(
                name="Коваль Петро",
                line1="Київ, Відділення №1: вул. Пирогівський шлях, 135",
                country="UA",
                phone="+380671112233",
            ),
            shipping_method="Нова Пошта",
            payment_method="Пром-оплата",
            channel="marketplace",
            payments=(),
        ),
        FulfilmentSeen("205000001", "205000001:1", PLACED, PLACED, carrier="nova_poshta", numbers=("20450000000001",)),
    )


@pytest.mark.parametrize(
    ("status", "financial", "payment"),
    [
        ("pending", "", PaymentSeen("cod", "on_delivery", Decimal("1320.50"), "pending", PLACED)),
        ("custom-172548", "", PaymentSeen("cod", "on_delivery", Decimal("1320.50"), "pending", PLACED)),
        ("delivered", "paid", PaymentSeen("cod", "on_delivery", Decimal("1320.50"), "paid", PLACED)),
        ("canceled", "voided", PaymentSeen("cod", "on_delivery", Decimal("1320.50"), "cancelled", PLACED)),
    ],
)
def test_cash_on_delivery_follows_the_status(status, financial, payment):
    order, parcel = prom.read("order", shop.by_cash(status=status))

    assert (order.financial, order.payments) == (financial, (payment,))
    assert parcel.milestone == ("delivered" if status == "delivered" else "")


def test_a_cancelled_order_tells_when_and_why():
    (order,) = read(status="canceled", delivery_provider_data=None, cancellation={"title": "Немає в наявності"})

    assert (order.cancelled_at, order.cancel_reason, order.financial) == (PLACED, "Немає в наявності", "paid")


def test_an_order_of_the_own_site_that_was_fetched_is_handed_over_without_a_number():
    order, parcel = read(source="company_site", status="delivered", delivery_provider_data=None, email=None)

    assert (order.channel, order.email) == ("web", "")
    assert (parcel.numbers, parcel.milestone) == ((), "delivered")


def test_two_lines_of_one_product_and_weighed_goods_are_told_apart():
    (order, _parcel) = read(products=[shop.product(), shop.product(quantity=1.25, price=161, total_price="201.25")])

    assert [(x.external_id, x.quantity, x.total) for x in order.lines] == [
        ("1900000055", 1, Decimal("1250.50")),
        ("1900000055-2", 2, Decimal("201.25")),
    ]


def test_a_draft_is_no_order_yet():
    assert isinstance(read(status="draft"), Ignored)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"full_price": "$ 32.00"}, NOT_AN_AMOUNT),
        ({"full_price": "1,320.50 грн"}, NOT_AN_AMOUNT),
        ({"full_price": True}, NOT_AN_AMOUNT),
        ({"date_created": "2026-11-23T10:58:00"}, NO_OFFSET),
    ],
)
def test_odd_values_are_refused_with_a_sentence(odd, why):
    with pytest.raises(Unreadable) as caught:
        read(**odd)

    assert caught.value.reason.text == why


def test_nobody_may_knock():
    assert not prom.authentic({"authorization": "Bearer x"}, b"{}", ["x"])


# --- Asked --------------------------------------------------------------------------------------------------------


@pytest.fixture
def api(store):
    with time_machine.travel(MONDAY, tick=False) as clock, stand_in(shop.speak) as api:
        asked_at(api, store, "prom", shop.TOKEN)
        api.clock = clock
        yield api


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 230])
def test_it_is_walked_down_to_the_lowest_id(api, count):
    api.orders = [shop.order(1000 + n) for n in range(count)]

    drain("polls")

    assert Receipt.objects.count() == count
    assert Poll.objects.get().cursor == {"since": MONDAY.isoformat()}
    assert len(api.asked) == {0: 1, 1: 2, 230: 4}[count]


@pytest.mark.django_db
def test_a_change_is_found_by_the_next_walk_and_what_did_not_change_is_not(api):
    api.orders = [shop.order(1), shop.order(2)]
    drain("polls")
    api.clock.move_to(MONDAY + timedelta(minutes=13))
    changed = (MONDAY + timedelta(minutes=9)).isoformat()
    api.orders[0] |= {"date_modified": changed, "status": "canceled", "cancellation": {"title": "Дорого"}}

    drain("polls")
    drain("receipts")

    assert Order.objects.values_list("external_id", "cancel_reason").order_by("external_id").get(cancelled_at=None)
    assert Order.objects.get(external_id="1").cancel_reason == "Дорого"
    assert Receipt.objects.count() == 3
    assert api.asked[-1].query["last_modified_from"] == "2026-11-23T08:55:00"


@pytest.mark.django_db
def test_an_order_without_a_date_of_its_change_is_as_new_as_the_question(api):
    api.moods = [in_json({"orders": [shop.order(1, at="")]}), in_json({"orders": []})]

    drain("polls")
    drain("receipts")

    assert Order.objects.get().source_updated_at == MONDAY


@pytest.mark.django_db
def test_one_odd_order_parks_alone_and_can_be_read_again(api):
    api.orders = [shop.order(1), shop.order(2, full_price="ціна за домовленістю")]

    drain("polls")
    drain("receipts")

    parked = Receipt.objects.get(state="parked")
    assert "ціна за домовленістю" in parked.why
    assert Order.objects.get().external_id == "1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ((403, {}, b"{}"), "The source refused our key (403)."),
        ((429, {"Retry-After": "7"}, b""), "The source answered 429."),
        ((200, {}, b'{"error": "down"}'), "The field “orders” is missing, and nothing can be done without it."),
    ],
)
def test_of_an_odd_answer_nothing_is_concluded(api, mood, why):
    api.moods = [mood]

    drain("polls")

    poll = Poll.objects.get()
    assert (poll.cursor, poll.why, poll.failures) == ({}, why, 1)

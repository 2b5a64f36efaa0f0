"""OpenCart: what the file in the shop's folder tells, and how it is asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from events.clocks import drain
from events.models import Poll, Receipt
from events.payloads import NO_OFFSET, NOT_A_CURRENCY
from events.sources import Ignored, Unreadable
from orders.models import Order
from orders.stores import opencart
from orders.stores.seen import AddressSeen, LineSeen, OrderSeen, PaymentSeen
from tests.builders import opencart as shop
from tests.builders.door import MONDAY
from tests.builders.stand_in import asked_at, stand_in

PLACED = datetime(2026, 11, 23, 8, 58, tzinfo=UTC)
DUE = Decimal(250)


def read(**overrides):
    return opencart.read("order", shop.order(**overrides))


def test_a_new_order_is_read_to_its_last_field():
    assert read() == (
        OrderSeen(
            external_id="1",
            number="1",
            currency="UAH",
            total=DUE,
            placed_at=PLACED,
            updated_at=PLACED,
            lines=(
                LineSeen(
                    external_id="42",
                    title="Чайник «А»",
                    quantity=2,
                    price=Decimal(100),
                    total=Decimal(200),
                    sku="T-1",
                    product_id="42",
                    image_url="https://tea.example/image/catalog/a%20b.jpg",
                ),
            ),
            subtotal=Decimal(200),
            shipping=Decimal(70),
            discount=Decimal(20),
            discount_codes=("TEA10",),
            financial="pending",
            first_name="Олена",
            last_name="Коваль",
            email="n1@example.com",
            phone="+380501112233",
            language="uk",
            address=AddressSeen(
                name="Петро Коваль",
                line1="Відділення №1",
                city="Київ",
                region="Київ",
                country="UA",
                phone="+380501112233",
            ),
            shipping_method="Нова Пошта",
            payment_method="Оплата при доставці",
            payments=(PaymentSeen("cod", "on_delivery", DUE, "pending", PLACED),),
        ),
    )


@pytest.mark.parametrize(
    ("stage", "code", "financial", "cash", "milestone"),
    [
        ("paid", "cod", "pending", ["pending"], None),
        ("paid", "liqpay", "paid", [], None),
        ("", "bank_transfer", "pending", [], None),
        ("shipped", "cod.cod", "pending", ["pending"], ""),
        ("done", "cod", "paid", ["paid"], "delivered"),
        ("cancelled", "cod", "voided", ["cancelled"], None),
        ("refunded", "liqpay", "refunded", [], None),
    ],
)
def test_the_meaning_of_a_status_tells_of_money_and_parcel(stage, code, financial, cash, milestone):
    order, *parcels = read(stage=stage, payment_code=code)

    assert (order.financial, [payment.state for payment in order.payments]) == (financial, cash)
    assert [parcel.milestone for parcel in parcels] == ([] if milestone is None else [milestone])
    assert order.cancelled_at == (PLACED if stage == "cancelled" else None)


def test_a_waybill_of_the_nova_poshta_module_is_a_parcel():
    _order, parcel = read(novaposhta_cn_number="20450000000001")

    assert (parcel.external_id, parcel.carrier, parcel.numbers) == ("1:1", "nova_poshta", ("20450000000001",))


def test_a_checkout_that_was_left_is_no_order():
    assert isinstance(read(order_status_id="0"), Ignored)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"stage": "on the moon"}, opencart.ODD_STAGE),
        ({"date_added": "2026-11-23 10:58:00"}, NO_OFFSET),
        ({"currency_code": "ГРН"}, NOT_A_CURRENCY),
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
        asked_at(api, store, "opencart", shop.KEY)
        api.clock = clock
        yield api


@pytest.mark.django_db
def test_it_is_walked_by_id_and_a_change_is_found(api):
    api.orders = [shop.order(1 + n) for n in range(110)]
    drain("polls")
    api.clock.move_to(MONDAY + timedelta(minutes=13))
    api.orders[0] |= {"date_modified": "2026-11-23T11:09:00+02:00", "stage": "cancelled", "status_name": "Скасовано"}

    drain("polls")
    drain("receipts")

    assert [one.query["after"] for one in api.asked] == ["0", "100"] * 2
    assert (Order.objects.count(), Receipt.objects.count()) == (110, 111)
    assert Order.objects.get(external_id="1").cancel_reason == "Скасовано"
    assert Poll.objects.get().cursor == {"since": (MONDAY + timedelta(minutes=13)).isoformat()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ((403, {}, b"{}"), "The source refused our key (403)."),
        ((404, {}, b"<html>"), "The source answered 404."),
        ((200, {}, b"<?php"), "The body is not valid JSON (Expecting value: line 1 column 1 (char 0))."),
    ],
)
def test_of_an_odd_answer_nothing_is_concluded(api, mood, why):
    api.moods = [mood]

    drain("polls")

    assert Poll.objects.values_list("cursor", "failures").get() == ({}, 1)
    assert Poll.objects.get().why == why

import json
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

import pytest

from events.payloads import (
    HOLDS_NUL,
    MISSING,
    NOT_A_CURRENCY,
    NOT_A_LIST,
    NOT_AN_AMOUNT,
    NOT_FIELDS,
    ROUNDED_ID,
)
from events.sources import Ignored, Unreadable
from orders.stores import shopify
from orders.stores.seen import AddressSeen, FulfilmentSeen, LineSeen
from tests.builders import shopify as shop

SECRET = "shopify-secret"


def read_one(payload, topic="orders/create"):
    (seen,) = shopify.read(topic, payload)
    return seen


def refusal(payload, topic="orders/create"):
    with pytest.raises(Unreadable) as caught:
        shopify.read(topic, payload)
    return caught.value.reason


def test_signed_body_is_authentic_with_any_live_secret():
    body, headers = shop.delivery(shop.order(), SECRET)

    assert shopify.authentic(headers, body, ["newer", SECRET])
    assert not shopify.authentic(headers, body + b" ", ["newer", SECRET])
    assert not shopify.authentic(headers, body, ["newer"])
    assert not shopify.authentic({}, body, [SECRET])
    assert not shopify.authentic(headers, body, [""])


def test_key_of_a_delivery_is_its_webhook_id():
    body, headers = shop.delivery(shop.order(), SECRET, webhook_id="b1")

    envelope = shopify.envelope(headers, body)

    assert (envelope.key, envelope.topic) == ("b1", "orders/create")


def test_without_a_webhook_id_the_body_is_the_key():
    envelope = shopify.envelope({"x-shopify-topic": "orders/create"}, b"{}")

    assert envelope.key == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    ("payload", "topic"),
    [
        (shop.order(), "orders/updated"),
        (shop.fulfilment(shop.order()), "fulfillments/update"),
        ({"id": 1, "email": "olena@example.com"}, ""),
        ([1, 2], ""),
    ],
)
def test_without_a_topic_header_the_shape_of_the_body_decides(payload, topic):
    assert shopify.envelope({}, json.dumps(payload).encode()).topic == topic


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_envelope_of_a_broken_body_has_a_key_and_no_topic(body):
    envelope = shopify.envelope({}, body)

    assert (envelope.key, envelope.topic) == (f"sha256:{sha256(body).hexdigest()}", "")


def test_order_in_our_words():
    kettle = shop.line("Copper kettle", "35.00", quantity=2, total_discount="5.00", id=11, product_id=77)
    del kettle["admin_graphql_api_id"]

    order = read_one(shop.order(1001, lines=[kettle], total_discounts="5.00", total_price="70.00"))

    assert order.external_id == "5900000001001"
    assert order.number == "#1001"
    assert (order.currency, order.total) == ("EUR", Decimal("70.00"))
    assert (order.subtotal, order.discount) == (Decimal("70.00"), Decimal("5.00"))
    assert (order.shipping, order.tax) == (Decimal("5.00"), Decimal("0.00"))
    assert order.placed_at == order.updated_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert (order.financial, order.cancelled_at, order.test) == ("paid", None, False)
    assert order.customer_id == "6100000000001"
    assert (order.first_name, order.last_name) == ("Olena", "Kovalenko")
    assert (order.email, order.phone, order.language) == ("olena@example.com", "+380501234567", "uk")
    assert (order.shipping_method, order.payment_method) == ("Courier", "Card")
    assert order.address == AddressSeen(
        name="Olena Kovalenko",
        line1="Khreshchatyk St 22",
        line2="apt. 7",
        city="Kyiv",
        postcode="01001",
        country="UA",
        phone="+380501234567",
    )
    assert order.lines == (
        LineSeen(
            external_id="11",
            title="Copper kettle",
            quantity=2,
            price=Decimal("35.00"),
            total=Decimal("65.00"),
            sku="COPPER-KETTLE",
            product_id="77",
            variant_id="8000000001300",
        ),
    )


def test_ids_beyond_2_to_the_53_stay_exact():
    order = read_one(shop.order(id=820982911946154509, admin_graphql_api_id=None))

    assert order.external_id == "820982911946154509"


def test_tail_of_the_gid_wins_over_a_rounded_number():
    order = read_one(shop.order(id=820982911946154500, admin_graphql_api_id="gid://shopify/Order/820982911946154508"))

    assert order.external_id == "820982911946154508"


def test_rounded_id_without_a_gid_is_refused():
    reason = refusal(shop.order(id=8.209829119461545e17, admin_graphql_api_id=None))

    assert (reason.text, reason.values) == (ROUNDED_ID, {"field": "id", "value": "8.209829119461545e+17"})


def test_shop_currency_is_taken_not_the_one_the_buyer_looked_at():
    order = read_one(shop.order(currency="EUR", presentment_currency="UAH"))

    assert order.currency == "EUR"


def test_total_is_the_sale_not_what_is_left_after_returns():
    order = read_one(shop.order(current_total_price="0.00", financial_status="refunded"))

    assert (order.total, order.financial) == (Decimal("40.00"), "refunded")


def test_cancellation_inside_a_create_body_counts():
    order = read_one(shop.order(cancelled_at="2026-03-02T12:00:00+02:00", cancel_reason="customer"))

    assert order.cancelled_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert order.cancel_reason == "customer"


def test_cancelled_topic_without_a_time_is_cancelled_when_it_was_updated():
    order = read_one(shop.order(updated_at="2026-03-02T12:00:00+02:00"), topic="orders/cancelled")

    assert order.cancelled_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_version_falls_back_to_the_time_of_creation():
    order = read_one(shop.order(updated_at=None, at="2026-03-02T10:15:00+02:00"))

    assert order.updated_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def test_order_moved_from_elsewhere_keeps_its_own_day():
    order = read_one(shop.order(processed_at="2024-12-01T10:00:00Z"))

    assert order.placed_at == datetime(2024, 12, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "language"),
    [("uk-UA", "uk"), ("ru", "ru"), ("EN_GB", "en"), (None, ""), ("english", ""), ("", "")],
)
def test_language_is_two_letters_or_none(locale, language):
    assert read_one(shop.order(customer_locale=locale)).language == language


def test_guest_without_email_has_a_phone():
    order = read_one(shop.order(email=None, customer=None, phone="+380671112233"))

    assert (order.email, order.phone, order.customer_id) == ("", "+380671112233", "")
    assert order.first_name == "Olena"


def test_order_without_any_contact_is_still_an_order():
    order = read_one(shop.order(email=None, customer=None, billing_address=None, shipping_address=None))

    assert (order.email, order.phone, order.first_name) == ("", "", "")
    assert order.address == AddressSeen()


def test_phone_and_postcode_may_come_as_numbers():
    order = read_one(shop.order(phone=380501234567, shipping_address=shop.address(zip=40003)))

    assert (order.phone, order.address.postcode) == ("380501234567", "40003")


def test_half_an_emoji_does_not_lose_the_order():
    order = read_one(shop.order(customer=shop.customer(first_name="Olena \ud83d")))

    assert order.first_name == "Olena ?"


def test_fulfilment_with_several_numbers_is_one_fulfilment():
    payload = shop.fulfilment(
        shop.order(),
        numbers=("20450000000001", " 20450000000002", "20450000000001", ""),
        tracking_urls=["https://novaposhta.ua/tracking/20450000000001"],
        shipment_status="out_for_delivery",
    )

    fulfilment = read_one(payload, "fulfillments/create")

    assert fulfilment == FulfilmentSeen(
        order_external_id="5900000001001",
        external_id="59000000010011",
        created_at=datetime(2026, 3, 3, 7, tzinfo=UTC),
        updated_at=datetime(2026, 3, 3, 7, tzinfo=UTC),
        status="success",
        carrier="Nova Poshta",
        numbers=("20450000000001", "20450000000002"),
        urls=("https://novaposhta.ua/tracking/20450000000001",),
        lines=((str(shop.line()["id"]), 1),),
        milestone="out_for_delivery",
    )


def test_single_tracking_number_is_enough():
    fulfilment = read_one(
        shop.fulfilment(shop.order(), tracking_numbers=None, tracking_number="1Z999AA10123456784"),
        "fulfillments/update",
    )

    assert fulfilment.numbers == ("1Z999AA10123456784",)


def test_fulfilment_without_a_number_is_read():
    fulfilment = read_one(shop.fulfilment(shop.order(), numbers=(), carrier=None), "fulfillments/create")

    assert (fulfilment.numbers, fulfilment.carrier) == ((), "")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("pending", "pending"),
        ("open", "pending"),
        ("success", "success"),
        ("cancelled", "cancelled"),
        ("error", "failed"),
    ],
)
def test_status_of_a_fulfilment(theirs, ours):
    payload = shop.fulfilment(shop.order(), status=theirs)

    assert read_one(payload, "fulfillments/update").status == ours


def test_fulfilments_inside_an_order_come_after_it():
    payload = shop.order()
    payload["fulfillments"] = [shop.fulfilment(payload), shop.fulfilment(payload, part=2, order_id=None)]

    order, first, second = shopify.read("orders/updated", payload)

    assert first.order_external_id == second.order_external_id == order.external_id


@pytest.mark.parametrize("topic", ["customers/delete", "app/uninstalled", "draft_orders/create"])
def test_other_topics_are_ignored_with_a_reason(topic):
    outcome = shopify.read(topic, {"id": 1})

    assert isinstance(outcome, Ignored)
    assert (
        str(outcome.reason)
        == f"Shopify's “{topic}” is not read: only orders, fulfillments, refunds and privacy requests are."
    )


def test_body_without_a_topic_or_a_known_shape_is_ignored():
    assert shopify.read("", {"id": 1}) == Ignored(shopify.Reason(shopify.NO_TOPIC))


@pytest.mark.parametrize(
    ("overrides", "text", "values"),
    [
        ({"currency": "GOLD"}, NOT_A_CURRENCY, {"value": "GOLD"}),
        ({"currency": "XXX"}, NOT_A_CURRENCY, {"value": "XXX"}),
        ({"currency": None}, MISSING, {"field": "currency"}),
        ({"id": None, "admin_graphql_api_id": None}, MISSING, {"field": "id"}),
        ({"name": None, "order_number": ""}, MISSING, {"field": "name"}),
        ({"created_at": None, "processed_at": None}, MISSING, {"field": "processed_at"}),
        ({"total_price": "1,234.50"}, NOT_AN_AMOUNT, {"field": "total_price", "value": "1,234.50"}),
        ({"total_price": "NaN"}, NOT_AN_AMOUNT, {"field": "total_price", "value": "NaN"}),
        ({"total_price": "1e5"}, NOT_AN_AMOUNT, {"field": "total_price", "value": "1e5"}),
        ({"total_price": "1_000"}, NOT_AN_AMOUNT, {"field": "total_price", "value": "1_000"}),
        ({"total_price": "１２"}, NOT_AN_AMOUNT, {"field": "total_price", "value": "１２"}),
        ({"total_price": True}, NOT_AN_AMOUNT, {"field": "total_price", "value": "True"}),
        ({"total_price": float("inf")}, NOT_AN_AMOUNT, {"field": "total_price", "value": "inf"}),
        (
            {"total_price": "12345678901.00"},
            NOT_AN_AMOUNT,
            {"field": "total_price", "value": "12345678901.00"},
        ),
        ({"line_items": {"0": {}}}, NOT_A_LIST, {"field": "line_items", "value": "{'0': {}}"}),
        ({"name": "#10\x0001"}, HOLDS_NUL, {"field": "name"}),
    ],
)
def test_nonsense_is_refused_with_a_reason(overrides, text, values):
    reason = refusal(shop.order(**overrides))

    assert (reason.text, reason.values) == (text, values)


@pytest.mark.parametrize("payload", [[], "order", 7, None])
def test_body_that_is_no_object_is_refused(payload):
    assert refusal(payload).text == NOT_FIELDS


READ = "read"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"customer": [1]}, "The field “customer” should be a group of fields, but it is “[1]”."),
        ({"customer": "Olena"}, "The field “customer” should be a group of fields, but it is “Olena”."),
        (
            {"email": {"value": "olena@example.com"}},
            "The field “email” should be text, but it is “{'value': 'olena@example.com'}”.",
        ),
        ({"email": True}, "The field “email” should be text, but it is “True”."),
        ({"line_items": [1]}, "The field “line_items” should be a group of fields, but it is “1”."),
        (
            {"line_items": [{"id": 1, "price": "1.00", "quantity": "many"}]},
            "The field “quantity” should be a quantity such as 2, but it is “many”.",
        ),
        (
            {"line_items": [{"id": 1, "price": "1.00", "quantity": -1}]},
            "The field “quantity” should be a quantity such as 2, but it is “-1”.",
        ),
        (
            {"line_items": [{"price": "1.00", "quantity": 1}]},
            "The field “line_items.id” is missing, and nothing can be done without it.",
        ),
        (
            {"created_at": "yesterday", "processed_at": None},
            "The field “created_at” should be a date and time, but it is “yesterday”.",
        ),
        (
            {"processed_at": "2026-03-02T10:15:00"},
            "The time “2026-03-02T10:15:00” in “processed_at” does not say in which time zone it is.",
        ),
        (
            {"processed_at": "9999-12-31T23:59:59-12:00"},
            "The field “processed_at” should be a date and time, but it is “9999-12-31T23:59:59-12:00”.",
        ),
        (
            {"payment_gateway_names": {"a": 1}},
            "The field “payment_gateway_names” should be a list, but it is “{'a': 1}”.",
        ),
        ({"payment_gateway_names": [{}]}, "The field “payment_gateway_names” should be text, but it is “{}”."),
        ({"total_shipping_price_set": []}, READ),
        (
            {"name": "x" * 10_000, "customer": {"first_name": "\ud800\0"}},
            "The field “first_name” holds a NUL character, which cannot be stored.",
        ),
    ],
)
def test_wrong_types_are_read_or_refused_in_a_sentence(overrides, said):
    answer = READ
    try:
        shopify.read("orders/create", shop.order(**overrides))
    except Unreadable as refusal:
        answer = str(refusal.reason)

    assert answer == said


def test_a_reason_can_be_stored_whatever_it_quotes():
    reason = refusal(shop.order(total_price="\ud800\0" + "9" * 100))

    assert reason.values == {"field": "total_price", "value": "?␀" + "9" * 37 + "…"}


@pytest.mark.parametrize(
    ("tags", "discreet"), [("vip, Discreet", True), ("discreetly", False), ("", False), (None, False)]
)
def test_a_tag_makes_an_order_discreet(tags, discreet):
    assert read_one(shop.order(tags=tags)).discreet is discreet


def test_codes_and_what_went_back_are_read_and_what_was_only_restocked_is_not():
    payload = shop.order(
        discount_codes=[{"code": "THANKS-1", "amount": "5.00", "type": "fixed_amount"}, {"code": ""}],
        refunds=[
            {"transactions": [{"kind": "refund", "status": "success", "amount": "5.00"}]},
            {"transactions": [{"kind": "refund", "status": "failure", "amount": "9.00"}]},
            {"transactions": [], "refund_line_items": [{"quantity": 1}]},
        ],
    )

    seen = shopify.read_order(payload)

    assert seen.discount_codes == ("THANKS-1",)
    assert seen.refunded == Decimal("5.00")

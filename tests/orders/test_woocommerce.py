import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from events.payloads import HOLDS_NUL, MISSING, NOT_A_CURRENCY, NOT_A_LIST, NOT_A_TIME, NOT_AN_AMOUNT
from events.sources import Ignored, Unreadable
from orders.stores import woocommerce
from orders.stores.seen import AddressSeen, FulfilmentSeen, LineSeen
from tests.builders import woocommerce as shop

SECRET = "woo-secret"


def read_order(payload, topic="order.updated"):
    return woocommerce.read(topic, payload)[0]


def refusal(payload, topic="order.created"):
    with pytest.raises(Unreadable) as caught:
        woocommerce.read(topic, payload)
    return caught.value.reason


def test_signed_body_is_authentic_with_any_live_secret():
    body, headers = shop.delivery(shop.order(), SECRET)

    assert woocommerce.authentic(headers, body, ["newer", SECRET])
    assert not woocommerce.authentic(headers, body[:-1], [SECRET])
    assert not woocommerce.authentic({}, body, [SECRET])
    assert not woocommerce.authentic(headers, body, [""])


def test_creation_ping_is_told_from_a_delivery():
    body, headers = shop.ping(12)

    assert woocommerce.ping(headers, body)
    assert not woocommerce.authentic(headers, body, [SECRET])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"webhook_id=",
        b"webhook_id=12&x=1",
        b"webhook_id=1\n",
        b"webhook_id=abc",
        b"{}",
        b"webhook_id=-1",
    ],
)
def test_anything_more_than_a_ping_is_no_ping(body):
    assert not woocommerce.ping({}, body)


def test_ping_with_a_signature_or_a_topic_is_no_ping():
    assert not woocommerce.ping({"x-wc-webhook-signature": "x"}, b"webhook_id=12")
    assert not woocommerce.ping({"x-wc-webhook-topic": "order.created"}, b"webhook_id=12")


def test_key_is_webhook_topic_and_body_not_the_delivery_id():
    body, headers = shop.delivery(shop.order(), SECRET)
    again = headers | {"x-wc-webhook-delivery-id": "another"}

    assert woocommerce.envelope(headers, body) == woocommerce.envelope(again, body)
    assert woocommerce.envelope(headers, body).topic == "order.created"
    assert woocommerce.envelope(headers, body).key.startswith("12:order.created:")
    assert woocommerce.envelope(headers, body) != woocommerce.envelope(headers, body + b" ")


def test_without_a_topic_header_the_shape_of_the_body_decides():
    assert woocommerce.envelope({}, json.dumps(shop.order()).encode()).topic == "order.updated"
    assert woocommerce.envelope({}, b'{"id": 1}').topic == ""
    assert woocommerce.envelope({}, b"[" * 100_000).topic == ""


def test_order_in_our_words():
    shirt = shop.line("Shirt &ndash; M", "10.50", quantity=2, id=424, product_id=30, sku="S-M", total="19.00")

    order = read_order(shop.order(205, lines=[shirt], discount_total="2.00", shipping_cost="5.00"))

    assert (order.external_id, order.number) == ("205", "205")
    assert (order.currency, order.total, order.subtotal) == ("UAH", Decimal("24.00"), Decimal("21.00"))
    assert (order.discount, order.shipping, order.tax) == (Decimal("2.00"), Decimal("5.00"), Decimal("0.00"))
    assert order.placed_at == order.updated_at == order.paid_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert (order.financial, order.cancelled_at, order.customer_id) == ("paid", None, "42")
    assert (order.first_name, order.last_name) == ("Petro", "Bondarenko")
    assert (order.email, order.phone) == ("petro@example.com", "+380671112233")
    assert (order.shipping_method, order.payment_method) == ("Courier", "Card")
    assert order.address == AddressSeen(
        name="Petro Bondarenko",
        line1="Deribasivska St 1",
        city="Odesa",
        region="UA51",
        postcode="65000",
        country="UA",
        phone="+380671112233",
    )
    assert order.lines == (
        LineSeen(
            external_id="424",
            title="Shirt – M",
            quantity=2,
            price=Decimal("10.50"),
            total=Decimal("19.00"),
            sku="S-M",
            product_id="30",
            image_url=shirt["image"]["src"],
        ),
    )


def test_order_key_never_leaves_the_adapter():
    payload = shop.order(order_key="wc_order_topsecret", meta_data=[shop.tracking(shop.tracking_item())])

    assert "topsecret" not in repr(woocommerce.read("order.created", payload))


def test_guest_has_no_customer_id():
    assert read_order(shop.order(customer_id=0)).customer_id == ""


def test_empty_shipping_address_means_the_billing_one():
    order = read_order(shop.order(shipping=dict.fromkeys(shop.address(), "")))

    assert order.address.city == "Odesa"


def test_order_without_any_contact_is_still_an_order():
    order = read_order(shop.order() | {"billing": {}, "shipping": []})

    assert (order.email, order.phone, order.address) == ("", "", AddressSeen())


@pytest.mark.parametrize(
    ("overrides", "financial"),
    [
        ({"status": "pending", "date_paid_gmt": None}, "pending"),
        ({"status": "on-hold", "date_paid_gmt": None}, "pending"),
        ({"status": "processing", "date_paid_gmt": None}, "paid"),
        ({"status": "processing", "date_paid_gmt": None, "payment_method": "cod"}, "pending"),
        ({"status": "completed", "date_paid_gmt": None}, "paid"),
        ({"status": "failed", "date_paid_gmt": None}, "voided"),
        ({"status": "refunded"}, "refunded"),
        ({"status": "processing", "refunds": [{"id": 1, "total": "-5.00"}]}, "partly_refunded"),
        ({"status": "awaiting-engraving", "date_paid_gmt": None}, ""),
        ({"status": "awaiting-engraving"}, "paid"),
        ({"status": "delivered"}, "paid"),
    ],
)
def test_payment_follows_dates_and_refunds_before_the_status(overrides, financial):
    assert read_order(shop.order(**overrides)).financial == financial


@pytest.mark.parametrize("status", ["cancelled", "trash"])
def test_cancelled_order_was_cancelled_when_it_last_changed(status):
    order = read_order(shop.order(status=status, date_modified_gmt="2026-03-04T10:00:00"))

    assert order.cancelled_at == datetime(2026, 3, 4, 10, tzinfo=UTC)


def test_only_gmt_times_are_read():
    reason = refusal(shop.order(date_created_gmt=None))

    assert (reason.text, reason.values) == (MISSING, {"field": "date_created_gmt"})


@pytest.mark.parametrize("never", ["0000-00-00T00:00:00", "-0001-11-30T00:00:00", "1970-01-01T00:00:00", ""])
def test_zero_dates_mean_never(never):
    assert read_order(shop.order(date_paid_gmt=never)).paid_at is None


def test_language_comes_from_the_translation_plugin():
    order = read_order(shop.order(meta_data=[{"id": 1, "key": "wpml_language", "value": "uk"}]))

    assert order.language == "uk"


def test_each_tracking_number_is_a_fulfilment_after_the_order():
    payload = shop.order(
        205,
        meta_data=[
            shop.tracking(
                shop.tracking_item("20450000000001"),
                shop.tracking_item(
                    "RA123456789UA",
                    carrier="",
                    custom_tracking_provider="Укрпошта",
                    custom_tracking_link="https://track.ukrposhta.ua/x",
                    tracking_id="",
                    date_shipped="",
                ),
            )
        ],
    )

    _, first, second = woocommerce.read("order.updated", payload)

    assert first == FulfilmentSeen(
        order_external_id="205",
        external_id="id-20450000000001",
        created_at=datetime(2026, 3, 3, tzinfo=UTC),
        updated_at=datetime(2026, 3, 2, 8, 15, tzinfo=UTC),
        carrier="nova-poshta",
        numbers=("20450000000001",),
    )
    assert (second.external_id, second.carrier) == ("205:RA123456789UA", "Укрпошта")
    assert second.urls == ("https://track.ukrposhta.ua/x",)
    assert second.created_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def test_shop_that_says_delivered_says_it_of_its_parcels():
    payload = shop.order(status="delivered", meta_data=[shop.tracking(shop.tracking_item())])

    _, fulfilment = woocommerce.read("order.updated", payload)

    assert fulfilment.milestone == "delivered"


@pytest.mark.parametrize(
    ("value", "parcels"),
    [
        ({"0": shop.tracking_item(), "2": shop.tracking_item("2")}, 2),
        ([shop.tracking_item(""), shop.tracking_item(date_shipped="soon"), shop.tracking_item("7")], 1),
        ([None, "x", []], 0),
        ("a:1:{i:0;}", 0),
        ("", 0),
        (None, 0),
        (7, 0),
    ],
)
def test_broken_tracking_meta_never_holds_back_the_order(value, parcels):
    payload = shop.order(meta_data=[{"id": 1, "key": "_wc_shipment_tracking_items", "value": value}])

    order, *fulfilments = woocommerce.read("order.updated", payload)

    assert order.external_id == "205"
    assert len(fulfilments) == parcels


@pytest.mark.parametrize("topic", ["product.updated", "action.woocommerce_x", "coupon.created"])
def test_other_topics_are_ignored_with_a_reason(topic):
    outcome = woocommerce.read(topic, {"id": 205})

    assert isinstance(outcome, Ignored)
    assert str(outcome.reason) == f"WooCommerce's “{topic}” is not read: only orders are."


def test_unfinished_checkout_is_ignored():
    outcome = woocommerce.read("order.created", shop.order(status="checkout-draft"))

    assert outcome == Ignored(woocommerce.Reason(woocommerce.STILL_A_DRAFT))


@pytest.mark.parametrize(
    ("overrides", "text", "values"),
    [
        ({"currency": "гривня"}, NOT_A_CURRENCY, {"value": "ГРИВНЯ"}),
        ({"id": None}, MISSING, {"field": "id"}),
        ({"id": 0}, MISSING, {"field": "id"}),
        ({"total": "12,50"}, NOT_AN_AMOUNT, {"field": "total", "value": "12,50"}),
        ({"total": None}, MISSING, {"field": "total"}),
        ({"line_items": "none"}, NOT_A_LIST, {"field": "line_items", "value": "none"}),
        (
            {"date_created_gmt": "02.03.2026"},
            NOT_A_TIME,
            {"field": "date_created_gmt", "value": "02.03.2026"},
        ),
        ({"number": "2\x0005"}, HOLDS_NUL, {"field": "number"}),
    ],
)
def test_nonsense_is_refused_with_a_reason(overrides, text, values):
    reason = refusal(shop.order() | overrides)

    assert (reason.text, reason.values) == (text, values)


@pytest.mark.parametrize("quantity", [0.5, "1.5", "2", 3])
def test_weighed_goods_count_as_started_pieces(quantity):
    (line,) = read_order(shop.order(lines=[shop.line() | {"quantity": quantity}])).lines

    assert line.quantity == {0.5: 1, "1.5": 2, "2": 2, 3: 3}[quantity]


READ = "read"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"billing": "x"}, "The field “billing” should be a group of fields, but it is “x”."),
        ({"billing": [1]}, "The field “billing” should be a group of fields, but it is “[1]”."),
        ({"meta_data": {"a": 1}}, "The field “meta_data” should be a list, but it is “{'a': 1}”."),
        ({"meta_data": [{"key": ["x"], "value": 1}]}, "The field “key” should be text, but it is “['x']”."),
        ({"refunds": "x"}, "The field “refunds” should be a list, but it is “x”."),
        ({"line_items": [{"id": 1, "quantity": 0, "total": "1"}]}, READ),
        (
            {"line_items": [{"id": 1, "quantity": 1, "total": 1e-7}]},
            "The field “total” should be an amount such as 12.50, but it is “1e-07”.",
        ),
        ({"line_items": [shop.line(image="x.jpg")]}, READ),
        ({"date_modified_gmt": 12}, "The field “date_modified_gmt” should be a date and time, but it is “12”."),
        ({"status": {"a": 1}}, "The field “status” should be text, but it is “{'a': 1}”."),
        (
            {"customer_id": 1.5},
            "The id in “customer_id” is “1.5”, a number with a fraction or an exponent:"
            " some program on the way has rounded it.",
        ),
        ({"currency": ["UAH"]}, "The field “currency” should be text, but it is “['UAH']”."),
    ],
)
def test_wrong_types_are_read_or_refused_in_a_sentence(overrides, said):
    answer = READ
    try:
        woocommerce.read("order.created", shop.order() | overrides)
    except Unreadable as refusal:
        answer = str(refusal.reason)

    assert answer == said


@pytest.mark.parametrize(("value", "discreet"), [("yes", True), ("1", True), ("no", False), ("", False)])
def test_a_field_makes_an_order_discreet(value, discreet):
    assert read_order(shop.order(meta_data=[{"key": "discreet", "value": value}])).discreet is discreet


def test_coupons_and_refunds_of_the_order_are_read():
    payload = shop.order(
        coupon_lines=[{"id": 1, "code": "thanks-1", "discount": "5.00"}],
        refunds=[{"id": 2, "reason": "", "total": "-5.00"}, {"id": 3, "total": "-1.50"}],
    )

    seen = woocommerce.read_order(payload)

    assert seen.discount_codes == ("thanks-1",)
    assert (seen.refunded, seen.financial) == (Decimal("6.50"), "partly_refunded")

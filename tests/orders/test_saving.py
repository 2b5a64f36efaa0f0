"""Saving what a shop shows: versions, lines, figures of the customer, placeholders, stages."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Enrolment
from customers.models import Customer, Stats
from events.clocks import tick
from events.models import Event, Receipt
from messaging.models import Message
from orders.actions import Progress, note_progress, report_fulfilments, save_orders, speak, stage_of, zone_of
from orders.models import Order, OrderPage, Product
from orders.stores.seen import AddressSeen, FulfilmentSeen
from tests.builders import shopify, woocommerce
from tests.builders.door import MONDAY, knock, line_seen, order_seen
from tests.conftest import SECRET, connect

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MONTH = timedelta(days=30)


def save(store, *seen, **how):
    return save_orders(store, seen, **how)


def kinds(**about):
    return list(Event.objects.filter(**about).order_by("id").values_list("kind", flat=True))


# --- Versions -----------------------------------------------------------------------------------------------------


def test_an_older_version_never_overwrites_a_newer_one(store):
    save(store, order_seen(total=Decimal("900.00"), updated_at=MONDAY + HOUR))

    [outdated] = save(store, order_seen(total=Decimal("1330.00"), email="old@example.com"))

    order = Order.objects.get()
    assert (outdated.outdated, outdated.created) == (True, False)
    assert (str(order.total), order.email) == ("900.00", "olena@example.com")
    assert kinds() == ["order.placed", "order.paid"]


def test_a_second_version_of_the_same_second_is_taken(store):
    save(store, order_seen(financial="pending"))

    save(store, order_seen(financial="paid"))

    assert Order.objects.get().financial == "paid"
    assert kinds() == ["order.placed", "order.changed", "order.paid"]


def test_woocommerce_knows_seconds_only_and_its_second_word_counts(client, store):
    connect("woocommerce", "hlyna")
    store.connection = connect("woocommerce", "lavka")
    store.save()
    for status in ("pending", "processing"):
        order = woocommerce.order(205, status=status, date_paid_gmt=None, date_paid=None)
        knock(client, "/in/woocommerce/lavka/", woocommerce.delivery(order, SECRET, "order.updated"))
    tick()

    assert Receipt.objects.filter(state="done").count() == 2
    assert Order.objects.get().financial == "paid"


def test_of_several_versions_in_one_batch_the_newest_is_kept_and_the_news_is_one(store):
    later = order_seen(total=Decimal("900.00"), updated_at=MONDAY + HOUR)

    results = save(store, later, order_seen(), replace(later, updated_at=MONDAY - HOUR))

    assert [one.order.pk for one in results] == [Order.objects.get().pk] * 3
    assert str(Order.objects.get().total) == "900.00"
    assert kinds() == ["order.placed", "order.paid"]


def test_the_same_version_again_changes_nothing_and_is_no_news(store):
    save(store, order_seen())
    version = OrderPage.objects.get().version

    save(store, order_seen())

    assert kinds() == ["order.placed", "order.paid"]
    assert OrderPage.objects.get().version == version + 1


def test_a_change_names_its_fields(store):
    save(store, order_seen())

    save(store, order_seen(updated_at=MONDAY + HOUR, email="new@example.com", total=Decimal("1400.00")))

    assert Event.objects.get(kind="order.changed").data == {"number": "#1042", "fields": ["email", "total"]}


def test_updated_before_created_is_one_order_and_one_confirmation(client, store, journeys):
    at = timezone.now()
    created = shopify.order(1042, at=at.isoformat())
    updated = created | {"updated_at": (at + timedelta(minutes=1)).isoformat(), "note": "leave at the door"}

    for topic, body in (("orders/updated", updated), ("orders/create", created)):
        knock(client, "/in/shopify/lavka/", shopify.delivery(body, SECRET, topic))
        tick()

    assert Order.objects.count() == 1
    assert [m.state for m in Message.objects.all()] == ["sent"]


def test_cancelled_before_created_stays_cancelled_and_writes_to_nobody(client, store, journeys):
    at = timezone.now()
    created = shopify.order(1042, at=at.isoformat())
    later = (at + timedelta(minutes=1)).isoformat()
    cancelled = created | {"updated_at": later, "cancelled_at": later, "cancel_reason": "customer"}

    for topic, body in (("orders/cancelled", cancelled), ("orders/create", created)):
        knock(client, "/in/shopify/lavka/", shopify.delivery(body, SECRET, topic))
        tick()

    order = Order.objects.get()
    assert (order.stage, order.cancel_reason, order.customer.stats.orders) == ("cancelled", "customer", 0)
    assert kinds() == ["order.placed", "order.paid", "order.cancelled"]
    assert not Message.objects.exists()
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"exited"}


def test_an_old_order_first_heard_of_in_an_update_is_history(client, store, journeys):
    old = shopify.order(1042, at=(timezone.now() - timedelta(days=3)).isoformat())

    knock(client, "/in/shopify/lavka/", shopify.delivery(old, SECRET, "orders/updated"))
    tick()

    assert Order.objects.count() == 1
    assert (Message.objects.count(), Enrolment.objects.count()) == (0, 0)


# --- Lines --------------------------------------------------------------------------------------------------------


def test_lines_are_replaced_by_those_the_shop_shows_now(store):
    kettle, cup = line_seen("Чайник"), line_seen("Чашка", "240.50", 2)
    save(store, order_seen(lines=(kettle, cup)))
    first = {line.title: line.pk for line in Order.objects.get().lines.all()}

    more_cups = line_seen("Чашка", "240.50", 3)
    save(store, order_seen(lines=(more_cups, line_seen("Ложка", "99.00")), updated_at=MONDAY + HOUR))

    lines = {line.title: line for line in Order.objects.get().lines.all()}
    assert {title: (line.quantity, str(line.total)) for title, line in lines.items()} == {
        "Чашка": (3, "721.50"),
        "Ложка": (1, "99.00"),
    }
    assert lines["Чашка"].pk == first["Чашка"]
    assert [line["title"] for line in OrderPage.objects.get().blocks["order"]["lines"]] == ["Чашка", "Ложка"]
    assert set(Product.objects.values_list("title", flat=True)) == {"Чайник", "Чашка", "Ложка"}


def test_the_page_holds_exact_sums_and_the_ids_of_its_lines(store):
    save(store, order_seen())

    block = OrderPage.objects.get().blocks["order"]
    line = Order.objects.get().lines.get()
    assert (block["total"], block["shipping"], block["currency"]) == ("1330.00", "80.00", "UAH")
    assert block["lines"] == [
        {
            "id": line.pk,
            "product": line.product_id,
            "title": "Чайник",
            "sku": "",
            "quantity": 1,
            "total": "1250.00",
            "image_url": "",
        }
    ]


# --- The customer's figures ---------------------------------------------------------------------------------------


def figures():
    row = Stats.objects.get()
    return row.orders, row.spent


def test_an_order_counts_once_however_often_it_is_seen(store):
    for hours in range(3):
        save(store, order_seen(updated_at=MONDAY + hours * HOUR, cancel_reason=f"v{hours}"))

    assert figures() == (1, {"UAH": "1330.00"})


def test_a_cancelled_order_is_taken_back_once_and_counts_again_when_it_revives(store):
    save(store, order_seen(1), order_seen(2))
    cancelled = order_seen(1, updated_at=MONDAY + HOUR, cancelled_at=MONDAY + HOUR)

    save(store, cancelled)
    save(store, replace(cancelled, updated_at=MONDAY + 2 * HOUR, cancel_reason="customer"))
    assert figures() == (1, {"UAH": "1330.00"})

    save(store, replace(cancelled, updated_at=MONDAY + 3 * HOUR, cancelled_at=None))
    assert figures() == (2, {"UAH": "2660.00"})


def test_a_changed_total_changes_the_sum_and_not_the_count_nor_the_dates(store):
    save(store, order_seen())

    save(store, order_seen(updated_at=MONDAY + HOUR, total=Decimal("1000.00")))

    assert figures() == (1, {"UAH": "1000.00"})
    assert Stats.objects.get().previous_order_at is None


def test_sums_of_two_currencies_are_never_added(store):
    save(store, order_seen(1), order_seen(2, currency="EUR", total=Decimal("10.50")))

    assert figures() == (2, {"UAH": "1330.00", "EUR": "10.50"})


def test_an_order_that_changes_its_customer_moves_between_their_figures(store):
    save(store, order_seen())

    save(
        store,
        order_seen(updated_at=MONDAY + HOUR, customer_id="88", email="petro@example.com", phone="+380671112233"),
    )

    assert list(Stats.objects.order_by("pk").values_list("orders", flat=True)) == [0, 1]
    assert Order.objects.get().customer.stats.spent == {"UAH": "1330.00"}


def test_first_last_and_previous_order_follow_the_dates_and_not_the_arrival(store):
    for number, days in ((1, 10), (2, 0), (3, 20), (4, 15)):
        save(store, order_seen(number, at=MONDAY + timedelta(days=days)))

    row = Stats.objects.get()
    assert [(d - MONDAY).days for d in (row.first_order_at, row.previous_order_at, row.last_order_at)] == [0, 15, 20]


def test_an_order_taken_back_takes_its_dates_along(store):
    for number, days in ((1, 0), (2, 10), (3, 20)):
        save(store, order_seen(number, at=MONDAY + timedelta(days=days)))

    save(store, order_seen(3, at=MONDAY + timedelta(days=20), updated_at=MONDAY + MONTH, cancelled_at=MONDAY + MONTH))

    row = Stats.objects.get()
    assert [(d - MONDAY).days for d in (row.first_order_at, row.previous_order_at, row.last_order_at)] == [0, 0, 10]
    assert (row.orders, row.usual_gap_days) == (2, 10)


def test_the_only_currency_stands_in_plain_columns_until_there_is_a_second(store):
    save(store, order_seen(1))
    row = Stats.objects.get()
    assert (row.only_currency, row.only_spent, row.language) == ("UAH", Decimal("1330.00"), "uk")

    save(store, order_seen(2, currency="EUR", total=Decimal("10.50")))
    row = Stats.objects.get()
    assert (row.only_currency, row.only_spent) == ("many", None)


def test_the_expected_value_adds_a_year_at_the_usual_pace(store):
    save(store, order_seen(1), order_seen(2, at=MONDAY + timedelta(days=73)))

    row = Stats.objects.get()
    assert (row.usual_gap_days, row.spent, row.expected) == (73, {"UAH": "2660.00"}, {"UAH": "9310.00"})


# --- Placeholders -------------------------------------------------------------------------------------------------


def fulfilment(order=1042, **overrides):
    known = {"external_id": "f1", "created_at": MONDAY, "updated_at": MONDAY, "numbers": ("20450000000001",)}
    return FulfilmentSeen(order_external_id=str(order), **(known | overrides))


def test_a_parcel_before_its_order_makes_a_placeholder_that_the_order_fills(store):
    report_fulfilments(store, [fulfilment()])
    placeholder = Order.objects.get()
    assert (placeholder.placeholder, placeholder.number, placeholder.customer) == (True, "", None)

    [saved] = save(store, order_seen())

    order = Order.objects.get()
    assert (order.pk, order.public_id, order.placeholder) == (placeholder.pk, placeholder.public_id, False)
    assert (saved.created, order.number, order.customer.stats.orders) == (True, "#1042", 1)
    assert kinds() == ["order.fulfilment_reported", "order.placed", "order.paid"]


def test_a_parcel_before_its_order_is_told_to_the_customer_when_the_order_comes(client, store, journeys):
    at = timezone.now()
    order = shopify.order(1042, at=at.isoformat())
    sent = shopify.fulfilment(order, at=at.isoformat(), shipment_status="in_transit")
    knock(client, "/in/shopify/lavka/", shopify.delivery(sent, SECRET, "fulfillments/create"))
    tick()
    assert Order.objects.get().placeholder
    assert not Message.objects.exists()

    knock(client, "/in/shopify/lavka/", shopify.delivery(order, SECRET, "orders/create"))
    tick()

    saved = Order.objects.get()
    assert sorted(Message.objects.values_list("template__slug", "state")) == [
        ("order_confirmation", "sent"),
        ("shipping_update", "sent"),
    ]
    assert (saved.stage, saved.placeholder) == ("on_the_way", False)
    assert set(Event.objects.values_list("customer_id", flat=True)) == {saved.customer_id}


def test_the_same_fulfilment_is_said_once_however_often_the_order_changes(store):
    for hours in range(4):
        report_fulfilments(store, [fulfilment(updated_at=MONDAY + hours * HOUR)])
    report_fulfilments(store, [fulfilment(updated_at=MONDAY + 5 * HOUR, status="cancelled")])
    report_fulfilments(store, [fulfilment(updated_at=MONDAY + 6 * HOUR)])

    statuses = [e.data["status"] for e in Event.objects.order_by("id")]
    assert statuses == ["success", "cancelled", "success"]


# --- Stages -------------------------------------------------------------------------------------------------------

LATER = MONDAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ({"financial": "pending"}, "placed"),
        ({"financial": "paid"}, "paid"),
        ({"financial": "partly_refunded"}, "placed"),
        ({"financial": "refunded"}, "refunded"),
        ({"financial": "paid", "cancelled_at": LATER}, "cancelled"),
        ({"financial": "refunded", "cancelled_at": LATER}, "cancelled"),
        ({"financial": "paid", "stage": "cancelled"}, "paid"),
        ({"financial": "paid", "stage": "packing"}, "packing"),
        ({"financial": "refunded", "stage": "delivered", "dispatched_at": LATER}, "delivered"),
        ({"financial": "paid", "stage": "on_the_way", "dispatched_at": LATER, "cancelled_at": LATER}, "on_the_way"),
        ({"financial": "refunded", "stage": "packing"}, "refunded"),
    ],
)
def test_the_stage_follows_the_shop_until_the_parcel_has_left(state, stage):
    assert stage_of(Order(**state)) == stage


def test_a_refund_before_dispatch_is_not_hidden_by_a_printed_label(store):
    [saved] = save(store, order_seen(financial="refunded"))

    note_progress([Progress(saved.order.pk, "packing", None, None)])

    assert Order.objects.get().stage == "refunded"


def test_when_the_parcel_is_taken_back_the_shops_words_count_again(store):
    [saved] = save(store, order_seen())
    note_progress([Progress(saved.order.pk, "shipped", LATER, None)])
    assert Order.objects.get().stage == "shipped"

    note_progress([Progress(saved.order.pk, "", None, None)])

    assert Order.objects.get().stage == "paid"
    assert OrderPage.objects.get().blocks["order"]["dispatched_at"] is None


# --- Language and zone --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "order", "default", "allowed", "spoken"),
    [
        ("", "", "uk", ["uk", "en", "ru"], "uk"),
        ("", "en", "uk", ["uk", "en", "ru"], "en"),
        ("", "pl", "uk", ["uk", "en", "ru"], "uk"),
        ("", "ru", "uk", ["uk", "en"], "uk"),
        ("", "ru", "uk", [], "ru"),
        ("ru", "en", "uk", ["uk"], "ru"),
        ("pl", "en", "uk", ["uk", "en"], "en"),
        ("", "", "", [], "en"),
    ],
)
def test_the_persons_choice_comes_first_then_the_order_then_the_store(store, chosen, order, default, allowed, spoken):
    store.language, store.languages = default, allowed
    store.save()
    [saved] = save(store, order_seen(language=order))
    Customer.objects.update(language=chosen)
    store.refresh_from_db()

    assert speak(Order.objects.get()) == spoken
    assert saved.created


def test_times_are_told_in_the_customers_zone_then_in_the_stores(store):
    [abroad] = save(store, order_seen(1, address=AddressSeen(country="PL")))
    [unknown] = save(store, order_seen(2, customer_id="", email="a@example.com", phone="", address=AddressSeen()))

    assert (zone_of(abroad.order), zone_of(unknown.order)) == ("Europe/Warsaw", "Europe/Kyiv")


def test_two_hundred_orders_cost_as_many_statements_as_one(store, django_assert_max_num_queries):
    save(store, order_seen(1000))
    many = [order_seen(n, customer_id=f"c{n}", email=f"n{n}@example.com", phone="") for n in range(1, 201)]

    with time_machine.travel(MONDAY), django_assert_max_num_queries(25):
        save(store, *many)

    assert (Order.objects.count(), Stats.objects.filter(orders=1).count()) == (201, 201)


# --- Codes and refunds ----------------------------------------------------------------------------------------------


def test_codes_of_an_order_are_kept_once_each_and_a_new_one_is_a_change(store):
    save_orders(store, [order_seen(discount_codes=("SPRING", "SPRING", "thanks-1"))])

    later = order_seen(updated_at=MONDAY + timedelta(minutes=1), discount_codes=("SPRING", "thanks-1", "MORE"))
    save_orders(store, [later])

    assert Order.objects.get().discount_codes == ["SPRING", "thanks-1", "MORE"]
    assert Event.objects.get(kind="order.changed").data["fields"] == ["discount_codes"]


def test_an_order_that_was_refunded_whole_went_back_whole_whatever_sums_the_shop_shows(store):
    save_orders(store, [order_seen(financial="refunded")])

    assert Order.objects.get().refunded == Decimal("1330.00")

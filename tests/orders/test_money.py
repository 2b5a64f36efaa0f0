"""Payments of an order: rows, sums and facts, whatever comes in which order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from events.models import Event
from orders.actions import CashSeen, mark_cash_paid, note_cash, report_refunds, save_orders
from orders.actions.payments import https_only
from orders.models import Order, OrderPage, Payment
from orders.stores.seen import PaymentSeen, RefundSeen
from tests.builders.door import MONDAY, order_seen

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
D = Decimal


@pytest.fixture(autouse=True)
def _monday_evening():
    with time_machine.travel(MONDAY + 10 * HOUR, tick=False):
        yield


@pytest.fixture
def connection_counts(django_assert_max_num_queries):
    def count(run):
        with django_assert_max_num_queries(60) as counted:
            run()
        return len(counted)

    return count


def paid(amount: str = "1330.00", external_id: str = "p1", hours: int = 1, **more: Any) -> PaymentSeen:
    known = {"kind": "charge", "state": "paid", "at": MONDAY + hours * HOUR, "method": "LiqPay"}
    return PaymentSeen(external_id, amount=D(amount), **(known | more))


def refund(amount: str = "200.00", external_id: str = "r1", hours: int = 2, **more: Any) -> PaymentSeen:
    return paid(amount, external_id, hours, **({"kind": "refund"} | more))


def cash(amount: str = "1330.00", external_id: str = "c1", **more: Any) -> PaymentSeen:
    return paid(amount, external_id, **({"kind": "on_delivery", "state": "pending", "method": "Післяплата"} | more))


def save(store, *payments, **order):
    seen = order_seen(**({"financial": "pending", "payments": payments} | order))
    [saved] = save_orders(store, [seen])
    return Order.objects.get(pk=saved.order.pk)


def sums(order=None):
    order = Order.objects.get() if order is None else order
    return str(order.paid), str(order.due), str(order.refunded), order.cash_state


def kinds():
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def doubts():
    return [p.doubt_said for p in Payment.objects.order_by("pk") if p.doubt]


# --- Sums -----------------------------------------------------------------------------------------------------------


def test_what_is_due_is_the_total_less_what_came_in(store):
    save(store, paid("500.00"), financial="partly_paid")

    assert sums() == ("500.00", "830.00", "0.00", "")
    assert kinds() == ["order.placed", "payment.received"]
    assert Event.objects.last().data == {
        "payment_id": Payment.objects.get().pk,
        "amount": "500.00",
        "currency": "UAH",
        "on_delivery": False,
    }


def test_payments_that_reach_the_total_make_the_order_paid_once(store):
    save(store, paid("500.00"))
    for minutes in (1, 2):
        later = MONDAY + timedelta(minutes=minutes)
        save(store, paid("500.00"), paid("830.00", "p2", hours=3), updated_at=later)

    order = Order.objects.get()
    assert (order.paid_at, order.stage, sums(order)) == (MONDAY + 3 * HOUR, "paid", ("1330.00", "0.00", "0.00", ""))
    assert kinds().count("order.paid") == 1
    assert kinds().count("payment.received") == 2


@pytest.mark.parametrize("word", ["paid", "partly_refunded", "authorized", "voided"])
def test_the_shops_word_that_all_is_settled_ends_the_question(store, word):
    save(store, paid("500.00"), financial=word)

    assert Order.objects.get().due == 0


def test_a_source_that_says_nothing_of_payments_leaves_what_is_known(store):
    save(store, paid("500.00"))

    save(store, payments=None, updated_at=MONDAY + HOUR)

    assert sums() == ("500.00", "830.00", "0.00", "")
    assert Payment.objects.count() == 1


def test_a_payment_that_failed_is_a_fact_and_the_sum_stays_due(store):
    save(store, paid(state="failed", reason="Недостатньо коштів"), pay_url="https://pay.example.com/x")

    order = Order.objects.get()
    assert (sums(order), order.pay_url) == (("0.00", "1330.00", "0.00", ""), "https://pay.example.com/x")
    assert kinds() == ["order.placed", "payment.failed"]


def test_a_failed_payment_that_succeeded_later_is_paid_and_its_failure_is_history(store):
    save(store, paid())

    save(store, paid(hours=0, state="failed"), updated_at=MONDAY + HOUR)

    assert Payment.objects.get().state == "paid"
    assert Event.objects.get(kind="payment.failed").handled_at is not None  # on the timeline, and starts nothing


def test_an_order_cancelled_after_part_payment_owes_nothing(store):
    save(store, paid("500.00"))

    save(store, paid("500.00"), cancelled_at=MONDAY + 2 * HOUR, updated_at=MONDAY + 2 * HOUR)

    order = Order.objects.get()
    assert (order.stage, sums(order)) == ("cancelled", ("500.00", "0.00", "0.00", ""))
    assert kinds() == ["order.placed", "payment.received", "order.changed", "order.cancelled"]


def test_a_payment_of_the_year_3609_counts_on_the_day_it_was_heard_of_and_says_so(store):
    save(store, paid(at=datetime(3609, 1, 1, tzinfo=UTC)))

    row, order = Payment.objects.get(), Order.objects.get()
    assert (row.at, order.paid_at, sums(order)) == (
        MONDAY + 10 * HOUR,
        MONDAY + 10 * HOUR,
        ("1330.00", "0.00", "0.00", ""),
    )
    assert doubts() == ["The shop dated it 1 January 3609, which cannot be: the day we heard of it stands instead."]


def test_a_believable_date_is_newer_than_one_of_3609(store):
    save(store, paid(at=datetime(3609, 1, 1, tzinfo=UTC), state="failed"))

    save(store, paid(), updated_at=MONDAY + HOUR)

    assert (Payment.objects.get().at, sums()) == (MONDAY + HOUR, ("1330.00", "0.00", "0.00", ""))
    assert doubts() == []


def test_a_payment_in_another_currency_is_kept_named_and_not_counted(store):
    save(store, paid("40.00", currency="EUR"))

    assert sums() == ("0.00", "1330.00", "0.00", "")
    assert doubts() == ["It is in EUR, and the order in UAH: it is shown, and not counted."]


def test_more_than_the_order_costs_is_named_and_never_a_negative_sum(store):
    save(store, paid(), paid(external_id="p2", hours=2))

    assert sums() == ("2660.00", "0.00", "0.00", "")
    assert doubts() == ["With this payment more came in than the order costs: 2660.00 UAH of 1330.00 UAH."]


# --- Refunds --------------------------------------------------------------------------------------------------------


def test_a_refund_lowers_what_was_kept_and_nobody_owes_it_again(store):
    save(store, paid(), refund())

    assert sums() == ("1330.00", "0.00", "200.00", "")
    assert kinds() == ["order.placed", "order.paid", "payment.received", "refund.recorded"]


def test_a_refund_of_all_that_was_paid_asks_for_nothing_more(store):
    save(store, paid("500.00"), refund("500.00"))

    assert sums() == ("500.00", "0.00", "500.00", "")


def test_a_refund_before_its_order_waits_on_a_placeholder(store):
    report_refunds(store, [RefundSeen("1042", (refund(),))], MONDAY + 3 * HOUR)
    heard_of = Order.objects.get()
    assert (heard_of.placeholder, sums(heard_of)) == (True, ("0.00", "0.00", "0.00", ""))

    save(store, paid(), financial="partly_refunded")

    order = Order.objects.get()
    assert (order.placeholder, sums(order)) == (False, ("1330.00", "0.00", "200.00", ""))
    assert sorted(kinds()) == ["order.paid", "order.placed", "payment.received", "refund.recorded"]


def test_a_refund_after_its_order_changes_sums_and_page(store):
    save(store, paid())

    report_refunds(store, [RefundSeen("1042", (refund(state="pending"),))], MONDAY + 3 * HOUR)
    report_refunds(store, [RefundSeen("1042", (refund(hours=3),))], MONDAY + 3 * HOUR)

    money = OrderPage.objects.get().blocks["order"]["money"]
    assert [(r["amount"], r["state"], r["currency"]) for r in money["refunds"]] == [("200.00", "paid", "UAH")]
    assert sums() == ("1330.00", "0.00", "200.00", "")
    assert kinds().count("refund.recorded") == 1


def test_a_refund_larger_than_the_order_is_kept_named_and_never_negative(store):
    save(store, paid(), refund("5000.00"))

    assert sums() == ("1330.00", "0.00", "1330.00", "")
    assert str(Payment.objects.get(kind="refund").amount) == "5000.00"
    assert doubts() == ["With this refund more goes back than the order cost: 5000.00 UAH of 1330.00 UAH."]


@pytest.mark.parametrize("turned", [False, True])
def test_two_refunds_with_one_id_and_two_sums_are_one_row_and_a_doubt(store, turned):
    words = [refund("200.00"), refund("300.00", hours=3)]
    for word in reversed(words) if turned else words:
        report_refunds(store, [RefundSeen("1042", (word,))], MONDAY + 4 * HOUR)

    save(store, paid())

    assert [str(p.amount) for p in Payment.objects.filter(kind="refund")] == ["300.00"]
    assert sums() == ("1330.00", "0.00", "300.00", "")
    assert doubts() == ["Different sums were told for this refund: 200.00, 300.00. The newest word counts."]


# --- Cash on delivery -----------------------------------------------------------------------------------------------


def carrier(order, **more):
    said = {"parcel": "7", "at": MONDAY + 5 * HOUR, "amount": D("1330.00"), "currency": "UAH", "carrier": "nova_poshta"}
    note_cash([CashSeen(order.pk, **(said | more))], MONDAY + 6 * HOUR)


def test_cash_is_due_at_the_door_and_paid_there(store):
    order = save(store, cash())
    assert sums() == ("0.00", "1330.00", "0.00", "due")

    carrier(order, paid=True)

    assert sums() == ("1330.00", "0.00", "0.00", "paid")
    assert kinds() == ["order.placed", "order.paid", "payment.received"]
    assert Order.objects.get().paid_at == MONDAY + 5 * HOUR


def test_the_carriers_sum_beats_the_shops_for_it_is_what_is_asked_at_the_door(store):
    order = save(store, paid("300.00"), cash("1030.00"))

    carrier(order, amount=D("1049.50"))

    assert sums() == ("300.00", "1049.50", "0.00", "due")


def test_cash_marked_paid_twice_is_paid_once(store):
    order = save(store, cash())

    for source in (mark_cash_paid, mark_cash_paid):
        source(order, MONDAY + 4 * HOUR)
    carrier(order, paid=True)
    save(store, cash(state="paid", hours=5), financial="paid", updated_at=MONDAY + 6 * HOUR)

    assert sums() == ("1330.00", "0.00", "0.00", "paid")
    assert kinds().count("order.paid") == 1
    assert doubts() == []


@pytest.mark.parametrize("fate", ["unclaimed", "returned"])
def test_cash_for_a_parcel_that_nobody_took_is_asked_no_more(store, fate):
    order = save(store, cash())

    carrier(order, amount=None, fate=fate)

    assert sums() == ("0.00", "0.00", "0.00", fate)


def test_a_parcel_that_comes_back_from_the_way_back_asks_again(store):
    order = save(store, cash())
    carrier(order, fate="unclaimed")

    carrier(order, at=MONDAY + 6 * HOUR)

    assert sums() == ("0.00", "1330.00", "0.00", "due")


def test_what_carriers_say_of_orders_without_cash_is_no_cash(store):
    order = save(store, paid())

    carrier(order, amount=None, fate="returned")

    assert sums() == ("1330.00", "0.00", "0.00", "")
    assert Payment.objects.count() == 1


# --- Links, statements ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example.com/x",
        "javascript:alert(1)",
        "https://user:secret@pay.example.com/",
        "https:///x",
        "https://pay.example.com/a b",
        "https://pay.example.com/\u202eevil",
        "https://pay.example.com/" + "x" * 500,
        "https://[bad",
    ],
)
def test_links_for_money_are_https_or_none(store, url):
    save(store, pay_url=url, fiscal_url=url)

    order = Order.objects.get()
    assert (order.pay_url, order.fiscal_url, https_only("https://pay.example.com/x?a=1")) == (
        "",
        "",
        "https://pay.example.com/x?a=1",
    )


def test_what_is_said_of_money_costs_a_batch_one_statement_and_its_news_one(store, connection_counts):
    save(store)  # the product is known
    plain = [
        order_seen(n, financial="pending", customer_id=f"c{n}", email=f"n{n}@example.com", phone="")
        for n in range(1, 201)
    ]
    without = connection_counts(lambda: save_orders(store, plain[:100]))
    again = connection_counts(lambda: save_orders(store, plain[:100]))

    told = [replace(one, payments=(paid("100.00"), refund("50.00"))) for one in plain]
    fresh = connection_counts(lambda: save_orders(store, told[100:]))
    known = connection_counts(lambda: save_orders(store, told[:100]))

    assert (fresh - without, known - again) == (1, 2)  # the rows; facts of new orders travel with the others

"""Any order of any subset of an order's words about money, repeated, ends in the same rows, sums and facts."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.models import Event
from orders.actions import report_refunds, save_orders
from orders.models import Order, OrderPage, Payment
from orders.stores.seen import PaymentSeen, RefundSeen
from tests.builders.door import MONDAY, order_seen

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def word(key, kind, amount, state, hours):
    return PaymentSeen(key, kind, Decimal(amount), state, MONDAY + hours * HOUR, method=f"{key} {state}")


WORDS = [
    word("prepaid", "charge", "300.00", "pending", 1),
    word("prepaid", "charge", "300.00", "failed", 2),
    word("prepaid", "charge", "300.00", "paid", 2),
    word("rest", "charge", "1030.00", "paid", 3),
    word("rest", "charge", "1030.00", "cancelled", 6),
    word("again", "charge", "1030.00", "paid", 4),
    word("door", "on_delivery", "500.00", "pending", 1),
    word("door", "on_delivery", "500.00", "paid", 5),
    word("back", "refund", "200.00", "pending", 4),
    word("back", "refund", "200.00", "paid", 5),
    word("far too much", "refund", "9000.00", "paid", 7),
]


def tell(store, number, words):
    """Refunds come alone, before or after the order; what else is said of money comes with a version of it."""
    for one in words:
        if one.kind == "refund":
            report_refunds(store, [RefundSeen(str(number), (one,))], MONDAY + 10 * HOUR)
        else:
            seen = order_seen(number, financial="pending", payments=(one,), updated_at=one.at)
            save_orders(store, [seen])
    save_orders(store, [order_seen(number, financial="pending", payments=(), updated_at=MONDAY + 8 * HOUR)])


def state_of(number):
    order = Order.objects.get(external_id=str(number))
    rows = Payment.objects.filter(order=order).order_by("external_id")
    facts = Event.objects.filter(subject_type="order", subject_id=order.pk).exclude(kind="order.changed")
    keys = dict(rows.values_list("pk", "external_id"))
    return {
        "rows": list(rows.values_list("external_id", "state", "amount", "at", "method", "doubt", "sums")),
        "sums": (order.paid, order.due, order.refunded, order.cash_state, order.paid_at, order.stage),
        "facts": sorted((fact.kind, keys.get(fact.data.get("payment_id"), "")) for fact in facts),
        "page": OrderPage.objects.get(order=order).blocks["order"]["money"],
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_words_about_money_end_alike_in_any_order(store, data):
    heard = data.draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
    again = data.draw(st.permutations([*heard, *data.draw(st.lists(st.sampled_from(heard), max_size=3))]))
    number = Order.objects.count() + 1

    with time_machine.travel(MONDAY + 10 * HOUR, tick=False):
        tell(store, number, heard)
        tell(store, number + 1, again)

    first, second = state_of(number), state_of(number + 1)
    assert first == second
    assert all(amount >= 0 for amount in second["sums"][:3])

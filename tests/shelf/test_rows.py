"""update_rows: every type of column comes back exactly as it was written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from customers.models import Customer
from orders.models import Order, Store
from shelf.rows import update_rows

pytestmark = pytest.mark.django_db


def test_every_type_of_column_is_written_exactly(store):
    placed_at = datetime(2026, 3, 2, 8, 15, 30, 123456, UTC)
    order = Order.objects.create(store=store, external_id="1", number="1", currency="EUR", placed_at=placed_at)
    order.number = "Чайник «\"\\' %s"
    order.total = Decimal("1234567890.12")
    order.paid_at = placed_at
    order.test = True
    order.address = {"city": "Київ", "lines": ["1", None], "none": None}
    order.customer = Customer.objects.create()
    store.languages = ["uk", '",\\']

    names = ["number", "total", "paid_at", "cancelled_at", "test", "address", "customer"]
    assert update_rows([order], names) == 1
    assert update_rows([store], ["languages"]) == 1

    saved = Order.objects.get()
    assert {name: getattr(saved, name) for name in names} == {name: getattr(order, name) for name in names}
    assert Store.objects.get().languages == ["uk", '",\\']


def test_only_the_named_fields_of_the_given_rows_change(store):
    now = datetime(2026, 3, 2, tzinfo=UTC)
    one, other = (
        Order.objects.create(store=store, external_id=key, number=key, currency="EUR", placed_at=now) for key in "12"
    )
    one.number, one.currency = "new", "UAH"

    assert update_rows([one], ["number"]) == 1

    assert list(Order.objects.order_by("pk").values_list("number", "currency")) == [("new", "EUR"), ("2", "EUR")]


def test_no_rows_need_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert update_rows([], ["number"]) == 0

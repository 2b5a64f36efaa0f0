"""Rows in one statement: every type of column comes back exactly as it was written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from customers.models import Customer, Purpose
from messaging.models import LocalMail
from orders.models import Order, Store
from shelf.rows import insert_missing_rows, insert_rows, update_rows

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
    one, _other = (
        Order.objects.create(store=store, external_id=key, number=key, currency="EUR", placed_at=now) for key in "12"
    )
    one.number, one.currency = "new", "UAH"

    assert update_rows([one], ["number"]) == 1

    assert list(Order.objects.order_by("pk").values_list("number", "currency")) == [("new", "EUR"), ("2", "EUR")]


def test_no_rows_need_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert update_rows([], ["number"]) == 0


def test_inserted_rows_get_their_keys_in_order_and_the_times_that_django_gives(store):
    now = datetime(2026, 3, 2, tzinfo=UTC)
    orders = [Order(store=store, external_id=key, number=key, currency="EUR", placed_at=now) for key in "123"]

    insert_rows(orders)

    assert [(o.pk, o.number) for o in orders] == list(Order.objects.order_by("pk").values_list("pk", "number"))
    assert orders[0].created_at == Order.objects.get(number="1").created_at
    assert [o.public_id for o in orders] == list(Order.objects.order_by("pk").values_list("public_id", flat=True))
    orders[0].number = "changed"
    orders[0].save()  # an UPDATE: Django knows that it is stored
    assert Order.objects.count() == 3


def test_rows_that_are_there_already_stay_as_they_are():
    kept = Purpose.objects.create(code="kept", lane=1, needs="nothing", when_unknown="keep")

    new = insert_missing_rows(
        Purpose(code=code, lane=9, needs="nothing", when_unknown="keep") for code in ("kept", "new")
    )

    kept.refresh_from_db()
    assert (new, kept.lane) == ([Purpose.objects.get(code="new").pk], 1)


def test_what_cannot_travel_exactly_is_refused():
    with pytest.raises(TypeError, match="memoryview"):
        insert_rows([LocalMail(raw=memoryview(b"1"))])


def test_among_finds_what_in_finds():
    for name in ("Олена", "O'Hara", 'a","b'):
        Customer.objects.create(first_name=name)
    wanted = {"O'Hara", 'a","b', "nobody"}

    found = set(Customer.objects.filter(first_name__among=wanted).values_list("first_name", flat=True))

    assert found == {"O'Hara", 'a","b'}
    assert not Customer.objects.filter(first_name__among=[]).exists()
    assert Customer.objects.filter(pk__among=[row.pk for row in Customer.objects.all()]).count() == 3

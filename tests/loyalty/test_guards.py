"""What PostgreSQL refuses, tried with raw SQL: nothing that our own code forgets can break the ledger."""

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty.actions import Issue, earn_for_orders, issue_coupon, note_uses
from loyalty.models import Account, Coupon, Lot, Transaction
from orders.models import Order
from tests.builders import loyalty as made
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(store):
    """Olena has 125 points that wait, and a coupon."""
    made.programme()
    pool = made.pool()
    order = made.delivered(store)
    earn_for_orders([order.pk], MONDAY)
    issue_coupon(Issue(pool.pk, order.customer_id, "k", "agent", ("order", order.pk)), MONDAY)
    made.settle()
    return order


def refused(sql, *values):
    """The message with which PostgreSQL refuses it, at once or at the commit; it must, and nothing has changed."""
    before = rows()
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        execute(sql, values)
    assert rows() == before
    return str(error.value).splitlines()[0]


def execute(sql, values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    made.settle()


def rows():
    coupons = Coupon.objects.order_by("pk").values_list("code", "state", "customer")
    return made.lots(), made.entries(), list(coupons)


def entry(debit, credit, points, lot=None, made_by=None):
    lot = lot or Lot.objects.first()
    made_by = made_by or Transaction.objects.first()
    return (
        "INSERT INTO loyalty_entry (transaction_id, lot_id, debit, credit, points) VALUES (%s, %s, %s, %s, %s)",
        *(made_by.pk, lot.pk, debit, credit, points),
    )


def several(by, lot, *moves):
    """Entries in one statement."""
    values = [(by.pk, lot.pk, *move) for move in moves]
    places = ", ".join(["(%s, %s, %s, %s, %s)"] * len(values))
    sql = f"INSERT INTO loyalty_entry (transaction_id, lot_id, debit, credit, points) VALUES {places}"
    return sql, *(value for row in values for value in row)


# --- Append-only ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE loyalty_entry SET points = 500",
        "UPDATE loyalty_entry SET credit = 'available'",
        "DELETE FROM loyalty_entry",
        "UPDATE loyalty_transaction SET reason = 'because'",
        "UPDATE loyalty_transaction SET key = 'other'",
        "DELETE FROM loyalty_transaction",
    ],
)
def test_the_ledger_only_grows(order, sql):
    assert refused(sql).endswith("is refused: the ledger only grows")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE loyalty_lot SET points = 500",
        "UPDATE loyalty_lot SET available = 500",
        "UPDATE loyalty_lot SET pending = 0, available = 125",
        "UPDATE loyalty_lot SET expires_at = NULL",
        "UPDATE loyalty_lot SET rule = '{}'",
        "DELETE FROM loyalty_lot",
        "UPDATE loyalty_account SET available = 500",
        "UPDATE loyalty_account SET debt = -1",
        "DELETE FROM loyalty_account",
    ],
)
def test_sums_and_lots_are_moved_by_entries_alone(order, sql):
    assert refused(sql).endswith("is refused: entries move points, nothing else does")


# --- Pairs and sums -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("debit", "credit"),
    [
        ("redeemed", "available"),
        ("pending", "redeemed"),
        ("available", "issuance"),
        ("issuance", "redeemed"),
        ("expired", "available"),
        ("debt", "available"),
        ("pending", "pending"),
        ("thin air", "available"),
    ],
)
def test_points_go_an_allowed_way(order, debit, credit):
    assert "points_go_an_allowed_way" in refused(*entry(debit, credit, 5))


@pytest.mark.parametrize("points", [0, -5])
def test_an_entry_moves_points(order, points):
    assert "check constraint" in refused(*entry("pending", "available", points))


def test_no_lot_gives_more_than_it_has(order):
    assert "violates check constraint" in refused(*entry("pending", "available", 126))
    assert "violates check constraint" in refused(*entry("available", "redeemed", 1))


def test_nobody_goes_below_zero(order):
    raw = "UPDATE loyalty_account SET available = -1"

    assert "refused" in refused(raw)
    assert {c.name for c in Account._meta.constraints} >= {"nobody_goes_below_zero"}


def test_a_lot_is_issued_with_as_many_points_as_it_says(order):
    lot, by = Lot.objects.get(), Transaction.objects.get()
    spend_and_issue_more = several(
        by, lot, ("pending", "available", 125), ("available", "redeemed", 125), ("issuance", "available", 5)
    )
    unissued = (
        "INSERT INTO loyalty_lot (account_id, source, points, rule, available_at, created_at, pending, available,"
        " clawed_back, expired) VALUES (%s, 'goodwill', 50, '{}', now(), now(), 0, 50, 0, 0)"
    )

    assert "is not issued with as many points as it says" in refused(*spend_and_issue_more)
    assert "is not issued with as many points as it says" in refused(unissued, lot.account_id)


def test_a_transaction_moves_something(order):
    sql = (
        "INSERT INTO loyalty_transaction (account_id, kind, key, subject_type, subject_id, reason, at, recorded_at)"
        " VALUES (%s, 'earn', 'empty', 'order', 1, '', now(), now())"
    )

    assert refused(sql, Account.objects.get().pk) == "transaction empty moves nothing"


def test_a_business_event_moves_points_once(order):
    sql = (
        "INSERT INTO loyalty_transaction (account_id, kind, key, subject_type, subject_id, reason, at, recorded_at)"
        " SELECT account_id, kind, key, subject_type, subject_id, reason, at, recorded_at FROM loyalty_transaction"
    )

    assert "duplicate key value" in refused(sql)


def test_a_debt_is_repaid_before_anything_can_be_spent(order):
    lot, by = Lot.objects.get(), Transaction.objects.get()
    owing_with_points = several(
        by, lot, ("pending", "available", 125), ("available", "redeemed", 25), ("debt", "clawed_back", 10)
    )

    assert "a debt is repaid first" in refused(*owing_with_points)


def test_a_transaction_moves_points_of_its_own_account(order, store):
    other = made.delivered(store, 2000, customer_id="78", email="petro@example.com", phone="+380671112233")
    earn_for_orders([other.pk], MONDAY)
    theirs = Lot.objects.get(order=other)

    assert refused(*entry("pending", "available", 5, lot=theirs)) == "a transaction moves points of its own account"


def test_an_order_earns_once_and_there_is_one_programme(order):
    sql = "INSERT INTO loyalty_lot SELECT (l).* FROM (SELECT l FROM loyalty_lot l) AS s"

    assert "duplicate key value" in refused(sql)
    assert "one_programme" in refused(
        "INSERT INTO loyalty_programme (name, rounding, pending_days, goodwill_a_day, created_at)"
        " VALUES ('Second', 'down', 1, 1, now())"
    )


# --- Coupons --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE loyalty_coupon SET state = 'free', key = NULL, issued_at = NULL, customer_id = NULL"
        " WHERE state = 'issued'",
        "UPDATE loyalty_coupon SET key = 'other' WHERE state = 'issued'",
        "UPDATE loyalty_coupon SET code = 'OTHER' WHERE state = 'issued'",
        "UPDATE loyalty_coupon SET issued_at = now() WHERE state = 'issued'",
        "DELETE FROM loyalty_coupon WHERE state = 'issued'",
    ],
)
def test_a_coupon_that_was_given_stays_given(order, sql):
    assert "is refused: it was given" in refused(sql)


def test_a_coupon_does_not_change_hands(order, store):
    other = made.delivered(store, 2000, customer_id="78", email="petro@example.com", phone="+380671112233")

    assert "it was given" in refused(
        "UPDATE loyalty_coupon SET customer_id = %s WHERE state = 'issued'", other.customer_id
    )


def test_a_used_coupon_stays_used(order):
    Order.objects.update(discount_codes=["hundred-001"])
    note_uses([order.pk], MONDAY)

    assert "it was given" in refused("UPDATE loyalty_coupon SET state = 'issued', used_at = NULL WHERE state = 'used'")


def test_no_code_is_kept_twice_however_it_is_spelled(order):
    sql = "INSERT INTO loyalty_coupon (pool_id, code, state, cause, subject_type, reason)" + (
        " SELECT pool_id, 'hundred-002', 'free', '', '', '' FROM loyalty_coupon LIMIT 1"
    )

    assert "one_coupon_per_code" in refused(sql)


# --- What may go ----------------------------------------------------------------------------------------------------


def test_the_order_and_the_person_may_be_forgotten_and_the_sums_stay(order):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_lot SET order_id = NULL; UPDATE loyalty_account SET customer_id = NULL")
        cursor.execute("UPDATE loyalty_coupon SET customer_id = NULL WHERE state = 'issued'")
    made.settle()

    assert made.lots() == [(125, 125, 0, 0, 0)]

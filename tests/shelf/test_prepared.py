"""A prepared statement is planned once, and does without where a pooler gives every statement another server."""

import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError

from shelf.prepared import Prepared

pytestmark = pytest.mark.django_db(transaction=True)

TWICE = {
    "sql": "SELECT n * 2 FROM unnest(%(numbers)s) n WHERE n > %(least)s",
    "types": {"numbers": "int[]", "least": "int"},
}


def known() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'test_%%'")
        return [name for (name,) in cursor.fetchall()]


def test_it_is_prepared_when_it_first_runs_and_runs_again():
    twice = Prepared("test_again", **TWICE)

    answers = [twice.run({"numbers": [1, 2, 3], "least": least}) for least in (0, 2)]

    assert answers == [[(2,), (4,), (6,)], [(6,)]]
    assert twice.known_as in known()


def test_a_new_connection_prepares_it_anew():
    twice = Prepared("test_new", **TWICE)
    twice.run({"numbers": [1], "least": 0})
    connection.close()

    assert twice.run({"numbers": [4], "least": 0}) == [(8,)]


def test_a_server_that_forgot_it_gets_the_whole_statement():
    twice = Prepared("test_forgotten", **TWICE)
    twice.run({"numbers": [1], "least": 0})
    with connection.cursor() as cursor:
        cursor.execute(f"DEALLOCATE {twice.known_as}")

    answers = [twice.run({"numbers": [5], "least": 0}) for _ in range(2)]

    assert answers == [[(10,)], [(10,)]]
    assert twice.known_as not in known()


def test_a_server_that_heard_of_it_from_another_client_gets_the_whole_statement():
    twice = Prepared("test_taken", **TWICE)
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE {twice.known_as} AS SELECT 1")

    answers = [twice.run({"numbers": [5], "least": 0}) for _ in range(2)]

    assert answers == [[(10,)], [(10,)]]


def test_inside_a_transaction_a_lost_statement_is_an_error_for_nothing_can_follow_it():
    twice = Prepared("test_inside", **TWICE)
    twice.run({"numbers": [1], "least": 0})
    with connection.cursor() as cursor:
        cursor.execute(f"DEALLOCATE {twice.known_as}")

    with pytest.raises(OperationalError, match="test_inside"), transaction.atomic():
        twice.run({"numbers": [1], "least": 0})


def test_a_statement_that_was_changed_has_another_name():
    twice = Prepared("test_changed", **TWICE)
    thrice = Prepared("test_changed", TWICE["sql"].replace("2", "3"), TWICE["types"])

    answers = [one.run({"numbers": [5], "least": 0}) for one in (twice, thrice)]

    assert answers == [[(10,)], [(15,)]]
    assert twice.known_as != thrice.known_as

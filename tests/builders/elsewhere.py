"""A second connection to the database: what another worker holds, and what it would have to wait for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model


@contextmanager
def held_elsewhere(*rows: Model) -> Iterator[None]:
    """Another transaction holds these committed rows; who waits for one of them here fails after two seconds."""
    with _elsewhere() as other, connection.cursor() as ours:
        _lock(other, rows, "FOR UPDATE")
        ours.execute("SET statement_timeout = '2s'")
        try:
            yield
        finally:
            ours.execute("RESET statement_timeout")


def is_held(row: Model) -> bool:
    """Would another transaction have to wait for this committed row at this moment?"""
    with _elsewhere() as other:
        try:
            _lock(other, [row], "FOR UPDATE NOWAIT")
        except OperationalError:
            return True
    return False


@contextmanager
def _elsewhere() -> Iterator[BaseDatabaseWrapper]:
    other = connection.copy()
    try:
        other.set_autocommit(False)
        yield other
        other.rollback()
    finally:
        other.close()


def _lock(other: BaseDatabaseWrapper, rows: Sequence[Model], how: str) -> None:
    table, key = rows[0]._meta.db_table, rows[0]._meta.pk.column
    with other.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE {key} = ANY(%s) {how}", [[row.pk for row in rows]])

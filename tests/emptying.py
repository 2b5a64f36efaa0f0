"""Tables after a test with real transactions: emptied, and refilled with what migrations wrote.

Django truncates all tables and loads a JSON of 400 rows one by one, which takes 300 ms and more; two hundred tests want
it. Here the server does both by itself in 15 ms: it empties those tables that hold anything, and copies back the rows
that were put aside when the database was made.
"""

from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

ASIDE = "written_by_migrations"  # a schema of the test database
MANY = 500  # rows; from there on truncating all tables is the faster way


def put_aside() -> list[str]:
    """Copy what migrations wrote; the tables that hold any."""
    with connection.cursor() as cursor:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        cursor.execute(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE; CREATE SCHEMA {ASIDE}")
        filled = []
        for table in tables:
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')
            if cursor.fetchone()[0]:
                cursor.execute(f'CREATE TABLE {ASIDE}."{table}" AS TABLE "{table}"')
                filled.append(table)
    return filled


def empty_quickly() -> None:
    """From now on Django empties and refills so; for the rest of this process."""
    refill = [f'INSERT INTO "{table}" SELECT * FROM {ASIDE}."{table}" ON CONFLICT DO NOTHING' for table in put_aside()]
    truncate = DatabaseOperations.sql_flush

    def sql_flush(operations, style, tables, **options):
        everything = "; ".join(truncate(operations, style, tables, **options)).rstrip(";")
        some = " ".join(f'IF EXISTS (SELECT 1 FROM "{table}") THEN DELETE FROM "{table}"; END IF;' for table in tables)
        # rows of the ledgers cannot be deleted, for a trigger forbids it
        ledgers = [f'EXISTS (SELECT 1 FROM "{table}")' for table in only_growing() if table in tables]
        # twenty thousand orders took 38 s to delete: each row asks every table that may refer to it
        many = [f'EXISTS (SELECT 1 FROM "{table}" OFFSET {MANY})' for table in tables]
        empty = f"DO $$ BEGIN IF {' OR '.join(ledgers + many)} THEN {everything}; ELSE {some} END IF; END $$"
        return [empty, *refill]  # in one transaction: references are checked at its end, so any order will do

    DatabaseOperations.sql_flush = sql_flush


def only_growing() -> list[str]:
    with connection.cursor() as cursor:
        # BEFORE (2) and DELETE (8), by pg_trigger.h
        of_deletes = (
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 10 = 10"
        )
        cursor.execute(of_deletes)
        return [name for (name,) in cursor.fetchall()]

"""Writing many rows in one statement, and reading many, for the paths that every order takes; ``__among``.

Django's ``bulk_create`` and ``bulk_update`` do the same and cost a worker three quarters of its time: a CASE per row
and column, or a dozen calls per value. Here the values travel as one JSON text that PostgreSQL reads as rows.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Field, Lookup, Model
from django.db.models.base import ModelState


@Field.register_lookup
class Among(Lookup):
    """``address__among=many``: ``__in`` as one array. Django prepares and writes a parameter for each of its values."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, list(self.rhs)]


class SwiftModel(Model):
    """A model whose rows are read as they are, a fifth of the time.

    Django calls ``__init__`` for each row, which goes through all fields and sends two signals; a row of forty columns
    takes it 15 µs. Nobody listens to those signals here, and a field that was not read stays away, as Django has it.
    """

    class Meta:
        abstract = True

    # Django's own asks _meta for the key's name, which made half a microsecond of each look; a mail looks thirty times.
    pk = property(attrgetter("id"), lambda row, key: setattr(row, "id", key))

    @classmethod
    def from_db(cls, db, field_names, values):
        row = cls.__new__(cls)
        state = row.__dict__["_state"] = ModelState()
        state.adding, state.db = False, db
        row.__dict__.update(zip(field_names, values, strict=True))
        return row

    def accompany(self, **related: Model | None) -> None:
        """Give the row the rows that its keys name, read apart. Django's own way looks at each for 3 µs."""
        self._state.fields_cache.update(related)


def insert_rows(rows: Iterable[Model]) -> None:
    """Insert new rows, whose related rows are stored already, and give them their keys."""
    rows = list(rows)
    for row, (key,) in zip(rows, _insert(rows), strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def insert_missing_rows(rows: Iterable[Model]) -> list[int]:
    """Insert those rows that break no unique constraint, for the others are there already; the keys of the new."""
    return [key for (key,) in _insert(list(rows), "ON CONFLICT DO NOTHING")]


def _insert(rows: list[Model], on_conflict: str = "") -> list[tuple]:
    """The keys of the inserted rows, in their order: RETURNING follows the rows, as Django's own bulk_create trusts."""
    if not rows:
        return []
    model = rows[0]._meta
    own = [f for f in model.concrete_fields if f is not model.auto_field and not f.generated]
    fields = {str(f.column): f for f in own}
    table, key, *columns = map(connection.ops.quote_name, (model.db_table, str(model.pk.column), *fields))
    written = [{column: f.pre_save(row, add=True) for column, f in fields.items()} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns)}"  # noqa: S608 - our own names
            f" FROM json_populate_recordset(NULL::{table}, %s) {on_conflict} RETURNING {key}",
            [_json(written)],
        )
        return cursor.fetchall()


def blank_rows(model: type[Model], count: int) -> list[Any]:
    """New rows of a SwiftModel with its defaults and with keys of their own, not stored yet (see ``copy_rows``)."""
    fields = [f for f in model._meta.concrete_fields if not f.generated]
    names, fixed = [f.attname for f in fields], [f.get_default() for f in fields]
    made = [(place, f.default) for place, f in enumerate(fields) if f.has_default() and callable(f.default)]
    place_of_key = names.index(model._meta.pk.attname)
    rows = []
    for key in new_keys(model, count):
        values = list(fixed)
        values[place_of_key] = key
        for place, default in made:
            values[place] = default()
        row = model.from_db(None, names, values)
        row._state.adding = True
        rows.append(row)
    return rows


def new_keys(model: type[Model], count: int) -> list[int]:
    """Keys that nobody else will get."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return [key for (key,) in cursor.fetchall()]


def copy_rows(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write new rows, each the values of the fields ``names``, by COPY: a third of what an INSERT costs.

    One row that breaks a constraint refuses them all (IntegrityError).
    """
    column_of = {f.attname: str(f.column) for f in model._meta.concrete_fields}
    columns = [connection.ops.quote_name(column_of[name]) for name in names]
    text = "".join("\t".join(map(_copied, row)) + "\n" for row in rows)
    if not text:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", StringIO(text))


_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _copied(value: Any) -> str:
    """A value in the text format of COPY (PostgreSQL's manual, COPY, "Text Format")."""
    kind = type(value)
    if kind is str:
        return _SPECIAL.sub(_escape, value) if _SPECIAL.search(value) else value
    if value is None:
        return "\\N"
    if kind is dict:
        return _copied(json.dumps(value, default=_plain, ensure_ascii=False))
    if kind is list:
        return _copied(_array(value))
    return str(value)  # numbers, truths and times: PostgreSQL reads what Python writes


def _escape(found: re.Match[str]) -> str:
    return _ESCAPED[found[0]]


def _array(values: Sequence[str]) -> str:
    inside = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in inside) + "}"


def update_rows(rows: Iterable[Model], names: Sequence[str]) -> int:
    """Write the fields ``names`` of these rows back; how many were found."""
    rows = list(rows)
    if not rows:
        return 0
    model = rows[0]._meta
    fields = {f.name: f for f in model.concrete_fields}
    columns = {str(fields[name].column): fields[name].attname for name in (model.pk.name, *names)}
    written = [{column: getattr(row, attribute) for column, attribute in columns.items()} for row in rows]
    key, *changed = (connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name(model.db_table)
    changes = ", ".join(f"{column} = v.{column}" for column in changed)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET {changes} FROM json_populate_recordset(NULL::{table}, %s) v"  # noqa: S608 - our own names
            f" WHERE t.{key} = v.{key}",
            [_json(written)],
        )
        return cursor.rowcount


def _json(written: list[dict[str, Any]]) -> str:
    return json.dumps(written, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> str:
    """Times and money in the spelling that PostgreSQL reads back exactly."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, timedelta):
        return f"{value.total_seconds()} seconds"
    raise TypeError(f"{type(value).__name__} cannot travel as JSON")

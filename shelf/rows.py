"""Writing many rows back in one statement."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Model


def update_rows(rows: Iterable[Model], names: Sequence[str]) -> int:
    """Write the fields ``names`` of these rows back; how many were found.

    The same as ``bulk_update``, which builds a CASE per row and column: seven columns of 200 rows took it 200 ms, and
    four fifths of a worker's time. Here the values travel as one JSON text that PostgreSQL reads as rows of the table.
    """
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
            f"UPDATE {table} t SET {changes} FROM json_populate_recordset(NULL::{table}, %s) v"  # noqa: S608 - names
            f" WHERE t.{key} = v.{key}",
            [json.dumps(written, default=_plain, ensure_ascii=False)],
        )
        return cursor.rowcount


def _plain(value: Any) -> str:
    """Times and money in the spelling that PostgreSQL reads back exactly."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot travel as JSON")

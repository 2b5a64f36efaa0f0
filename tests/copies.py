"""Rows that hundreds of tests begin with: written once in a process by the verbs that write them, then copied."""

import json
from collections.abc import Callable

from django.apps import apps
from django.db import connection, transaction

Rows = dict[str, list[str]]  # table → its rows, each as JSON

TOUCHED = ("messaging_stream", "messaging_template", "campaigns_journey")  # empty in a new installation

_KEPT: dict[str, Rows] = {}


def once(name: str, write: Callable[[], None]) -> None:
    """The rows that ``write`` made the first time, with their keys: sequences have gone past them.

    A test that began with some of them already has the rest written in the ordinary way.
    """
    if not _is_fresh():
        write()
    elif name not in _KEPT:
        before = _all_rows()
        write()
        _KEPT[name] = {table: new for table, rows in _all_rows().items() if (new := [*set(rows) - set(before[table])])}
    else:
        with transaction.atomic(), connection.cursor() as cursor:  # references are checked at the end
            for table, rows in _KEPT[name].items():
                copied = f"SELECT * FROM json_populate_recordset(NULL::{table}, %s)"
                cursor.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE {copied}", [f"[{','.join(rows)}]"])


def _is_fresh() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in TOUCHED))
        return not cursor.fetchone()[0]


def _all_rows() -> Rows:
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT to_json(t) FROM {table} t")
            found[table] = [json.dumps(row) if not isinstance(row, str) else row for (row,) in cursor.fetchall()]
        return found

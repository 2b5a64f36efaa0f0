"""A statement that PostgreSQL plans once for each connection, not each time.

psycopg2 sends whole statements; planning one with several tables takes the server a millisecond, more than its work on
a few rows. Only for statements whose plan does not depend on the values: by ids, by primary keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg2.errors import DuplicatePreparedStatement, InvalidSqlStatementName

UNPREPARED, PREPARED, PLAIN = 0, 1, 2
# A pooler in between: the server that answers now never heard of the statement, or heard of it from somebody else.
OTHER_SERVER = (InvalidSqlStatementName, DuplicatePreparedStatement)


@dataclass
class Prepared:
    """``sql`` has gaps ``%(name)s``; ``types`` says the PostgreSQL type of each: ``{"ids": "bigint[]"}``."""

    name: str
    sql: str
    types: Mapping[str, str]
    # how far each connection is; PLAIN: behind a pooler that gives every statement another server
    _known: WeakKeyDictionary[Any, int] = field(default_factory=WeakKeyDictionary)

    def run(self, values: Mapping[str, Any]) -> list[tuple]:
        with connection.cursor() as cursor:
            raw = cursor.connection
            state = self._known.get(raw, UNPREPARED)
            try:
                if state == UNPREPARED:
                    cursor.execute(self._prepare)
                    self._known[raw] = state = PREPARED
                if state == PREPARED:
                    cursor.execute(self._execute, values)
            except Exception as error:
                if not isinstance(error.__cause__, OTHER_SERVER) or connection.in_atomic_block:
                    raise
                self._known[raw] = state = PLAIN
            if state == PLAIN:
                cursor.execute(self._plain, values)
            return cursor.fetchall()

    @cached_property
    def _prepare(self) -> str:
        sql = self.sql
        for number, name in enumerate(self.types, 1):
            sql = sql.replace(f"%({name})s", f"${number}")
        return f"PREPARE {self.name} ({', '.join(self.types.values())}) AS {sql}"

    @cached_property
    def _execute(self) -> str:
        return f"EXECUTE {self.name} ({', '.join(f'%({name})s' for name in self.types)})"

    @cached_property
    def _plain(self) -> str:
        sql = self.sql
        for name, kind in self.types.items():
            sql = sql.replace(f"%({name})s", f"%({name})s::{kind}")
        return sql

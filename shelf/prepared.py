"""A statement that PostgreSQL plans once for each connection, not each time.

psycopg2 sends whole statements; planning one with several tables takes the server a millisecond, more than its work on
a few rows. Only for statements whose plan does not depend on the values: by ids, by primary keys.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg2.errors import DuplicatePreparedStatement, InvalidSqlStatementName

UNPREPARED, PREPARED, PLAIN = 0, 1, 2
# A pooler in between: the server that answers now never heard of the statement, or heard of it from somebody else.
OTHER_SERVER = (InvalidSqlStatementName, DuplicatePreparedStatement)
NUMBERS = ("int[]", "bigint[]")  # written as one text; psycopg2 makes an object for each of their members


@dataclass
class Prepared:
    """``sql`` has gaps ``%(name)s``; ``types`` says the PostgreSQL type of each: ``{"ids": "bigint[]"}``."""

    name: str
    sql: str
    types: Mapping[str, str]
    # how far each connection is; PLAIN: behind a pooler that gives every statement another server
    _known: WeakKeyDictionary[Any, int] = field(default_factory=WeakKeyDictionary)

    @cached_property
    def known_as(self) -> str:
        """With a hash of what it does: behind a pooler an older process may have left its own on the same server."""
        said = f"{self.sql} {dict(self.types)}".encode()
        return f"{self.name}_{blake2b(said, digest_size=6).hexdigest()}"

    def run(self, given: Mapping[str, Any]) -> list[tuple]:
        values = {name: _array(value) if self.types[name] in NUMBERS else value for name, value in given.items()}
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
        return f"PREPARE {self.known_as} ({', '.join(self.types.values())}) AS {sql}"

    @cached_property
    def _execute(self) -> str:
        return f"EXECUTE {self.known_as} ({', '.join(f'%({name})s' for name in self.types)})"

    @cached_property
    def _plain(self) -> str:
        sql = self.sql
        for name, kind in self.types.items():
            sql = sql.replace(f"%({name})s", f"%({name})s::{kind}")
        return sql


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"

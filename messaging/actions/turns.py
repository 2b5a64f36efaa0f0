"""Turns under the limits per person: taken under a lock, so that no two workers can take the last one; and given back.

Only messages that count in a limit come here: a batch of order updates costs no query.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from customers.models import Purpose
from messaging.gate import Decision, limits
from messaging.gate.limits import Book, Turn
from messaging.models import Message


def take(messages: Sequence[Message], now: datetime) -> Mapping[int | None, Decision]:
    """Take the turns that these need; "hold" for those that get none. They were judged: ``counts_in`` is known."""
    limited = [m for m in messages if m.counts_in]
    if not limited:
        return {}
    rules = limits.read_rules(Purpose.objects.all())
    people = {m.customer_id for m in limited if m.customer_id}
    with transaction.atomic():
        turns = _lock(people)
        before = {customer_id: list(known) for customer_id, known in turns.items()}
        book = Book(turns, limits.planned_asks(limited, rules, now))
        held = limits.allot(limited, rules, book, now)
        _write({pk: turns[pk] for pk in people if turns[pk] != before.get(pk, [])}, now - rules.longest)
    return held


def give_back(messages: Iterable[Message]) -> None:
    """These had a turn and did not leave. No query where nothing was limited."""
    unused: dict[int, set[int]] = {}
    for m in messages:
        if m.counts_in and m.customer_id and m.pk:
            unused.setdefault(m.customer_id, set()).add(m.pk)
    if not unused:
        return
    with transaction.atomic():
        turns = _lock(unused)
        kept = {pk: [turn for turn in turns[pk] if turn.message_id not in ids] for pk, ids in unused.items()}
        _write(kept)


def _lock(people: Collection[int]) -> dict[int, list[Turn]]:
    """What they got, and nobody else may add to it until our transaction ends. Always in one order: no deadlock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_turns AS t (customer_id, taken) SELECT id, '[]' FROM customers_customer"
            " WHERE id = ANY(%s) ORDER BY id"
            " ON CONFLICT (customer_id) DO UPDATE SET taken = t.taken RETURNING customer_id, taken::text",
            [sorted(people)],
        )
        return limits.turns_of((pk, json.loads(taken)) for pk, taken in cursor.fetchall())


def _write(turns: Mapping[int, Sequence[Turn]], since: datetime | None = None) -> None:
    """What is older than every limit is forgotten with the next turn."""
    if not turns:
        return
    rows = [
        {"id": pk, "taken": [turn.as_data() for turn in theirs if since is None or turn.at > since]}
        for pk, theirs in sorted(turns.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_turns t SET taken = v.taken"
            " FROM json_to_recordset(%s) AS v(id bigint, taken jsonb) WHERE t.customer_id = v.id",
            [json.dumps(rows)],
        )

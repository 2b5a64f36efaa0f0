"""The shape of a fact, and the pen that records it.

A fact is a frozen dataclass in the past tense in an app's ``events.py``. It holds ids and plain values, no personal
data and never a token, for facts feed the timeline and outgoing webhooks.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from events import nudges
from events.models import Event
from shelf.rows import copy_rows, insert_missing_rows

_ENCODER = DjangoJSONEncoder()

KINDS: dict[str, type["Fact"]] = {}


@dataclass(frozen=True)
class Fact:
    """Base of every fact. ``kind`` is its dotted name in the table, ``order.placed``; it never changes."""

    kind: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.kind:
            KINDS[cls.kind] = cls

    def data(self) -> dict:
        return json.loads(self.text())

    def text(self) -> str:
        return _ENCODER.encode({f.name: getattr(self, f.name) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact with its circumstances, ready to be written.

    ``key`` makes it unique for ever (a repetition is dropped). ``quiet`` records history that nobody should answer:
    a backfill shows on the timeline and starts nothing.
    """

    fact: Fact
    subject: tuple[str, int]
    customer_id: int | None = None
    at: datetime | None = None
    key: str | None = None
    quiet: bool = False
    created_by_id: int | None = None


def record(fact: Fact, *, subject: tuple[str, int], **circumstances) -> None:
    """Record one fact in the running transaction; see ``Recorded`` for the circumstances."""
    record_all([Recorded(fact, subject, **circumstances)])


def record_all(recorded: list[Recorded]) -> None:
    """Record facts in the running transaction and wake a worker after its commit."""
    if not recorded:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("A fact is recorded in the transaction that makes it true: open transaction.atomic() first.")
    now = timezone.now()
    insert_missing_rows(
        [
            Event(
                kind=r.fact.kind,
                at=r.at or now,
                customer_id=r.customer_id,
                subject_type=r.subject[0],
                subject_id=r.subject[1],
                data=r.fact.data(),
                key=r.key,
                handled_at=now if r.quiet else None,
                created_by_id=r.created_by_id,
            )
            for r in recorded
        ]
    )
    transaction.on_commit(lambda: nudges.nudge("events"), robust=True)


def copy_history(recorded: Sequence[Recorded], now: datetime) -> None:
    """Record facts of the past by the thousand, which nobody answers; none of them may be known already."""
    names = ("kind", "at", "recorded_at", "customer_id", "subject_type", "subject_id", "data", "key", "handled_at")
    rows = ((r.fact.kind, r.at or now, now, r.customer_id, *r.subject, r.fact.text(), r.key, now) for r in recorded)
    copy_rows(Event, names, rows)

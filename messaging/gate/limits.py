"""One limit for all: how much a person gets within some days, and which of two asks goes first.

What left is remembered by person (``Turns``), in the row that two workers lock before one of them sends. The gate reads
it (``too_many``), the sender takes it (messaging/actions/turns.py); both call ``allot``. A message that stands in for
another, or repeats it, was counted with it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_noop as _

from customers.models import Ask, Limit, Purpose
from messaging.gate.decisions import Decision
from messaging.models import Message, Stream, Turns
from shelf.reasons import Reason

ASKED = _(
    "Asks are limited to %(most)s in %(days)s days, and “%(ask)s” left on %(on)s. This one waits until %(until)s."
)
ADVERTISED = _(
    "Marketing messages are limited to %(most)s in %(days)s days, and the last left on %(on)s."
    " This one waits until %(until)s."
)
OUTRANKED = _("A more important ask goes first: “%(ask)s”. This one waits.")
SHORTLY = timedelta(minutes=10)  # until then the other one has left, or was refused and is no longer in the way
LAST = 99  # the rank of an ask that nobody has ranked


@dataclass(frozen=True, slots=True)
class Turn:
    message_id: int | None
    limit: str
    ask: str
    at: datetime

    def as_data(self) -> dict[str, Any]:
        return {"message": self.message_id, "limit": self.limit, "ask": self.ask, "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class Rules:
    limits: Mapping[str, Limit]
    ranks: Mapping[str, int]
    asks: Mapping[str, str]  # purpose → what it asks where the message does not say

    @property
    def longest(self) -> timedelta:
        return timedelta(days=max((limit.days for limit in self.limits.values()), default=0))

    def ask_of(self, m: Message) -> str:
        return m.ask or self.asks.get(m.purpose_id, "")

    def rank(self, ask: str) -> int:
        return self.ranks.get(ask, LAST)


def read_rules(purposes: Iterable[Purpose]) -> Rules:
    """In two queries."""
    return Rules(
        Limit.objects.in_bulk(),
        dict(Ask.objects.values_list("code", "rank")),
        {purpose.pk: purpose.ask_id or "" for purpose in purposes},
    )


def counts_in(m: Message, purpose: Purpose) -> str:
    """The limit that the message counts in; "" for none. What asks is an ask, though its purpose is to thank."""
    if not m.customer_id or m.instead_of_id:
        return ""
    return Limit.ASKS if m.ask and not purpose.ask_id else purpose.limit_id or ""


# --- What is known of the people ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Book:
    """By person: what they got lately, and which asks are planned for them."""

    turns: dict[int, list[Turn]] = field(default_factory=lambda: defaultdict(list))
    planned: dict[int, list[Message]] = field(default_factory=lambda: defaultdict(list))


def read_book(messages: Sequence[Message], rules: Rules, now: datetime) -> Book:
    """In two queries: turns first would miss the ask that leaves between them."""
    planned = planned_asks(messages, rules, now)
    people = {m.customer_id for m in messages if m.customer_id}
    rows = Turns.objects.filter(pk__in=people).values_list("customer_id", "taken")
    return Book(turns_of(rows), planned)


def turns_of(rows: Iterable[tuple[int, list[dict[str, Any]]]]) -> dict[int, list[Turn]]:
    book: dict[int, list[Turn]] = defaultdict(list)
    for customer_id, taken in rows:
        book[customer_id] = [
            Turn(line["message"], line["limit"], line["ask"], datetime.fromisoformat(line["at"])) for line in taken
        ]
    return book


def planned_asks(messages: Sequence[Message], rules: Rules, now: datetime) -> dict[int, list[Message]]:
    """Asks that will want a turn of these people soon, without those at hand and those of paused streams."""
    found: dict[int, list[Message]] = defaultdict(list)
    people = {m.customer_id for m in messages if m.counts_in == Limit.ASKS}
    limit = rules.limits.get(Limit.ASKS)
    if not people or limit is None:
        return found
    asking = [purpose for purpose, ask in rules.asks.items() if ask]
    rows = (
        Message.objects.filter(customer__in=people, state=Message.State.READY, instead_of=None)
        .filter(Q(purpose__in=asking) | ~Q(ask=""), send_after__lte=now + timedelta(days=limit.days))
        .exclude(expires_at__lte=F("send_after"))
        .exclude(pk__in=[m.pk for m in messages if m.pk])
        .exclude(stream__in=Stream.objects.filter(paused_at__isnull=False))
        .only("customer_id", "purpose_id", "ask", "send_after")
    )
    for m in rows:
        if m.customer_id is not None:
            found[m.customer_id].append(m)
    return found


# --- Who may go ---------------------------------------------------------------------------------------------------


def too_many(messages: Sequence[Message], purposes: Collection[Purpose], now: datetime) -> dict[int | None, Decision]:
    """Message id → until when it waits. Four queries, and none where nothing is limited. Nothing is written."""
    limited = [m for m in messages if m.counts_in]
    if not limited:
        return {}
    rules = read_rules(purposes)
    return allot(limited, rules, read_book(limited, rules, now), now)


def allot(messages: Sequence[Message], rules: Rules, book: Book, now: datetime) -> dict[int | None, Decision]:
    """Give turns, the most important ask first, and enter them in the book; what gets none is held."""
    held: dict[int | None, Decision] = {}
    for m in sorted(messages, key=lambda m: (rules.rank(rules.ask_of(m)), m.send_after, m.pk or 0)):
        limit = rules.limits.get(m.counts_in)
        if limit is None or m.customer_id is None:
            continue
        if why := _no_turn(m, limit, rules, book, now):
            held[m.pk] = why
        elif not _has_turn(m, book):
            book.turns[m.customer_id].append(Turn(m.pk, limit.pk, rules.ask_of(m), now))
    return held


def _has_turn(m: Message, book: Book) -> bool:
    """It was given one before, and its worker died."""
    return m.pk is not None and any(turn.message_id == m.pk for turn in book.turns[m.customer_id or 0])


def _no_turn(m: Message, limit: Limit, rules: Rules, book: Book, now: datetime) -> Decision | None:
    if _has_turn(m, book):
        return None
    window = timedelta(days=limit.days)
    theirs = [turn for turn in book.turns[m.customer_id or 0] if turn.limit == limit.pk and turn.at > now - window]
    if len(theirs) >= limit.most:
        oldest = sorted(theirs, key=lambda turn: turn.at)[-limit.most]
        return _wait(limit, theirs[-1], oldest.at + window)
    ahead = [other for other in book.planned[m.customer_id or 0] if _goes_before(other, m, rules)]
    if limit.pk == Limit.ASKS and ahead:
        first = min(ahead, key=lambda other: (rules.rank(rules.ask_of(other)), other.send_after))
        return Decision("hold", Reason(OUTRANKED, {"ask": rules.ask_of(first)}), max(first.send_after, now) + SHORTLY)
    return None


def _goes_before(other: Message, m: Message, rules: Rules) -> bool:
    return other.pk != m.pk and rules.rank(rules.ask_of(other)) < rules.rank(rules.ask_of(m))


def _wait(limit: Limit, last: Turn, until: datetime) -> Decision:
    values: dict[str, Any] = {
        "most": limit.most,
        "days": limit.days,
        "on": f"{last.at:%Y-%m-%d}",
        "until": f"{until:%Y-%m-%d %H:%M} UTC",
    }
    if limit.pk == Limit.ASKS:
        return Decision("hold", Reason(ASKED, values | {"ask": last.ask}), until)
    return Decision("hold", Reason(ADVERTISED, values), until)

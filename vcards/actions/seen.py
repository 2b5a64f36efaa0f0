"""What readers did is counted: one row per reader, day and code, in one statement for many."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from events.facts import Recorded, record_all
from vcards.events import CardSaved, CardViewed
from vcards.models import Activity, ShareCode
from vcards.visitors import forget_keys_before

Kind = Activity.Kind


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that a reader did; ``target`` is the kind of contact that was clicked."""

    share_id: int
    kind: str
    day: date
    visitor: str
    is_machine: bool
    customer_id: int | None = None
    target: str = ""


# A code that was deleted meanwhile counts nothing, a customer who was, nobody. xmax is 0 in a row that is new.
UPSERT = """
INSERT INTO vcards_activity AS a
  (share_id, kind, target, seen_on, visitor, is_machine, times, customer_id, first_at, last_at)
SELECT s.id, v.kind, v.target, v.day, v.visitor, v.is_machine, v.times, c.id, %s, %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::date[], %s::text[], %s::boolean[], %s::int[], %s::bigint[])
  AS v(share, kind, target, day, visitor, is_machine, times, customer)
JOIN vcards_sharecode s ON s.id = v.share LEFT JOIN customers_customer c ON c.id = v.customer
ORDER BY v.share, v.day, v.kind, v.visitor, v.target, v.is_machine
ON CONFLICT (share_id, seen_on, kind, visitor, target, is_machine) DO UPDATE SET
  times = a.times + excluded.times, last_at = excluded.last_at,
  customer_id = coalesce(a.customer_id, excluded.customer_id)
RETURNING a.share_id, a.kind, a.is_machine, a.customer_id, a.xmax = 0
"""


@transaction.atomic
def count(many: Sequence[Seen], now: datetime) -> None:
    """People who are known, and everybody who saves a card, make a fact the first time in a day."""
    if not many:
        return
    sums = Counter(many)
    rows = [
        (s.share_id, s.kind, s.target, s.day, s.visitor, s.is_machine, times, s.customer_id)
        for s, times in sums.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [now, now, *(list(column) for column in zip(*rows, strict=True))])
        new = [row[:4] for row in cursor.fetchall() if row[4] and not row[2]]
    _tell([(share, kind, customer) for share, kind, _machine, customer in new], now)


def _tell(new: Sequence[tuple[int, str, int | None]], now: datetime) -> None:
    told = [(s, k, c) for s, k, c in new if k == Kind.SAVE or (k in (Kind.VIEW, Kind.SCAN) and c)]
    shares = ShareCode.objects.in_bulk({share for share, _kind, _customer in told}) if told else {}
    record_all([_recorded(shares[share], kind, customer, now) for share, kind, customer in told])


def _recorded(share: ShareCode, kind: str, customer_id: int | None, now: datetime) -> Recorded:
    fact = (CardSaved if kind == Kind.SAVE else CardViewed)(share.pk, share.placement)
    return Recorded(fact, ("card", share.card_id), customer_id, now)


def forget_keys() -> int:
    """The clock's: days that are over lose their key, and their readers with it."""
    return forget_keys_before(timezone.now().date())

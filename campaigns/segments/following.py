"""Followed segments: who is inside is written down, and entering and leaving are facts that journeys wait for.

Membership changes on the fact: whoever a fact speaks of is asked again, in a fixed number of statements for a batch.
What no fact tells, the passing of time, has a row with a time (Crossing). Nothing is ever rebuilt; only a new version
is walked through once (``fill``), quietly. Customers are locked before they are asked, so that the last one who asks
has seen the last change.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from campaigns import fields
from campaigns.events import SegmentEntered, SegmentLeft
from campaigns.models import Crossing, Segment, SegmentMember, SegmentVersion
from campaigns.segments.asking import expanded
from customers.models import Stats
from events.facts import Recorded, record_all
from events.models import Event
from shelf.conditions import ConditionRefused, Node
from shelf.rows import insert_missing_rows

BATCH = 500
FILL = 2000  # customers asked in one step of a fill
OWN = ("segment.entered", "segment.left")

Pair = tuple[int, int]  # segment, customer


@dataclass(frozen=True, slots=True)
class Followed:
    """Customers between ``up_to`` and ``until`` are not written down yet."""

    segment_id: int
    node: Node
    up_to: int = 0
    until: int = 0

    def covers(self, customer_id: int) -> bool:
        return customer_id <= self.up_to or customer_id > self.until


def follow(events: Sequence[Event], now: datetime) -> None:
    """The answer to every fact about a customer: are they inside now?"""
    concerned = {e.customer_id for e in events if e.customer_id and e.kind not in OWN}
    if not concerned:
        return
    if not Segment.objects.filter(is_followed=True).exists():
        return
    mine = _locked(concerned)  # before the segments are read: a step of a fill that held them is seen then
    settle(followed_segments(), mine, now)


def cross_due(limit: int = BATCH) -> int:
    """Ask those again for whom time may have changed the answer; how many crossings were worked through."""
    now = timezone.now()
    with transaction.atomic():
        due = Crossing.objects.filter(at__lte=now, segment__is_followed=True)
        concerned = set(due.order_by("at").values_list("customer_id", flat=True)[:limit])
        if not concerned:
            return 0
        mine = _locked(concerned, skip=True)
        followed = {f.segment_id: f for f in followed_segments()}
        pairs = set(due.filter(customer__in=mine).values_list("segment_id", "customer_id"))
        settle([f for f in followed.values() if f.segment_id in {s for s, _c in pairs}], mine, now, only=pairs)
        # one whose segment can be asked no more, or is only being filled, must not come due for ever
        Crossing.objects.filter(customer__in=mine, at__lte=now).delete()
    return len(pairs)


def followed_segments() -> list[Followed]:
    """The newest version of each, as it may be asked. One that names a field which is gone stands still."""
    newest = (
        SegmentVersion.objects.filter(segment__is_followed=True)
        .order_by("segment_id", "-number")
        .distinct("segment_id")
        .select_related("segment")
    )
    found = []
    for version in newest:
        node = _node_of(version)
        segment = version.segment
        if node and segment.filled_version == version.number:
            found.append(Followed(segment.pk, node, segment.filled_up_to, segment.filled_until))
    return found


def _node_of(version: SegmentVersion) -> Node | None:
    try:
        return expanded(version)
    except ConditionRefused:
        return None


def _locked(customer_ids: Collection[int], skip: bool = False) -> list[int]:
    rows = Stats.objects.filter(pk__in=customer_ids).select_for_update(no_key=True, skip_locked=skip)
    return list(rows.order_by("pk").values_list("pk", flat=True))


# --- Inside or not ------------------------------------------------------------------------------------------------


def settle(
    followed: Sequence[Followed],
    customer_ids: Sequence[int],
    now: datetime,
    *,
    only: Collection[Pair] | None = None,
    quiet: bool = False,
) -> None:
    """Write down who is inside which; customers are locked by the caller. As many statements for one as for many."""
    if not followed or not customer_ids:
        return
    known = fields.values_of(fields.fields_in(f.node for f in followed), "customer", customer_ids)
    rows = SegmentMember.objects.filter(segment__in=[f.segment_id for f in followed], customer__in=customer_ids)
    before = set(rows.values_list("segment_id", "customer_id"))
    inside: set[Pair] = set()
    asked: set[Pair] = set()
    crossings: dict[Pair, datetime] = {}
    for one in followed:
        for pk in customer_ids:
            pair = (one.segment_id, pk)
            if pk not in known or not one.covers(pk) or (only is not None and pair not in only):
                continue
            asked.add(pair)
            held, until = fields.outlook(one.node, known[pk], now)
            if held:
                inside.add(pair)
            if until:
                crossings[pair] = until
    _write_members(inside - before, (before & asked) - inside, now, quiet)
    _write_crossings(asked, crossings)


def _write_members(entered: Iterable[Pair], left: Iterable[Pair], now: datetime, quiet: bool) -> None:
    entered, left = sorted(entered), sorted(left)
    insert_missing_rows(SegmentMember(segment_id=s, customer_id=c, entered_at=now) for s, c in entered)
    _delete(SegmentMember, left)
    if not quiet:
        facts = [(SegmentEntered(s), c) for s, c in entered] + [(SegmentLeft(s), c) for s, c in left]
        record_all([Recorded(fact, ("customer", c), c, now) for fact, c in facts])


def _write_crossings(asked: Iterable[Pair], crossings: dict[Pair, datetime]) -> None:
    pairs = sorted(asked)
    segments, customers = {s for s, _c in pairs}, {c for _s, c in pairs}
    rows = Crossing.objects.filter(segment__in=segments, customer__in=customers)
    old = {(s, c): at for s, c, at in rows.values_list("segment_id", "customer_id", "at")}
    changed = [pair for pair in pairs if pair in crossings and old.get(pair) != crossings[pair]]
    _delete(Crossing, [pair for pair in pairs if pair in old and old[pair] != crossings.get(pair)])
    insert_missing_rows(Crossing(segment_id=s, customer_id=c, at=crossings[s, c]) for s, c in changed)


def _delete(model: type[SegmentMember] | type[Crossing], pairs: Sequence[Pair]) -> None:
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {model._meta.db_table} WHERE (segment_id, customer_id) IN"  # noqa: S608 - our own name
            " (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))",
            [[s for s, _c in pairs], [c for _s, c in pairs]],
        )


# --- Writing a version's people down ------------------------------------------------------------------------------


def fill(limit: int = FILL) -> int:
    """One step of writing down a version's people, quietly: they were inside before anybody asked. 0: all is done."""
    now = timezone.now()
    with transaction.atomic():
        version = _unfilled()
        if version is None:
            return 0
        segment, node = version.segment, _node_of(version)
        if segment.filled_version != version.number:
            segment.filled_version, segment.filled_up_to, segment.filled_at = version.number, 0, None
            segment.filled_until = Stats.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        rows = Stats.objects.filter(pk__gt=segment.filled_up_to, pk__lte=segment.filled_until).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        if ids and node:
            settle([Followed(segment.pk, node)], _locked(ids), now, quiet=True)
        segment.filled_up_to = ids[-1] if len(ids) == limit else segment.filled_until
        segment.filled_at = now if len(ids) < limit else None
        segment.save(update_fields=["filled_version", "filled_up_to", "filled_until", "filled_at"])
    return max(1, len(ids))


def _unfilled() -> SegmentVersion | None:
    """The newest version of a followed segment whose people are not all written down; the segment is locked."""
    waiting = Segment.objects.filter(is_followed=True).select_for_update(skip_locked=True, no_key=True).order_by("pk")
    for segment in waiting:
        version = segment.versions.order_by("-number").first()
        if version and (segment.filled_at is None or segment.filled_version != version.number) and _node_of(version):
            version.segment = segment
            return version
    return None

"""Codes of carriers that stand in no table of ours: counted, explained by the owner, and their scans read again.

An adapter marks such a scan ``unknown`` and gives it no milestone that moves anything. The row ``UnknownCode`` says how
often it came and, once somebody has said so, what it means. That holds for later scans as they are stored; old ones are
read again at once, a few hundred orders in a transaction.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection as db
from django.db import transaction
from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal
from tracking.actions.refreshing import lock_orders, refresh
from tracking.carriers.seen import ParcelSeen
from tracking.milestones import RANKS, REASONS
from tracking.models import Checkpoint, Shipment, UnknownCode
from tracking.status import status_of

BATCH = 200  # orders
NEWS = timedelta(days=2)  # what an old scan turns out to mean is history: it is told to nobody
SHOWN = 50  # changed parcels that a rehearsal names


class CodeRefused(Refusal):
    """The code cannot mean that."""


# --- As scans come ------------------------------------------------------------------------------------------------

Seen = tuple[ParcelSeen, datetime]


def explained(seen: Sequence[Seen], source: str) -> Sequence[Seen]:
    """The same parcels, with the milestones that the owner gave to codes that we do not know."""
    codes = {scan.raw_code for parcel, _at in seen for scan in parcel.checkpoints if scan.unknown}
    if not codes:
        return seen
    said = UnknownCode.objects.filter(source=source, code__in=codes, explained_at__isnull=False)
    meanings = {
        code: (milestone, reason) for code, milestone, reason in said.values_list("code", "milestone", "reason")
    }
    return [(_explained(parcel, meanings), at) for parcel, at in seen] if meanings else seen


def _explained(parcel: ParcelSeen, meanings: dict[str, tuple[str, str]]) -> ParcelSeen:
    scans = []
    for scan in parcel.checkpoints:
        told = meanings.get(scan.raw_code) if scan.unknown else None
        scans.append(replace(scan, milestone=told[0], reason=told[1]) if told else scan)
    return replace(parcel, checkpoints=tuple(scans))


COUNT = """
INSERT INTO tracking_unknowncode
  (source, code, carrier, count, first_seen_at, last_seen_at, receipt_id, milestone, reason)
SELECT %s, code, carrier, count, at, at, receipt_id, '', ''
  FROM unnest(%s::text[], %s::text[], %s::int[], %s::timestamptz[], %s::bigint[])
       AS new (code, carrier, count, at, receipt_id)
    ON CONFLICT (source, code) DO UPDATE SET
       count = tracking_unknowncode.count + excluded.count,
       first_seen_at = least(tracking_unknowncode.first_seen_at, excluded.first_seen_at),
       last_seen_at = greatest(tracking_unknowncode.last_seen_at, excluded.last_seen_at),
       receipt_id = coalesce(excluded.receipt_id, tracking_unknowncode.receipt_id)
"""


def count_unknown(
    seen: Sequence[Seen], found: Sequence[Shipment | None], source: str, receipts: Sequence[int | None]
) -> None:
    """Count the codes of scans that are about to be stored for the first time; the orders are locked.

    A scan and the summary that repeats it are one. Two queries, and none where every code is known.
    """
    told: dict[tuple[int, str, datetime], tuple[str, datetime, int | None]] = {}
    for (parcel, at), shipment, receipt in zip(seen, found, receipts, strict=True):
        for scan in parcel.checkpoints:
            if shipment and scan.unknown and scan.raw_code:
                told.setdefault((shipment.pk, scan.raw_code, scan.occurred_at), (parcel.carrier, at, receipt))
    if not told:
        return
    pks, codes = {pk for pk, _code, _at in told}, {code for _pk, code, _at in told}
    stored = Checkpoint.objects.filter(shipment__in=pks, unknown=True, source=source, raw_code__in=codes)
    for known in stored.values_list("shipment_id", "raw_code", "occurred_at"):
        told.pop(known, None)
    _add_up(told, source)


def _add_up(told: dict[tuple[int, str, datetime], tuple[str, datetime, int | None]], source: str) -> None:
    counts = Counter(code for _pk, code, _at in told)
    latest = {code: about for (_pk, code, _at), about in sorted(told.items(), key=lambda item: item[1][1])}
    codes = sorted(counts)  # in one order for everybody, so that nobody waits in a ring
    if codes:
        columns = [[latest[code][n] for code in codes] for n in range(3)]
        with db.cursor() as cursor:
            carriers, times, receipts = columns
            cursor.execute(COUNT, [source, codes, carriers, [counts[code] for code in codes], times, receipts])


# --- What the owner says ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a meaning would change: scans, parcels that have them, and (parcel, from, to) of the first ``SHOWN``."""

    scans: int
    parcels: int
    changes: int
    first: tuple[tuple[Shipment, str, str], ...]


def foresee(code: UnknownCode, milestone: str, reason: str, now: datetime) -> Foreseen:
    """A rehearsal: nothing is written."""
    _check(milestone, reason)
    parcels, changed = 0, []
    for shipments in _batches(code):
        for shipment in shipments:
            parcels += 1
            status = status_of(_as_meant(shipment, code, milestone, reason), now)
            if status.milestone != shipment.milestone and shipment.milestone != "cancelled":
                changed.append((shipment, shipment.milestone, status.milestone))
    return Foreseen(_scans_of(code).count(), parcels, len(changed), tuple(changed[:SHOWN]))


def _as_meant(shipment: Shipment, code: UnknownCode, milestone: str, reason: str) -> Iterable[Checkpoint]:
    for scan in shipment.checkpoints.all():
        if scan.unknown and scan.source == code.source and scan.raw_code == code.code:
            scan.milestone, scan.reason = milestone, reason  # of this copy only
        yield scan


def explain(code: UnknownCode, milestone: str, reason: str, now: datetime, by: int | None = None) -> int:
    """The owner says what the code means. How many old scans were read again.

    Interrupted, it has done whole batches; said again, it goes on where it stopped.
    """
    _check(milestone, reason)
    UnknownCode.objects.filter(pk=code.pk).update(
        milestone=milestone, reason=reason, explained_at=now, explained_by_id=by
    )
    code.refresh_from_db()
    return sum(_read_again(code, shipments, now) for shipments in _batches(code))


@transaction.atomic
def _read_again(code: UnknownCode, shipments: Sequence[Shipment], now: datetime) -> int:
    """Parcels with a scan of the last days are news; what is older happened long ago."""
    lock_orders(shipment.order_id for shipment in shipments)
    old = _scans_of(code).filter(shipment__in=shipments).exclude(milestone=code.milestone, reason=code.reason)
    fresh = set(old.filter(occurred_at__gt=now - NEWS).values_list("shipment__order_id", flat=True))
    orders = set(old.values_list("shipment__order_id", flat=True))
    read = old.update(milestone=code.milestone, reason=code.reason)
    refresh(orders & fresh, now)
    refresh(orders - fresh, now, quiet=True)
    return read


def _batches(code: UnknownCode) -> Iterator[list[Shipment]]:
    after = 0
    while True:
        pks = _scans_of(code).filter(shipment__gt=after).order_by("shipment").values_list("shipment", flat=True)
        some = list(pks.distinct()[:BATCH])
        if not some:
            return
        yield list(
            Shipment.objects.filter(pk__in=some).select_related("order").prefetch_related("checkpoints").order_by("pk")
        )
        after = some[-1]


def _scans_of(code: UnknownCode):
    return Checkpoint.objects.filter(unknown=True, source=code.source, raw_code=code.code)


def _check(milestone: str, reason: str) -> None:
    if milestone not in RANKS or (reason and reason not in REASONS):
        raise CodeRefused(_("Choose one of our milestones, and one of our reasons or none."))

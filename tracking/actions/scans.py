"""What carriers saw: added to the parcels it belongs to."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events import inbox
from events.sources import Outcome, Waiting
from shelf.rows import update_rows
from tracking.actions.cash import dues_of
from tracking.actions.learning import LEARNT, learn
from tracking.actions.meanings import count_unknown, explained
from tracking.actions.page import redraw_orders
from tracking.actions.places import with_places
from tracking.actions.promises import PROMISE, promise
from tracking.actions.refreshing import lock_orders, refresh
from tracking.carriers.numbers import plain_number
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.milestones import RANKS
from tracking.models import Checkpoint, Shipment, ShipmentAlias

# A scan further in the future than this is a carrier's plan or a wrong clock: kept, marked, and not believed.
FUTURE = timedelta(days=1)
NO_PARCEL = _("No parcel with the number %(number)s yet: this is read again when the shop reports it.")


def tidy_number(number: str) -> str:
    """Tracking numbers as they are compared: capitals, without the spaces and dashes that people put in."""
    return plain_number(number)[:100]


@transaction.atomic
def save_parcels(
    seen: Sequence[tuple[ParcelSeen, datetime]], source: str, now: datetime, receipts: Sequence[int | None] = ()
) -> list[Outcome]:
    """Add what carriers saw, by the batch: (parcel, received_at). A parcel nobody knows yet waits for its shipment.

    ``receipts`` are where each was read, so that codes we do not know have an example.
    """
    seen = with_places(explained(seen, source))
    found = _shipments_of([parcel for parcel, _at in seen])
    outcomes: list[Outcome] = []
    touched: dict[int, Shipment] = {}
    nameless = _of_erased(found)
    count_unknown(seen, found, source, receipts or [None] * len(seen))
    for (parcel, received_at), shipment in zip(seen, found, strict=True):
        if shipment is None:
            number = tidy_number(parcel.number)
            outcomes.append(Waiting(f"parcel:{number}", NO_PARCEL, number=number))
            continue
        told = without_names(parcel) if shipment.pk in nameless else parcel
        add_scans(shipment, told.checkpoints, source, received_at)
        learn(shipment, told, received_at)
        touched[shipment.pk] = shipment
        outcomes.append(None)
    update_rows(list(touched.values()), LEARNT)
    _keep_aliases(seen, found)
    refresh({shipment.order_id for shipment in touched.values()}, now, dues=dues_of(seen, found))
    return outcomes


def _shipments_of(parcels: Sequence[ParcelSeen]) -> list[Shipment | None]:
    """The shipment that each speaks of, its order locked; known by its number, or by one of its further numbers."""
    numbers = {number for parcel in parcels for number in _numbers_of(parcel)}
    by_number: dict[str, list[int]] = defaultdict(list)
    for number, pk in Shipment.objects.filter(number__in=numbers).values_list("number", "pk"):
        by_number[number].append(pk)
    for number, pk in ShipmentAlias.objects.filter(number__in=numbers).values_list("number", "shipment"):
        by_number[number].append(pk)
    pks = {pk for some in by_number.values() for pk in some}
    lock_orders(Shipment.objects.filter(pk__in=pks).values_list("order", flat=True) if pks else [])
    known = Shipment.objects.in_bulk(pks)
    newest = {number: sorted((known[pk] for pk in some), key=_newest) for number, some in by_number.items()}
    return [
        next((s for number in _numbers_of(parcel) if (s := _choose(newest.get(number, []), parcel))), None)
        for parcel in parcels
    ]


def _of_erased(found: Iterable[Shipment | None]) -> set[int]:
    """Parcels of people whose data were erased."""
    ours = Shipment.objects.filter(pk__in=[s.pk for s in found if s], order__customer__erasure__isnull=False)
    return set(ours.values_list("pk", flat=True))


def without_names(parcel: ParcelSeen) -> ParcelSeen:
    """Of somebody whose data were erased the carrier may still speak; we do not listen."""
    scans = tuple(replace(scan, message="") for scan in parcel.checkpoints)
    return replace(parcel, checkpoints=scans, proof=None, pickup_point=None)


def _newest(shipment: Shipment) -> tuple[float, int]:
    return -shipment.created_at.timestamp(), -shipment.pk


def _numbers_of(parcel: ParcelSeen) -> list[str]:
    """Its own number first."""
    further = (tidy_number(number) for _carrier, number in parcel.aliases)
    return list(dict.fromkeys(filter(None, [tidy_number(parcel.number), *further])))


def _keep_aliases(seen: Sequence[tuple[ParcelSeen, datetime]], found: Sequence[Shipment | None]) -> None:
    """Every number that a message gives its parcel beside the one we have; after it, messages by that one find it."""
    rows = []
    for (parcel, _at), shipment in zip(seen, found, strict=True):
        if shipment is None:
            continue
        carriers = {tidy_number(number): carrier for carrier, number in parcel.aliases}
        carriers[tidy_number(parcel.number)] = parcel.carrier
        back = tidy_number(parcel.return_number)
        carriers.setdefault(back, parcel.carrier)
        for number, carrier in carriers.items():
            if number and number != shipment.number:
                rows.append(ShipmentAlias(shipment=shipment, carrier=carrier[:60], number=number))
    if rows:
        ShipmentAlias.objects.bulk_create(rows, ignore_conflicts=True)
        inbox.release(f"parcel:{row.number}" for row in rows)


def customers_of(numbers: Iterable[str]) -> dict[str, int]:
    """Whose parcels these are: number → customer id, the youngest parcel's where a number was used again."""
    wanted = {tidy_number(number) for number in numbers}
    rows = Shipment.objects.filter(number__in=wanted, order__customer__isnull=False).order_by("created_at")
    return dict(rows.values_list("number", "order__customer_id"))


@transaction.atomic
def add_checkpoints(shipment: Shipment, seen: Sequence[CheckpointSeen], source: str, now: datetime) -> None:
    """Add scans to a parcel we know."""
    lock_orders([shipment.order_id])
    add_scans(shipment, seen, source, now)
    refresh({shipment.order_id}, now)


@transaction.atomic
def expect(shipment: Shipment, on: date) -> None:
    """Somebody gave the day on which the parcel should arrive."""
    lock_orders([shipment.order_id])
    shipment.refresh_from_db()
    shipment.estimated_on = on
    promise(shipment, on, "manual", timezone.now())
    shipment.save(update_fields=["estimated_on", *PROMISE])
    redraw_orders({shipment.order_id})


def _choose(shipments: list[Shipment], parcel: ParcelSeen) -> Shipment | None:
    """The shipment a carrier speaks of. Numbers are re-used: one whose carrier fits comes first, then the youngest;
    where none fits, the shop has named the carrier wrongly."""
    fitting = [s for s in shipments if not parcel.carrier or not s.carrier or s.carrier == parcel.carrier]
    return next(iter(fitting or shipments), None)


def add_scans(shipment: Shipment, checkpoints: Iterable[CheckpointSeen], source: str, received_at: datetime) -> None:
    rows = [
        Checkpoint(
            shipment=shipment,
            source=source,
            occurred_at=c.occurred_at,
            occurred_local=c.occurred_local[:40],
            tz_known=c.tz_known,
            received_at=received_at,
            milestone=_of_the_way(c, shipment),
            reason=c.reason,
            raw_code=c.raw_code[:100],
            message=c.message[:500],
            city=c.city[:120],
            country=c.country[:3],
            summary=c.summary,
            suspect=c.occurred_at > received_at + FUTURE,
            unknown=c.unknown,
            retracts=c.retracts,
            returning=c.returning,
            fingerprint=fingerprint(c, source),
        )
        for c in checkpoints
    ]
    Checkpoint.objects.bulk_create(rows, ignore_conflicts=True)


def _of_the_way(c: CheckpointSeen, shipment: Shipment) -> str:
    """On the way back the sender is the recipient: a delivery is the return, all else is the way there.

    The parcel of a return comes back from its first day: a carrier that says so says nothing new.
    """
    if shipment.leg == "return" or not c.returning or RANKS.get(c.milestone, 0) < RANKS["picked_up"]:
        return c.milestone
    return "returned" if c.milestone in ("delivered", "returned") else "returning"


def fingerprint(c: CheckpointSeen, source: str) -> str:
    """What makes a scan the same scan when it comes again; not what its code means, which somebody may say later."""
    words = (
        source,
        c.occurred_at.astimezone(UTC).isoformat(),
        "" if c.raw_code else c.milestone,
        c.raw_code,
        c.message,
        c.city,
        str(c.summary),
        *(["retracts"] if c.retracts else []),
    )
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:32]

"""What carriers saw: added to the parcels it belongs to."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from events.sources import Outcome, Waiting
from tracking.actions.cash import dues_of
from tracking.actions.meanings import count_unknown, explained
from tracking.actions.page import redraw_orders
from tracking.actions.refreshing import lock_orders, refresh
from tracking.carriers.numbers import plain_number
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.models import Checkpoint, Shipment

# A scan further in the future than this is a carrier's plan or a wrong clock: kept, marked, and not believed.
FUTURE = timedelta(days=1)


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
    seen = explained(seen, source)
    numbers = {tidy_number(parcel.number) for parcel, _at in seen}
    by_number = defaultdict(list)
    for known in Shipment.objects.filter(number__in=numbers).order_by("-created_at"):
        by_number[known.number].append(known)
    outcomes: list[Outcome] = []
    touched = set()
    found = [_choose(by_number[tidy_number(parcel.number)], parcel) for parcel, _at in seen]
    lock_orders(s.order_id for s in found if s)
    count_unknown(seen, found, source, receipts or [None] * len(seen))
    for (parcel, received_at), shipment in zip(seen, found, strict=True):
        if shipment is None:
            number = tidy_number(parcel.number)
            text = _("No parcel with the number %(number)s yet: this is read again when the shop reports it.")
            outcomes.append(Waiting(f"parcel:{number}", text, number=number))
            continue
        add_scans(shipment, parcel.checkpoints, source, received_at)
        _learn(shipment, parcel)
        touched.add(shipment.order_id)
        outcomes.append(None)
    refresh(touched, now, dues=dues_of(seen, found))
    return outcomes


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
    Shipment.objects.filter(pk=shipment.pk).update(estimated_on=on)
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
            milestone=c.milestone,
            reason=c.reason,
            raw_code=c.raw_code[:100],
            message=c.message[:500],
            city=c.city[:120],
            country=c.country[:3],
            summary=c.summary,
            suspect=c.occurred_at > received_at + FUTURE,
            unknown=c.unknown,
            fingerprint=fingerprint(c, source),
        )
        for c in checkpoints
    ]
    Checkpoint.objects.bulk_create(rows, ignore_conflicts=True)


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
    )
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:32]


def _learn(shipment: Shipment, parcel: ParcelSeen) -> None:
    changed = {
        "carrier": parcel.carrier if not shipment.carrier else shipment.carrier,
        "url": parcel.url[:500] if parcel.url and not shipment.url else shipment.url,
        "estimated_on": parcel.estimated_on or shipment.estimated_on,
    }
    Shipment.objects.filter(pk=shipment.pk).update(**changed)

"""Which parcels a carrier is asked about; how often, says tracking/asking.py."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from events.models import Connection
from events.sources import Ignored, Outcome, Waiting, Wanted
from shelf.reasons import Reason
from shelf.rows import update_rows
from tracking.actions.refreshing import lock_orders
from tracking.actions.scans import NO_PARCEL, tidy_number
from tracking.asking import ASK, next_asking
from tracking.models import Shipment

HINT = _("A hint: the carrier signs nothing, so it is asked itself, and its answer is what counts.")


def wanted(carrier: str, connection: Connection, now: datetime, limit: int) -> list[Wanted]:
    """The numbers of this carrier that are due, those first that wait longest; answered by the index shipment_ask.

    Whose connection names a store (``options["store"]``) asks about its parcels only.
    """
    due = _of(carrier, connection).filter(ask_at__lte=now).order_by("ask_at", "pk")
    phones: dict[str, str] = {}
    for number, phone in due.values_list("number", "order__phone")[:limit]:
        phones.setdefault(number, phone)
    return [Wanted(number, phone) for number, phone in phones.items()]


def asked(carrier: str, connection: Connection, numbers: Sequence[str], now: datetime) -> None:
    """They were asked about just now, whatever was answered."""
    shipments = _of(carrier, connection).filter(number__in=numbers)
    lock_orders(shipments.values_list("order", flat=True))
    rows = list(shipments)
    for shipment in rows:
        shipment.asked_at = now
        shipment.ask_at = next_asking(shipment, now)
    update_rows(rows, ASK)


def hint(carrier: str, numbers: Sequence[str], now: datetime) -> list[Outcome]:
    """Somebody who cannot prove it says that there is news of these: they are asked about next."""
    tidy = [tidy_number(number) for number in numbers]
    named = Q(number__in=tidy) | Q(aliases__number__in=tidy)
    known = Shipment.objects.filter(named, carrier=carrier)
    lock_orders(known.values_list("order", flat=True))
    found = set(known.values_list("number", flat=True)) | set(known.values_list("aliases__number", flat=True))
    Shipment.objects.filter(pk__in=known.values("pk"), ask_at__gt=now).update(ask_at=now)
    return [Ignored(Reason(HINT)) if number in found else _unknown(number) for number in tidy]


def _unknown(number: str) -> Outcome:
    return Waiting(f"parcel:{number}", NO_PARCEL, number=number)


def _of(carrier: str, connection: Connection) -> QuerySet[Shipment]:
    parcels = Shipment.objects.filter(carrier=carrier, ask_at__isnull=False)
    store = connection.options.get("store")
    return parcels.filter(order__store__slug=store) if store else parcels

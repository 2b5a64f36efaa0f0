"""Parcels that are late, or in trouble on their way: nobody asks their customer for anything until they arrived.

A clock looks, not the scans: a parcel becomes late by time passing, and a minute harms nobody.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from customers.actions import close_matters, open_matters
from customers.models import OpenMatter
from tracking.models import Shipment

KIND = "late"
GRACE = timedelta(days=1)  # the promised day is over everywhere, and the evening's scans have arrived
FORGOTTEN = timedelta(days=45)  # a parcel that nobody scanned for so long is not on its way any more
OVER = ("delivered", "returned", "cancelled", "expired")
BATCH = 500


def look_for_late(now: datetime | None = None) -> int:
    """Open a matter for each parcel that is late, close those of parcels that are not; how many changed."""
    now = now or timezone.now()
    newly = {("shipment", pk): customer for pk, customer in _newly_late(now)[:BATCH]}
    return open_matters(KIND, newly, now) + close_matters(KIND, [("shipment", pk) for pk in _settled(now)], now)


def _late(now: datetime) -> QuerySet[Shipment]:
    """Answered by the indexes shipment_expected and shipment_by_milestone."""
    on = now.date()
    promised = Q(estimated_on__lt=on - GRACE, estimated_on__gte=on - FORGOTTEN)
    in_trouble = Q(milestone="exception", since__gte=now - FORGOTTEN)
    going = Shipment.objects.filter(delivered_at=None, order__cancelled_at=None).exclude(milestone__in=OVER)
    return going.filter(promised | in_trouble)


def _newly_late(now: datetime) -> QuerySet:
    """(shipment, customer) of those without a matter."""
    known = OpenMatter.objects.filter(
        kind=KIND, subject_type="shipment", subject_id=OuterRef("pk"), closed_at__isnull=True
    )
    late = _late(now).filter(~Exists(known), order__customer__isnull=False)
    return late.order_by("pk").values_list("pk", "order__customer_id")


def _settled(now: datetime) -> Iterator[int]:
    matters = OpenMatter.objects.filter(kind=KIND, subject_type="shipment", closed_at__isnull=True)
    still = set(_late(now).filter(pk__in=matters.values("subject_id")).values_list("pk", flat=True))
    for pk in matters.order_by("pk").values_list("subject_id", flat=True)[: BATCH * 10]:
        if pk not in still:
            yield pk

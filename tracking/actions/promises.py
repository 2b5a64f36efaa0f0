"""The first promise about a parcel, which being on time is measured by; the present one is ``estimated_on``.

A promise is a date as somebody said it and never shifts with a zone. The better source replaces the worse, and of one
source the first word stands for ever, told by when we received it: the order of reading changes nothing.
"""

from datetime import date, datetime

from tracking.models import Shipment

# From the weakest; ``kept`` is a carrier's own record of what it first promised.
SOURCES = ("", "manual", "shop", "predicted", "carrier", "kept")
PROMISE = ("promised_on", "promise_source", "promise_told_at")


def promise(shipment: Shipment, on: date | None, source: str, told_at: datetime) -> None:
    """The caller locked the order and saves ``PROMISE``."""
    known = SOURCES.index(shipment.promise_source)
    earlier = shipment.promise_told_at is None or told_at < shipment.promise_told_at
    if on and (SOURCES.index(source) > known or (SOURCES.index(source) == known and earlier)):
        shipment.promised_on, shipment.promise_source, shipment.promise_told_at = on, source, told_at

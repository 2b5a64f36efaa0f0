"""Money that a parcel asks for at the door, told to its order: the carrier's word, and how the parcel ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from orders.actions import CashSeen, note_cash
from tracking.actions.learning import version_of
from tracking.carriers.names import display_name
from tracking.carriers.seen import Dues, ParcelSeen
from tracking.models import Shipment

Fate = Literal["", "taken", "unclaimed", "returned", "called_off"]
FATES: Mapping[str, Fate] = {
    "delivered": "taken",
    "returning": "unclaimed",
    "returned": "returned",
    "cancelled": "called_off",
}


def dues_of(seen: Sequence[tuple[ParcelSeen, datetime]], found: Sequence[Shipment | None]) -> dict[int, Dues]:
    """By shipment, the newest word on the money for the goods; what is asked for the carrying is not the order's."""
    told = [
        (version_of(p, at), s.pk, p.dues)
        for (p, at), s in zip(seen, found, strict=True)
        if s and p.dues and p.dues.of_goods
    ]
    return {pk: dues for _at, pk, dues in sorted(told, key=lambda row: row[0])}


def tell_cash(shipments: Iterable[Shipment], dues: Mapping[int, Dues], now: datetime, quiet: bool = False) -> None:
    """The caller holds the orders' locks. Of orders without cash there is nothing to say."""
    said = [_said(s, dues.get(s.pk), now) for s in shipments if s.order.cash_state or s.pk in dues]
    if said:
        note_cash(said, now, quiet=quiet)


def _said(shipment: Shipment, dues: Dues | None, now: datetime) -> CashSeen:
    known = dues or Dues()
    return CashSeen(
        shipment.order_id,
        str(shipment.pk),
        shipment.since or now,
        known.amount,
        known.currency,
        known.paid,
        FATES.get(shipment.milestone, ""),
        display_name(shipment.carrier, "en")[:200],
    )

"""What a carrier told us about a parcel, in our words. Adapters build these; ``tracking.actions`` stores them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Meaning(NamedTuple):
    """What a carrier's code says in our words; a row of an adapter's ``STATUSES``."""

    milestone: str
    reason: str = ""
    known: bool = True


UNKNOWN = Meaning("pending", known=False)  # a code that stands in no table: it moves nothing, and is counted


@dataclass(frozen=True, slots=True)
class CheckpointSeen:
    """One scan. ``milestone`` and ``reason`` are our words, ``raw_code`` the carrier's.

    ``occurred_at`` is aware UTC. When the carrier gave a local time without an offset, ``tz_known`` is False,
    ``occurred_at`` was computed with the carrier's default zone and ``occurred_local`` keeps the text as it came.
    ``summary`` marks a checkpoint made from the parcel's top-level status, which wins over any derived from scans.
    """

    occurred_at: datetime
    milestone: str
    reason: str = ""
    raw_code: str = ""
    message: str = ""
    city: str = ""
    country: str = ""
    occurred_local: str = ""
    tz_known: bool = True
    summary: bool = False
    # The carrier takes back the scan with this time and code (CDEK's "deleted", Russian Post's 26); it adds nothing.
    retracts: bool = False
    returning: bool = False  # a scan of the way back: "delivered" here is "returned"
    unknown: bool = False  # no table of ours holds its raw_code: see tracking/actions/meanings.py


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """Where a parcel waits. ``hours`` are the carrier's words; ``week`` the hours of seven days, as ``PlaceSeen`` has
    them. ``ref`` is the place's id in the carrier's directory."""

    name: str = ""
    code: str = ""
    address: str = ""
    hours: str = ""
    locker: bool = False
    ref: str = ""
    week: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A place of a carrier's directory. ``week`` has seven rows from Monday on, ``08:00–20:00``, "" when closed; none
    at all when nobody said."""

    carrier: str
    ref: str
    name: str = ""
    address: str = ""
    week: tuple[str, ...] = ()
    locker: bool = False


@dataclass(frozen=True, slots=True)
class Dues:
    """Money on delivery, as the carrier sees it. ``paid`` is None while it does not say.

    ``of_goods``: for what was ordered; else it is the fee for carrying, which the order knows nothing of.
    """

    amount: Decimal | None = None
    currency: str = ""
    paid: bool | None = None
    of_goods: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """That it was handed over. Names are the agent's to see; a public page masks them."""

    signed_by: str = ""
    picture_url: str = ""
    at: datetime | None = None


def signed_by(name: str, at: datetime | None = None) -> Proof | None:
    """The proof that sources give in passing: a name; without one there is none."""
    return Proof(signed_by=name, at=at) if name else None


@dataclass(frozen=True, slots=True)
class ParcelSeen:
    """A parcel as the carrier shows it now. ``carrier`` is our slug (``nova_poshta``, ``ups``).

    ``checkpoints`` is whatever the message held, whole history or only the newest; ours is their union.
    ``order_number`` is a hint set by the merchant when the tracker was made, or empty.
    """

    number: str
    carrier: str = ""
    checkpoints: tuple[CheckpointSeen, ...] = ()
    estimated_on: date | None = None
    url: str = ""
    order_number: str = ""
    # Further (carrier, number) of the same parcel after a hand-over between carriers. One without a carrier is an id
    # that only finds the parcel again (CDEK's uuid); nobody is shown it.
    aliases: tuple[tuple[str, str], ...] = ()
    service: str = ""  # the carrier's own name of the service, for reports
    origin: str = ""  # city or country, for reports by lane
    destination: str = ""
    promised_on: date | None = None  # the first promise, where the carrier keeps it beside the present one
    moved_by_recipient: bool = False  # the day moved because the customer asked: not our lateness
    pickup_point: PickupPoint | None = None
    stored_until: date | None = None  # the last day before it goes back
    storage_paid_from: date | None = None  # the first day that costs money
    dues: Dues | None = None
    proof: Proof | None = None
    return_number: str = ""  # the waybill of the way back, where the carrier made one
    # The source's own version of this message, where it has one; else what came later is newer.
    told_at: datetime | None = None
    # What the recipient may still change with the carrier, in our words: address, day, pickup_point, storage, return.
    possible: tuple[str, ...] = ()

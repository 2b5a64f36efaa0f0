"""What a carrier told us about a parcel, in our words. Adapters build these; ``tracking.actions`` stores them."""

from dataclasses import dataclass
from datetime import date, datetime


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

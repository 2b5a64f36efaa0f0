"""What a customer is shown of scans whose code nobody explained. They never decide what the parcel is."""

from collections.abc import Sequence

from tracking.milestones import RANKS
from tracking.models import Checkpoint


def shown_as(scans: Sequence[Checkpoint]) -> dict[int, str]:
    """By key: on the way, once the carrier has the parcel; before that and after its end "", they are left out."""
    begun = [s.occurred_at for s in scans if RANKS.get(s.milestone, 0) >= RANKS["picked_up"]]
    ended = [s.occurred_at for s in scans if RANKS.get(s.milestone, 0) >= RANKS["delivered"]]
    return {
        s.pk: "in_transit" if begun and min(begun) <= s.occurred_at and not _after(s, ended) else ""
        for s in scans
        if s.unknown and s.milestone == "pending"
    }


def _after(scan: Checkpoint, ended: list) -> bool:
    return bool(ended) and scan.occurred_at >= min(ended)

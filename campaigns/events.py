"""Facts about segments. Subject: the customer."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class SegmentEntered(Fact):
    """Somebody fits the description of a followed segment who did not before."""

    kind: ClassVar[str] = "segment.entered"
    segment_id: int


@dataclass(frozen=True)
class SegmentLeft(Fact):
    kind: ClassVar[str] = "segment.left"
    segment_id: int

"""Facts about segments. Subject: the segment."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class SegmentEntered(Fact):
    """Somebody came to meet the conditions of a segment that starts a journey."""

    kind: ClassVar[str] = "segment.entered"
    segment: str


@dataclass(frozen=True)
class SegmentLeft(Fact):
    kind: ClassVar[str] = "segment.left"
    segment: str

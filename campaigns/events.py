"""Facts about segments. Subject: the segment."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class SegmentEntered(Fact):
    """Somebody fits the description of a followed segment who did not before. ``segment`` is its short name."""

    kind: ClassVar[str] = "segment.entered"
    segment: str


@dataclass(frozen=True)
class SegmentLeft(Fact):
    kind: ClassVar[str] = "segment.left"
    segment: str

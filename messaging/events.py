"""Facts of the post office."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class StreamPaused(Fact):
    """Subject: the stream; ``slug`` "everything" is the switch for all."""

    kind: ClassVar[str] = "stream.paused"
    slug: str


@dataclass(frozen=True)
class StreamResumed(Fact):
    kind: ClassVar[str] = "stream.resumed"
    slug: str


@dataclass(frozen=True)
class SenderPaused(Fact):
    """The provider failed again and again, or asked us to wait. ``why`` is the sentence without its values."""

    kind: ClassVar[str] = "sender.paused"
    why: str


@dataclass(frozen=True)
class SenderResumed(Fact):
    """A letter left again, or a person said so."""

    kind: ClassVar[str] = "sender.resumed"


@dataclass(frozen=True)
class MarketingPaused(Fact):
    """Complaints about a sender's mail reached the limit. Subject: the sender."""

    kind: ClassVar[str] = "marketing.paused"
    complaints: int
    sent: int


@dataclass(frozen=True)
class MarketingResumed(Fact):
    kind: ClassVar[str] = "marketing.resumed"

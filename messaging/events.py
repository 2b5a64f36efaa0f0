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


@dataclass(frozen=True)
class MessageReplayed(Fact):
    """A person let a message go out that had not, or repeated one that had. Subject: the message.

    ``was`` is its state before; ``job_id`` the job that did it to many; ``new_id`` the message that repeats it.
    """

    kind: ClassVar[str] = "message.replayed"
    was: str
    job_id: int | None = None
    new_id: int | None = None


@dataclass(frozen=True)
class MessageSettled(Fact):
    """A person knew that a message of which nobody could tell had arrived. Subject: the message."""

    kind: ClassVar[str] = "message.settled"


@dataclass(frozen=True)
class MailReceived(Fact):
    """A person wrote to us. Subject: what the letter that it answers was about, when that is proven; else the mail.

    ``message_id``: the letter it answers; ``is_proven``: by our signature in the address, else it is only claimed.
    """

    kind: ClassVar[str] = "mail.received"
    inbound_id: int
    message_id: int | None = None
    is_proven: bool = False

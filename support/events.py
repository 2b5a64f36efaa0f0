"""Facts about tickets and articles, which are their subjects. They hold ids; what was written stands elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class TicketOpened(Fact):
    """Agents can see it from now on: a stranger's is opened when its address is confirmed."""

    kind: ClassVar[str] = "ticket.opened"
    channel: str
    priority: int
    order_id: int | None = None


@dataclass(frozen=True)
class TicketReplied(Fact):
    """The customer wrote again."""

    kind: ClassVar[str] = "ticket.replied"
    message_id: int
    order_id: int | None = None


@dataclass(frozen=True)
class TicketAnswered(Fact):
    kind: ClassVar[str] = "ticket.answered"
    message_id: int
    is_first: bool
    order_id: int | None = None


@dataclass(frozen=True)
class TicketAssigned(Fact):
    """``assignee_id`` None: nobody has it any more."""

    kind: ClassVar[str] = "ticket.assigned"
    assignee_id: int | None
    order_id: int | None = None


@dataclass(frozen=True)
class TicketSolved(Fact):
    kind: ClassVar[str] = "ticket.solved"
    order_id: int | None = None


@dataclass(frozen=True)
class TicketReopened(Fact):
    """By the customer's answer, or by an agent."""

    kind: ClassVar[str] = "ticket.reopened"
    by_customer: bool
    order_id: int | None = None


@dataclass(frozen=True)
class ArticleVerified(Fact):
    """Somebody read these revisions and says that they are true."""

    kind: ClassVar[str] = "article.verified"
    revision_ids: tuple[int, ...]
    until: datetime


@dataclass(frozen=True)
class ArticlePublished(Fact):
    kind: ClassVar[str] = "article.published"
    audience: str


@dataclass(frozen=True)
class ArticleUnpublished(Fact):
    kind: ClassVar[str] = "article.unpublished"


@dataclass(frozen=True)
class ArticleExpired(Fact):
    """A verification has run out: that text is given as an answer no more, and its owner looks at it."""

    kind: ClassVar[str] = "article.expired"
    owner_id: int | None
    until: datetime

"""Facts about tickets. Subject: the ticket. They hold ids; what was written stands in the conversation alone."""

from dataclasses import dataclass
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

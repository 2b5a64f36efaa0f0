"""Facts about people. Subject: the customer."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class MatterOpened(Fact):
    """Something is not settled between us and the customer. Subject: the ticket, return or parcel that it is about."""

    kind: ClassVar[str] = "matter.opened"
    matter: str


@dataclass(frozen=True)
class MatterClosed(Fact):
    """Something between us and the customer is settled. Subject: the ticket, return or parcel that it was about."""

    kind: ClassVar[str] = "matter.closed"
    matter: str


@dataclass(frozen=True)
class CustomerChanged(Fact):
    """Something we know about the person changed that no other fact tells: names of the fields, never their values."""

    kind: ClassVar[str] = "customer.changed"
    fields: tuple[str, ...]


@dataclass(frozen=True)
class CustomerErased(Fact):
    """The person's data were erased here: whoever was told of them by us should do the same."""

    kind: ClassVar[str] = "customer.erased"


@dataclass(frozen=True)
class ConsentGranted(Fact):
    """Somebody said yes to messages of a purpose, and it counts: confirmed where that is asked for."""

    kind: ClassVar[str] = "consent.granted"
    purpose: str
    channel: str


@dataclass(frozen=True)
class ConsentRevoked(Fact):
    """Somebody said no to messages of a purpose, or took a yes back."""

    kind: ClassVar[str] = "consent.revoked"
    purpose: str
    channel: str

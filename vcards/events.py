"""Facts about cards: ids only. Readers nobody knows make no facts, only activity."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class CardAssigned(Fact):
    """An order got its manager, or another one. Subject: the order."""

    kind: ClassVar[str] = "card.assigned"
    card_id: int


@dataclass(frozen=True)
class CardShared(Fact):
    """A placement of a card got its code. Subject: the card."""

    kind: ClassVar[str] = "card.shared"
    share_id: int
    placement: str


@dataclass(frozen=True)
class CardViewed(Fact):
    """A known customer opened a card, told once a day. Subject: the card."""

    kind: ClassVar[str] = "card.viewed"
    share_id: int
    placement: str


@dataclass(frozen=True)
class CardSaved(Fact):
    """Somebody took the card into their contacts, told once per reader and day. Subject: the card."""

    kind: ClassVar[str] = "card.saved"
    share_id: int
    placement: str


@dataclass(frozen=True)
class CardRetired(Fact):
    """Its person has left. Subject: the card."""

    kind: ClassVar[str] = "card.retired"
    successor_id: int | None

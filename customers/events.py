"""Facts about customers."""

from dataclasses import dataclass
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class MatterClosed(Fact):
    """Something between us and the customer is settled. Subject: the ticket, return or parcel that it was about."""

    kind: ClassVar[str] = "matter.closed"
    matter: str

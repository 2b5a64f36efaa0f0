"""What every way out of the house offers, whatever it is made of: SMTP lines, a provider's API, the local mailbox.

A way takes letters up, says which of them are ready to go, and hands them over once their rows say ``sending``. So a
hand-over is always written down before it begins, and the note can be one commit for as many letters as are ready.
"""

from dataclasses import dataclass
from selectors import BaseSelector
from typing import Any, Protocol


@dataclass(slots=True, eq=False)
class Letter:
    """One mail on its way. ``message`` is its row; ``envelope`` what the way needs; the rest is for the archive."""

    message: Any
    envelope: Any
    mail: Any = None
    version_id: int | None = None
    pattern: Any = None
    folded: bytes = b""  # as the archive keeps it
    body: bytes = b""  # as it goes over the line, where a way makes that beforehand
    tries: int = 0  # lines that broke before anything was handed over
    started: bool = False  # its row says ``sending``
    line: Any = None  # where it is taken up; the way's own business


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took it; its id if it gave one."""

    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """This letter will never be taken."""

    error: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. ``way_failed``: the provider is in trouble, not this letter. ``seconds``: it asks us to wait so long."""

    error: str
    way_failed: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Silent:
    """The way was cut in the middle of the hand-over: nobody knows whether it left."""

    error: str


Result = Taken | Refused | Later | Silent


class NoWayOut(Exception):
    """No letter can be handed over now: the provider is away, or the sender's address is wrong. Nothing has left."""

    def __init__(self, error: str, seconds: float | None = None):
        super().__init__(error)
        self.seconds = seconds  # how long the provider asked us to stay away


class Way(Protocol):
    """Letters go ``take_up`` → ``ready`` → ``hand_over`` → ``results``. The caller empties the three lists.

    ``returned`` holds letters whose line broke before the hand-over: nothing of them has left.
    """

    ready: list[Letter]
    results: list[tuple[Letter, Result]]
    returned: list[Letter]

    def room(self) -> int:
        """How many more letters can be taken up now; opens another line when all are busy. Raises NoWayOut."""

    def make_ready(self, letter: Letter) -> None:
        """Do what can be done before it is this letter's turn, for then its line stands still."""

    def take_up(self, letter: Letter) -> None: ...

    def hand_over(self, letter: Letter) -> None:
        """The row says ``sending``: go."""

    def put_back(self, letter: Letter) -> None:
        """The row does not say ``sending``: forget the letter."""

    def flush(self) -> None:
        """Write what ``take_up`` and ``hand_over`` have gathered."""

    def is_busy(self) -> bool:
        """Is any letter between ``take_up`` and its result?"""

    def is_expecting(self) -> bool:
        """Has anybody been asked together with those who answered just now, so that they may answer at any moment?"""

    def watch(self, selector: BaseSelector) -> None:
        """From now on be woken by this selector; every key's ``data`` is a function to call."""

    def look_at_clock(self) -> None:
        """Give up what took too long."""

    def close(self) -> None: ...

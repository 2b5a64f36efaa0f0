"""What the gate says of a message."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shelf.reasons import Reason

LOOK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Literal["send", "hold", "skip", "expire"]
    why: Reason = Reason("")  # noqa: RUF009 - frozen
    until: datetime | None = None


SEND = Decision("send")

"""A clock for the demo alone: while it runs, ``timezone.now()`` tells the time of the tale.

The demo's last forty days go through the same doors, readers, journeys and mails as any day, and all of them ask
``timezone.now()``. So nothing is dated back afterwards: every row is written by the code that always writes it, at the
time it would have been. It counts for the whole process, so only ``load_demo``, a process of its own, may use it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        """Never back: what happened has happened."""
        self.at = max(self.at, at)

    def on(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)


@contextmanager
def living_through(start: datetime) -> Iterator[Clock]:
    """Demo only: from here on it is ``start``, until the clock says otherwise; afterwards it is today again."""
    clock, real = Clock(start), timezone.now
    timezone.now = clock.now
    try:
        yield clock
    finally:
        timezone.now = real

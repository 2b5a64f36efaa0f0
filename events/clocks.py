"""Everything that runs by itself: the table of clocks, one pass over all of them, and their heartbeats.

A clock is ``(name, pass, seconds)``: ``pass()`` does one batch and returns how many rows it moved. Celery beat and
``manage.py tick`` run the same table; a nudge runs one clock at once.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from events.models import Heartbeat
from events.patience import or_end_process


@dataclass(frozen=True, slots=True)
class Clock:
    name: str
    run: Callable[[], int]
    seconds: float


CLOCKS: dict[str, Clock] = {}

DRAIN_SECONDS = 30  # one run never holds a worker longer; the next nudge or sweep goes on


def run_with(clocks: Sequence[Clock]) -> None:
    """Given once by config/apps.py."""
    CLOCKS.clear()
    CLOCKS.update({c.name: c for c in clocks})


def drain(name: str) -> int:
    """Run one clock until nothing is due, and leave a heartbeat. How many rows it moved."""
    beat = _run(name)
    _leave([beat])
    return beat.moved


def tick() -> int:
    """Do all due work, in the order of the table, until every clock in turn found nothing. How many rows moved.

    A clock that fails does not hold up the others; the first error is raised when their round is over.
    """
    total, idle = 0, 0
    while idle < len(CLOCKS):
        beats, errors = [], []
        for name in CLOCKS:
            try:
                beats.append(_run(name))
            except Exception as error:
                error.add_note(f"in the clock “{name}”")
                errors.append(error)
            else:
                idle = 0 if beats[-1].moved else idle + 1
                if idle == len(CLOCKS):
                    break
        _leave(beats)
        if errors:
            raise errors[0]
        total += sum(beat.moved for beat in beats)
    return total


def _run(name: str) -> Heartbeat:
    clock, moved, begun = CLOCKS[name], 0, time.monotonic()
    with or_end_process():
        while time.monotonic() - begun < DRAIN_SECONDS:
            step = clock.run()
            moved += step
            if not step:
                break
    return Heartbeat(name, timezone.now(), moved, round((time.monotonic() - begun) * 1000))


def _leave(beats: Sequence[Heartbeat]) -> None:
    Heartbeat.objects.bulk_create(
        beats, update_conflicts=True, unique_fields=["name"], update_fields=["at", "moved", "milliseconds"]
    )

"""How long a reader or a reaction may take. One that goes on for ever would hold its worker, and its batch, for ever.

Python code is interrupted by an exception, which is settled like any other error of ours. What cannot be interrupted
(a C library, a system call that never returns) ends the process after ``HANGS_AFTER``: its parent starts another, and
``underway`` knows what it was doing.
"""

import faulthandler
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 3.0
SECONDS_EACH = 0.1  # for each row of a batch
HANGS_AFTER = 600.0  # seconds for one run of a clock, which takes half a minute
STDERR = 2


class TookTooLong(Exception):
    """It went on for longer than anything of its kind may."""


def _ring(number: int, frame: FrameType | None) -> None:
    raise TookTooLong("it was stopped because it took too long")


@contextmanager
def at_most(rows: int) -> Iterator[None]:
    """Raises TookTooLong inside the block. Only the main thread of a process can be interrupted; others may go on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS + SECONDS_EACH * rows)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def or_end_process() -> Iterator[None]:
    """Ends the process, with a traceback of every thread, when the block hangs."""
    faulthandler.dump_traceback_later(HANGS_AFTER, exit=True, file=STDERR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()

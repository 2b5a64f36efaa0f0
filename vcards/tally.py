"""Views wait here for a second and are written together, so that a page stays a page.

The first view after a pause is written at once, when its answer has left; what follows within ``PAUSE`` goes by one
statement. A worker that is killed takes at most a second of views with it: nothing but figures hangs on them. Saves and
clicks do not come here, they are written before the answer.
"""

import atexit
import logging
import threading
import time

from django.db import connection
from django.utils import timezone

from vcards.actions.seen import Seen, count

log = logging.getLogger(__name__)

PAUSE = 1.0  # seconds
MOST = 5_000  # views that wait; more in a second is no reader

_lock = threading.Lock()
_waiting: list[Seen] = []
_written_at = float("-inf")
_timer: threading.Timer | None = None


def note(seen: Seen) -> None:
    global _timer
    with _lock:
        if len(_waiting) < MOST:
            _waiting.append(seen)
        is_due = time.monotonic() - _written_at >= PAUSE
        if not is_due and _timer is None:
            _timer = threading.Timer(PAUSE, _in_the_background)
            _timer.daemon = True
            _timer.start()
    if is_due:
        write()


def write() -> None:
    """What waits, now. A database that is away costs these figures and nothing else."""
    global _written_at
    with _lock:
        many = _waiting[:]
        _waiting.clear()
        _written_at = time.monotonic()
    try:
        count(many, timezone.now())
    except Exception as error:
        log.warning("%s views of cards were not counted: %s", len(many), error)


def _in_the_background() -> None:
    global _timer
    with _lock:
        _timer = None
    try:
        write()
    finally:
        connection.close()  # this thread's own


@atexit.register
def _at_the_end() -> None:
    if _waiting:
        write()

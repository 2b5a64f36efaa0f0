"""Waking workers up. A nudge costs a request next to nothing: a thread gathers nudges and publishes each once.

Losing a nudge loses nothing: every clock sweeps on its own (``CLOCKS`` in config/wiring.py).
"""

import logging
import os
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.01  # nudges of one burst become one task; ten milliseconds are lost on no one
SPACING_SECONDS = 0.1  # under load: a hundred publications a second took the door a sixth of its rate

_waiting: set[str] = set()
_ready = threading.Event()
_lock = threading.Lock()
_thread: threading.Thread | None = None
_thread_pid = 0
_publish: Callable[[str], None] | None = None


def publish_with(publish: Callable[[str], None] | None) -> None:
    """Given once by config/apps.py: how to wake the clock of that name. None: nobody is woken, the sweep works."""
    global _publish
    _publish = publish


def nudge(clock: str) -> None:
    """Ask for the clock of this name (CLOCKS in config/wiring.py) to run now."""
    if _publish is None:
        return
    _waiting.add(clock)
    if not _ready.is_set():
        _ready.set()
    if _thread is None or _thread_pid != os.getpid():  # gunicorn forks after import
        _start()


def _start() -> None:
    global _thread, _thread_pid
    with _lock:
        if _thread is None or _thread_pid != os.getpid():
            _thread, _thread_pid = threading.Thread(target=_run, name="nudges", daemon=True), os.getpid()
            _thread.start()


def _run() -> None:
    published: dict[str, float] = {}
    while True:
        _ready.wait()
        time.sleep(GATHER_SECONDS)
        _ready.clear()
        for clock in list(_waiting):
            time.sleep(max(0, published.get(clock, 0) + SPACING_SECONDS - time.monotonic()))
            published[clock] = time.monotonic()
            _waiting.discard(clock)
            try:
                if _publish is not None:
                    _publish(clock)
            except Exception as error:  # the broker is away: the sweep finds the work
                log.warning("nobody could be woken for %s: %s", clock, error)

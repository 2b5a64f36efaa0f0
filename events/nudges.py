"""Waking workers up. A nudge costs a request nothing: a thread gathers nudges and publishes each once.

Losing a nudge loses nothing: every clock sweeps on its own (``CLOCKS`` in config/wiring.py).
"""

import logging
import os
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.01  # nudges of one burst become one task; ten milliseconds are lost on no one

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
    while True:
        _ready.wait()
        threading.Event().wait(GATHER_SECONDS)
        _ready.clear()
        while _waiting:
            clock = _waiting.pop()
            try:
                if _publish is not None:
                    _publish(clock)
            except Exception as error:  # the broker is away: the sweep finds the work
                log.warning("nobody could be woken for %s: %s", clock, error)

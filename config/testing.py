"""pytest plugin (``-p config.testing``): a throw-away PostgreSQL and Valkey, unless DATABASE_URL / REDIS_URL are given.

Everything happens on import, before pytest-django reads the settings. Under pytest-xdist the first process starts the
servers, and its workers inherit the addresses; each worker gets a database of its own from pytest-django, and its own
pair of the server's numbered key spaces.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from config.embedded import needed_by, servers
from config.home import Home, is_running

FOLDER = "aftercare-test-"


def remove_left_overs() -> None:
    """Folders of runs that were killed before they could tidy up."""
    for old in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        if old.is_dir() and old.stat().st_uid == os.geteuid() and (old / "lock").exists():
            if not is_running(old / "lock") and not is_running(old / "children"):
                Home(old).remove()


def start() -> None:
    os.environ["AFTERCARE_EMBEDDED"] = "1"
    os.environ.setdefault("SECRET_KEY", "for-tests-only-" + "x" * 50)
    missing = needed_by(dict(os.environ))
    if not missing or "PYTEST_XDIST_WORKER" in os.environ:
        return
    remove_left_overs()
    home = Home(tempfile.mkdtemp(prefix=FOLDER))
    home.open()
    home.claim("tests")
    stop = ExitStack()
    atexit.register(stop.close)
    stop.callback(home.remove)
    _, env = stop.enter_context(servers(home, missing, durable=False))
    os.environ |= env


start()

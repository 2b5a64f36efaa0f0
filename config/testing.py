"""pytest plugin (``-p config.testing``): a throw-away PostgreSQL and Valkey, unless DATABASE_URL / REDIS_URL are given.

Everything happens on import, before pytest-django reads the settings. Under pytest-xdist the first process starts
PostgreSQL, in which pytest-django gives each worker a database of its own, and each worker starts its own Valkey.
A test that wants a whole private installation uses ``config.rehearsal``.
"""

import atexit
import os
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from config.data_folder import Home, is_running
from config.embedded import needed_by, servers
from config.rehearsal import FOLDER

OURS = "AFTERCARE_TEST_SERVERS"  # names of the addresses that are ours, for the workers of pytest-xdist


def is_left_over(folder: Path) -> bool:
    """Did a run that was killed leave it? A minute's grace for one that is only just starting."""
    about = folder.stat()
    if about.st_uid != os.geteuid() or time.time() - about.st_mtime < 60:
        return False
    return not is_running(folder / "lock") and not is_running(folder / "children")


def remove_left_overs() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):  # its owner, or another run, removes it at this moment
            if is_left_over(folder):
                Home(folder).remove()


def wanted() -> list[str]:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return [name for name in os.environ.get(OURS, "").split() if name == "REDIS_URL"]
    missing = needed_by(dict(os.environ))
    os.environ[OURS] = " ".join(missing)
    return missing


def start() -> None:
    os.environ["AFTERCARE_EMBEDDED"] = "1"
    os.environ.setdefault("SECRET_KEY", "for-tests-only-" + "x" * 50)
    names = wanted()
    if not names:
        return
    remove_left_overs()
    home = Home(tempfile.mkdtemp(prefix=FOLDER))
    home.open()
    home.claim("tests")
    stop = ExitStack()
    atexit.register(stop.close)
    stop.callback(home.remove)
    _, env = stop.enter_context(servers(home, names, durable=False))
    os.environ |= env


start()

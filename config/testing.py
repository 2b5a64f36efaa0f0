"""pytest plugin (``-p config.testing``): a throw-away PostgreSQL and Valkey, unless DATABASE_URL / REDIS_URL are given.

Everything happens on import, before pytest-django reads the settings. Under pytest-xdist the first process starts
PostgreSQL, in which pytest-django gives each worker a database of its own, and each worker starts its own Valkey.
A test that wants a whole private installation uses ``config.rehearsal``.
"""

import atexit
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from config.data_folder import Home, is_running
from config.embedded import needed_by, servers
from config.rehearsal import FOLDER

OURS = "AFTERCARE_TEST_SERVERS"  # names of the addresses that are ours, for the workers of pytest-xdist
SEED = "AFTERCARE_TEST_SEED"  # a file that says how migrating the database ended which the workers copy
SEED_NAME = "seed"
ROOT = Path(__file__).resolve().parent.parent


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


def pytest_configure(config) -> None:
    """To migrate takes eleven seconds: with several workers it is done once, while they gather their tests."""
    ours = os.environ.get(OURS, "").split()
    if HOME and "DATABASE_URL" in ours and getattr(config.option, "numprocesses", None):
        os.environ[SEED] = str(HOME.path / "seed")
        threading.Thread(target=_make_seed, args=[Path(os.environ[SEED])], daemon=True).start()


def _make_seed(said: Path) -> None:
    address = os.environ["DATABASE_URL"]
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {SEED_NAME}")
    env = os.environ | {"DATABASE_URL": urlsplit(address)._replace(path=f"/{SEED_NAME}").geturl()}
    migrated = subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=env, cwd=ROOT, capture_output=True)
    with suppress(OSError):  # the run is over
        said.with_suffix(".new").write_bytes(migrated.stderr if migrated.returncode else b"")
        said.with_suffix(".new").rename(said)


def has_seed() -> bool:
    """Is there a migrated database to copy? Waits until it is known."""
    if not (said := os.environ.get(SEED)):
        return False
    for _ in range(1200):  # a tenth of a second each; whoever makes it may have died
        if Path(said).exists():
            return not Path(said).read_bytes()
        time.sleep(0.1)
    return False


def start() -> Home | None:
    """The folder of the servers that were started, in the process that starts them."""
    os.environ["AFTERCARE_EMBEDDED"] = "1"
    os.environ.setdefault("SECRET_KEY", "for-tests-only-" + "x" * 50)
    names = wanted()
    if not names:
        return None
    remove_left_overs()
    home = Home(tempfile.mkdtemp(prefix=FOLDER))
    home.open()
    home.claim("tests")
    stop = ExitStack()
    atexit.register(stop.close)
    stop.callback(home.remove)
    _, env = stop.enter_context(servers(home, names, durable=False))
    os.environ |= env
    return home


HOME = start()

"""`make sabotage`: break the code on purpose, one small patch at a time, and demand that a named test fails.

The tree is copied into a temporary folder for each of two workers; each has a database, made anew for every patch from
one that is ready. ``python -m tests.sabotage lease back-off`` takes only the patches whose name or file holds a word.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from config import testing as _servers  # noqa: F401 - starts PostgreSQL and Valkey for all of it
from tests.sabotage.patches import Sabotage
from tests.sabotage.table import SABOTAGES

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".aftercare", "__pycache__", ".*_cache", "docs", "locale")
SECONDS = 120  # for the tests of one patch; they take three
WORKERS = 2
FAILED, PASSED = 1, 0  # what pytest returns


class Bench:
    """A copy of the tree with a database of its own, in which one patch at a time is tried."""

    def __init__(self, folder: Path, number: int):
        self.tree = folder / str(number)
        shutil.copytree(ROOT, self.tree, ignore=LEFT_OUT)
        (self.tree / "locale").symlink_to(ROOT / "locale")
        self.database = f"sabotage{number}"
        self.env = os.environ | {"DATABASE_URL": database_url(self.database), "PYTHONDONTWRITEBYTECODE": "1"}
        self.is_ready = False

    def prepare(self) -> None:
        """Migrate once; every further run begins with a copy of this database."""
        self.demand_health(["events/test_outbox.py::test_a_quiet_fact_is_history_that_nobody_answers"])
        administer(f'ALTER DATABASE "test_{self.database}" RENAME TO "ready_{self.database}"')
        self.is_ready = True

    def demand_health(self, tests: list[str]) -> None:
        code, output = self.run(tests, seconds=10 * SECONDS)
        if code != PASSED:
            raise SystemExit(f"The tests fail before anything is broken:\n{output}")

    def survived(self, sabotage: Sabotage) -> str:
        """What the tests said that did not fail; empty when they caught it."""
        path = self.tree / sabotage.path
        healthy = path.read_text("utf-8")
        path.write_text(broken(healthy, sabotage), "utf-8")
        try:
            code, output = self.run(list(sabotage.caught_by))
        finally:
            path.write_text(healthy, "utf-8")
        return "" if code == FAILED else output or "It ended without a word."

    def run(self, tests: list[str], seconds: float = SECONDS) -> tuple[int, str]:
        if self.is_ready:
            administer(
                f'DROP DATABASE IF EXISTS "test_{self.database}" WITH (FORCE)',
                f'CREATE DATABASE "test_{self.database}" TEMPLATE "ready_{self.database}"',
            )
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--reuse-db", "--tb=line"]
        try:
            ran = subprocess.run(
                [*command, *(f"tests/{test}" for test in tests)],
                cwd=self.tree,
                env=self.env,
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return -1, f"No end after {seconds} seconds."
        return ran.returncode, ran.stdout[-3000:] + ran.stderr[-2000:]


def broken(source: str, sabotage: Sabotage) -> str:
    """Raises ValueError when the patch does not fit any more: it is mended together with the code it breaks."""
    if (times := source.count(sabotage.old)) != 1:
        raise ValueError(f"{sabotage.path}, “{sabotage.name}”: the old text stands there {times} times, not once")
    return source.replace(sabotage.old, sabotage.new)


def database_url(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def administer(*statements: str) -> None:
    connection = psycopg2.connect(database_url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


@contextmanager
def benches(count: int) -> Iterator[list[Bench]]:
    with tempfile.TemporaryDirectory(prefix="aftercare-sabotage-") as folder:
        made = [Bench(Path(folder), number) for number in range(count)]
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(Bench.prepare, made))
        yield made


def main(words: list[str]) -> int:
    chosen = [s for s in SABOTAGES if not words or any(word in f"{s.path} {s.name}" for word in words)]
    begun, survivors = time.monotonic(), []
    with benches(min(WORKERS, len(chosen))) as made, ThreadPoolExecutor(len(made)) as pool:
        made[0].demand_health(sorted({test for s in chosen for test in s.caught_by}))
        free: SimpleQueue[Bench] = SimpleQueue()
        for bench in made:
            free.put(bench)

        def attempt(sabotage: Sabotage) -> str:
            bench = free.get()
            try:
                return bench.survived(sabotage)
            finally:
                free.put(bench)

        for sabotage, said in zip(chosen, pool.map(attempt, chosen), strict=True):
            print(f"{'SURVIVED' if said else 'caught  '} {sabotage.path}: {sabotage.name}", flush=True)
            if said:
                survivors.append(sabotage)
                print("    " + said.strip().replace("\n", "\n    "), flush=True)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} caught in {time.monotonic() - begun:.0f} s")
    return bool(survivors)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""`make chaos`: faults in real processes. One seed for all (SEED=… repeats it), one table of counters at the end.

These tests run only when they are asked for by their mark (``-m chaos``); `make test` never collects them.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.chaos.house import Ground, House, ground

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
REPORT: list[tuple[str, float, dict[str, object]]] = []


def pytest_ignore_collect(collection_path, config):
    return True if "chaos" not in (config.option.markexpr or "") else None


def pytest_report_header():
    return f"chaos: SEED={SEED}"


def pytest_terminal_summary(terminalreporter):
    if not REPORT:
        return
    terminalreporter.section(f"chaos, SEED={SEED}")
    for name, seconds, counts in REPORT:
        told = ", ".join(f"{what} {many}" for what, many in counts.items() if many not in (0, {}, []))
        terminalreporter.write_line(f"{name:<4} {seconds:5.1f} s  {told}")


@pytest.fixture(scope="session")
def on() -> Iterator[Ground]:
    with ground(SEED) as it:
        yield it


@pytest.fixture
def report(request) -> Iterator[dict[str, object]]:
    """What this scenario counted; printed at the end, whether it passed or not."""
    begun, counts = time.monotonic(), {}
    REPORT.append((name := request.node.name.split("_")[1].upper(), 0.0, counts))
    place = len(REPORT) - 1
    yield counts
    REPORT[place] = (name, time.monotonic() - begun, counts)


@pytest.fixture
def house_with(on: Ground, report: dict[str, object]) -> Callable:
    """``with house_with("g1", web=1) as house``: its processes are stopped at the end, and the line is mended."""

    @contextmanager
    def open_house(name: str, *, through_proxy: bool = False, env: dict[str, str] | None = None, **processes: int):
        house = House(on, name, env or {}, through_proxy)
        try:
            if house.slow_at_first > 1.2:
                report["machine slower by"] = f"×{house.slow_at_first:.1f}"
            house.start(**processes)
            yield house
        except BaseException:
            sys.stdout.write(last_words(house))
            raise
        finally:
            for who in ("smtp_line", "http_line", "database_line"):
                on.outside.tell(who, "set")
            for who in ("smtp", "http"):
                on.outside.tell(who, "be")
            house.close()

    return open_house


def last_words(house: House) -> str:
    """What helps to understand a failure: the queues, and the end of every log."""
    told = [f"--- {table}: {dict(house.states(table))}" for table in ("events_receipt", "messaging_message")]
    told += [f"--- under way: {house.ask('SELECT what, cardinality(ids), tries, begun_at FROM events_underway')}"]
    for process in house.children:
        told += [f"--- the end of the log of {process}", *house.logs(process).splitlines()[-25:]]
    return "\n".join(told) + "\n"

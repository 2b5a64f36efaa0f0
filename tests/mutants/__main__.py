"""`make mutants`: change the pure functions a little, everywhere, and count the changes that no test notices.

A function's code is exchanged in a forked process, in which the tests run that passed through that function; so nothing
is imported twice, and a mutant takes as long as its first failing test. ``python -m tests.mutants status`` takes only
the modules whose name holds a word.
"""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from hypothesis import Phase, settings

from tests.mutants.making import Mutant, mutants_of

STEPS = (
    *("tests/campaigns/test_engine.py", "tests/campaigns/test_walking.py"),
    *("tests/campaigns/test_flow.py", "tests/campaigns/test_steps.py"),
)
READING = (*STEPS, "tests/campaigns/test_reading.py")
TARGETS: dict[str, tuple[str, ...]] = {
    "campaigns.engine.walking": STEPS,
    "campaigns.engine.timing": STEPS,
    "campaigns.engine.graph": STEPS,
    "campaigns.engine.conditions": STEPS,
    "campaigns.engine.plan": READING,
    "campaigns.engine.reading": READING,
    "messaging.gate.quiet": ("tests/messaging/test_quiet_hours.py",),
    "messaging.gate.limits": ("tests/messaging/test_limits.py",),
    "messaging.gate.judging": ("tests/messaging/test_gate.py", "tests/messaging/test_quiet_hours.py"),
    "tracking.status": ("tests/tracking/test_status.py",),
}
WORKERS = 2
ENOUGH = 0.85  # of the mutants of all modules
PATIENCE = 10.0  # seconds, and five times what the tests took: then it goes round in circles

KILLED, SURVIVED, NEVER_RUN = "killed", "survived", "never run"


class Hunt:
    """A plugin of pytest: runs the tests once, notes who passes where, then runs them again for every mutant."""

    def __init__(self, module: str):
        self.name = module
        self.module: Any = None
        self.path = ""
        self.through: dict[str, list[tuple[float, pytest.Item]]] = defaultdict(list)
        self.found: list[tuple[Mutant, str]] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Tests that commit would meet each other's rows."""
        items[:] = [i for i in items if not (m := i.get_closest_marker("django_db")) or not m.kwargs.get("transaction")]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.module = importlib.import_module(self.name)
        self.path = str(self.module.__file__)
        for place, item in enumerate(session.items):
            self._walk(item, session.items[(place + 1) % len(session.items)])
        with open(self.path, encoding="utf-8") as file:
            source = file.read()
        for mutant in mutants_of(source, self.path):
            self.found.append((mutant, self._try(mutant)))
        return True

    def _walk(self, item: pytest.Item, following: pytest.Item) -> None:
        seen: set[str] = set()

        def note(frame: FrameType, event: str, _argument: Any) -> None:
            if event == "call" and frame.f_code.co_filename == self.path:
                seen.add(outer_name(frame.f_code.co_qualname))

        begun = time.monotonic()
        sys.setprofile(note)
        try:
            passed = run(item, following)
        finally:
            sys.setprofile(None)
        if not passed:
            raise pytest.UsageError(f"{item.nodeid} fails before anything was changed")
        for name in seen:
            self.through[name].append((time.monotonic() - begun, item))

    def _try(self, mutant: Mutant) -> str:
        tests = sorted(self.through[mutant.function], key=lambda pair: pair[0])
        function = function_named(self.module, mutant.function)
        if not tests or function is None:
            return NEVER_RUN
        close_connections()
        child = os.fork()
        if not child:
            os._exit(attempt(function, mutant.code, [item for _seconds, item in tests], sum(s for s, _ in tests)))
        _pid, status = os.waitpid(child, 0)
        return SURVIVED if status == 0 else KILLED


def attempt(function: FunctionType, code: CodeType, items: Sequence[pytest.Item], seconds: float) -> int:
    """In the child: 0 when every test still passes."""
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE + 5 * seconds)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    function.__code__ = code
    try:
        return int(not all(run(item, items[(n + 1) % len(items)]) for n, item in enumerate(items)))
    except BaseException:
        return 1


def run(item: pytest.Item, following: pytest.Item) -> bool:
    from _pytest.runner import runtestprotocol

    return all(report.passed or report.skipped for report in runtestprotocol(item, log=False, nextitem=following))


def outer_name(qualified: str) -> str:
    return qualified.partition(".<locals>")[0]


def function_named(module: Any, qualified: str) -> FunctionType | None:
    found = module
    for name in qualified.split("."):
        found = vars(found).get(name) if isinstance(found, type) else getattr(found, name, None)
    found = getattr(found, "fget", None) or getattr(found, "__wrapped__", None) or found
    return found if isinstance(found, FunctionType) else None


def close_connections() -> None:
    from django.db import connections

    connections.close_all()


def hunt(module: str) -> Hunt:
    settings.register_profile("mutants", database=None, phases=[Phase.explicit, Phase.generate], max_examples=50)
    settings.load_profile("mutants")
    hunter = Hunt(module)
    code = pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", *TARGETS[module]], plugins=[hunter])
    if code != pytest.ExitCode.OK:
        raise SystemExit(code)
    return hunter


def report(hunter: Hunt) -> None:
    """What the parent reads: a line for each mutant."""
    for mutant, fate in hunter.found:
        print(f"{fate}\t{hunter.name.replace('.', '/')}.py:{mutant.line} {mutant.function}: {mutant.change}")


def hunt_elsewhere(module: str) -> list[tuple[str, str]]:
    """(fate, mutant) of one module, from a process with a database of its own."""
    from tests.sabotage.__main__ import database_url

    env = os.environ | {"DATABASE_URL": database_url(f"mutants_{module.replace('.', '_')}")}
    command = [sys.executable, "-m", "tests.mutants", "--one", module]
    ran = subprocess.run(command, env=env, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"{module}:\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}")
    lines = (line.partition("\t") for line in ran.stdout.splitlines())
    return [(fate, mutant) for fate, _, mutant in lines if fate in (KILLED, SURVIVED, NEVER_RUN)]


def main(words: list[str]) -> int:
    chosen = [name for name in TARGETS if not words or any(word in name for word in words)]
    begun, counts = time.monotonic(), Counter[str]()
    with ThreadPoolExecutor(WORKERS) as pool:
        for module, fates in zip(chosen, pool.map(hunt_elsewhere, chosen), strict=True):
            here = Counter(fate for fate, _mutant in fates)
            counts += here
            print(f"{module}: {here[KILLED]} of {here.total()} killed", flush=True)
            for fate, mutant in fates:
                if fate != KILLED:
                    print(f"    {fate}: {mutant}", flush=True)
    share = counts[KILLED] / max(counts.total(), 1)
    print(f"{counts[KILLED]} of {counts.total()} killed ({share:.1%}) in {time.monotonic() - begun:.0f} s")
    return share < ENOUGH


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        report(hunt(sys.argv[2]))
    else:
        raise SystemExit(main(sys.argv[1:]))

"""What a mail costs: microseconds of processor, by phase and by process. A busy machine spoils it less than wall time.

The worker runs twice: bare for the sums, and with a watch on each phase for their shares. A phase counts only what no
phase inside it counts. PostgreSQL's part is what all its processes worked meanwhile, checkpoints and WAL included.
"""

import importlib
import json
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import django

from bench.dispatch import Sink, sink
from bench.ground import Ground
from bench.tables import median
from config.data_folder import ROOT

# phase → where its work is entered: (module, class or nothing, function)
PHASES = {
    "claim": [("messaging.actions.sending", "", "claim")],
    "gate": [("messaging.actions.sending", "", "judge")],
    "data": [("messaging.contexts", "", "load")],
    "template": [("messaging.actions.writing", "", "render")],
    "letter": [("messaging.actions.writing", "", "_draft"), ("messaging.actions.writing", "", "_letter")],
    "MIME": [("messaging.channels.smtp", "SmtpWay", "make_ready")],
    "fold": [("messaging.actions.archive", "Pattern", "fold")],
    "note": [("messaging.actions.sending", "", "note")],
    "lines": [
        ("messaging.channels.smtp", "Line", "wake"),
        ("messaging.channels.smtp", "SmtpWay", "flush"),
        ("messaging.channels.smtp", "SmtpWay", "take_up"),
        ("messaging.channels.smtp", "SmtpWay", "hand_over"),
    ],
}


def measure(on: Ground, rounds: int, mails: int) -> None:
    for delay, connections in ((0, 16), (10, 8)):
        found: dict[str, list[float]] = defaultdict(list)
        with sink(delay) as to:
            for _ in range(rounds):
                for watched in (False, True):
                    for name, value in spent(on, to, mails, connections, watched).items():
                        found[name].append(value)
        print(f"\ncost of a mail in µs of CPU: {connections} lines, the server answers after {delay} ms")
        for name, values in found.items():
            print(f"  {name:24} {median(values):7.1f}   [{min(values):.1f} – {max(values):.1f}]", flush=True)


def spent(on: Ground, to: Sink, mails: int, connections: int, watched: bool) -> dict[str, float]:
    env = on.env | {"EMAIL_URL": f"smtp://127.0.0.1:{to.port}", "DJANGO_SETTINGS_MODULE": "config.settings"}
    fill = [sys.executable, "-m", "bench.fill", str(mails)]
    subprocess.run(fill, env=env | {"CONNECTIONS": str(connections)}, cwd=ROOT, check=True)
    to.ask("z")
    before = nanoseconds_of_postgres(on)
    command = [sys.executable, "-m", "bench.cost", str(mails), *(["watched"] if watched else [])]
    said = json.loads(subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    after = nanoseconds_of_postgres(on)
    if (taken := to.ask())["taken"] != mails:
        raise SystemExit(f"{taken['taken']} mails were taken, and {mails} were due")
    if watched:
        return {f"  {phase}": said[phase] for phase in ("round", *PHASES)}
    sums = {name: said[name] for name in ("Python", "kernel", "mails in a note", "yardstick")}
    return sums | {"PostgreSQL": (after - before) / mails / 1e3}


def nanoseconds_of_postgres(on: Ground) -> int:
    """Worked by the server and its children, those that ended too (these in steps of 10 ms)."""
    [(backend,)] = on.ask("SELECT pg_backend_pid()")
    server = stat(backend)[1]
    worked = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if int(path.name) == server or stat(int(path.name))[1] == server:
                worked += int((path / "schedstat").read_text().split()[0])
        except OSError:  # it ended
            continue
    return worked + sum(map(int, stat(server)[13:15])) * 10_000_000


def stat(pid: int) -> list:
    """The fields of /proc/<pid>/stat after the name: state, parent, …"""
    fields: list = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [fields[0], int(fields[1]), *fields[2:]]


# --- The worker -----------------------------------------------------------------------------------------------------

WARM = 400  # mails before the count begins: imports, templates, connections


class Watch:
    """Sums up the time of each phase, without that of the phases inside it."""

    def __init__(self) -> None:
        self.sums: dict[str, int] = defaultdict(int)
        self.open = ["round"]
        self.since = time.process_time_ns()

    def turn(self) -> None:
        now = time.process_time_ns()
        self.sums[self.open[-1]] += now - self.since
        self.since = now

    def over(self, phase: str, work: Callable) -> Callable:
        @wraps(work)
        def watched(*args: Any, **more: Any) -> Any:
            self.turn()
            self.open.append(phase)
            try:
                return work(*args, **more)
            finally:
                self.turn()
                self.open.pop()

        return watched


def yardstick() -> float:
    """µs of CPU for a fixed piece of Python, the median of fifty: what a busy neighbour does to us, it does to this."""
    took = []
    for _ in range(50):
        begun = time.thread_time_ns()
        words = {str(n): f"{n:04}-{n % 7}" for n in range(100)}
        "".join(f"<b>{words[str(n)]}</b>" for n in range(100)).encode()
        took.append(time.thread_time_ns() - begun)
    return median(took) / 1e3


def main(mails: int, watched: bool) -> None:
    django.setup()
    from django.db import connection

    from config.garbage import keep_what_is_loaded
    from events import nudges
    from messaging.actions import send_due, sending

    nudges.publish_with(None)
    connection.ensure_connection()
    keep_what_is_loaded()
    watch, notes = Watch(), [0]
    plain_note = sending.note

    def counted(*args: Any) -> Any:
        notes[0] += 1
        return plain_note(*args)

    sending.note = counted
    for phase, places in PHASES.items() if watched else ():
        for module, owner, name in places:
            holder = importlib.import_module(module)
            holder = getattr(holder, owner) if owner else holder
            setattr(holder, name, watch.over(phase, getattr(holder, name)))
    send_due(limit=WARM)
    watch.turn()
    watch.sums.clear()
    notes[0], before, done = 0, resource.getrusage(resource.RUSAGE_SELF), WARM
    while done < mails:
        done += send_due()
    watch.turn()
    after, counting = resource.getrusage(resource.RUSAGE_SELF), mails - WARM
    spent = {
        "Python": (after.ru_utime - before.ru_utime) * 1e6 / counting,
        "kernel": (after.ru_stime - before.ru_stime) * 1e6 / counting,
        "mails in a note": counting / notes[0],
        "yardstick": yardstick(),
    }
    print(json.dumps(spent | {phase: spent_ns / 1e3 / counting for phase, spent_ns in watch.sums.items()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), "watched" in sys.argv)

"""What the scenarios stand on: servers that may crash, a world outside that misbehaves, a house of real processes.

Nothing here is a mock. PostgreSQL is as durable as in production (fsync on); every process leads a session of its own,
so that it can be killed with all its children; each scenario has a database of its own, copied from a prepared one.
"""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import redis

from config.children import Child
from config.data_folder import ROOT, Home
from config.embedded import start_postgres, start_valkey
from config.rehearsal import FOLDER
from config.stack import PROGRAMS, listen, local_settings

SECRET = "shop-secret"
SLUG = "lavka"


class Outside:
    """The process of ``outside.py``: providers and faulty lines. ``tell("smtp", "be", mood="busy")``."""

    def __init__(self, seed: int, log: Path, postgres: Path) -> None:
        self.log = log
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.outside", str(seed), log, postgres],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lock = threading.Lock()
        assert self.process.stdout
        self.ports: dict[str, int] = json.loads(self.process.stdout.readline())

    def tell(self, who: str, does: str, **how: Any) -> Any:
        with self.lock:
            assert self.process.stdin and self.process.stdout
            self.process.stdin.write(json.dumps({"who": who, "does": does, "how": how}) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def counts(self, who: str) -> Counter[str]:
        return Counter(self.tell(who, "told"))

    def taken(self) -> list[dict[str, Any]]:
        """Every line of the providers' log; a torn last line was never promised."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.endswith("}")]

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate()


@dataclass(eq=False)
class Ground:
    """One PostgreSQL and one Valkey for all scenarios, and the world outside."""

    home: Home
    seed: int
    postgres: Child
    valkey: Child
    sockets: str
    env: dict[str, str]
    outside: Outside

    def crash_postgres(self) -> None:
        """`pg_ctl stop -m immediate`: no checkpoint, no good-bye; then it starts and replays its log."""
        self.postgres.process.send_signal(signal.SIGQUIT)
        self.postgres.process.wait()
        self.postgres, _ = start_postgres(self.home)

    def kill_valkey(self) -> None:
        self.valkey.process.kill()
        self.valkey.process.wait()

    def ask_valkey(self, command: str) -> None:
        client = redis.Redis.from_url(self.env["REDIS_URL"])
        client.execute_command(command)
        client.close()

    def start_valkey(self) -> None:
        self.valkey, _ = start_valkey(self.home)

    def url(self, database: str, *, through_proxy: bool = False) -> str:
        if through_proxy:
            return f"postgresql://aftercare@127.0.0.1:{self.outside.ports['database_line']}/{database}"
        return f"postgresql://aftercare@/{database}?host={self.sockets}"

    def ask(self, question: str, *values: Any, database: str = "postgres") -> list[tuple]:
        connection = psycopg2.connect(self.url(database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(question, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def run(self, *arguments: str, env: dict[str, str], said: str = "") -> str:
        made = subprocess.run(
            [sys.executable, *arguments], env=env, cwd=ROOT, input=said, capture_output=True, text=True, timeout=120
        )
        assert made.returncode == 0, made.stdout + made.stderr
        return made.stdout


@contextmanager
def ground(seed: int) -> Iterator[Ground]:
    home = Home(tempfile.mkdtemp(prefix=FOLDER))
    home.open()
    home.claim("chaos")
    running: list[Any] = []
    try:
        postgres, database = start_postgres(home)
        running.append(lambda: it.postgres.stop())
        valkey, redis = start_valkey(home)
        running.append(lambda: it.valkey.stop())
        sockets = database.partition("?host=")[2]
        outside = Outside(seed, home.path / "taken", Path(sockets) / ".s.PGSQL.5432")
        running.append(outside.stop)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AFTERCARE_TEST", "PYTEST_"))}
        for name in ("AFTERCARE_HOME", "PORT", "PUBLIC_URL", "STATIC_ROOT", "MEDIA_ROOT", "EMAIL_URL"):
            env.pop(name, None)
        env |= {"REDIS_URL": redis, "LOG_LEVEL": "WARNING", "LC_ALL": "C.UTF-8"}
        it = Ground(home, seed, postgres, valkey, sockets, env, outside)
        it.ask("CREATE DATABASE prepared")
        prepared = env | local_settings(home, env, 8000) | {"DATABASE_URL": it.url("prepared")}
        it.run("-m", "config.preparation", "--no-demo", env=prepared)
        it.run("manage.py", "connect", "shopify", SLUG, "--secret", SECRET, env=prepared)
        # the scenarios run at night too, and a letter that waits for the morning is neither sent nor lost
        it.ask("UPDATE customers_purpose SET obeys_quiet_hours = false", database="prepared")
        yield it
    finally:
        for stop in reversed(running):
            stop()
        home.remove()


@dataclass(eq=False)
class House:
    """The processes of one installation, started and started again as a service manager would."""

    ground: Ground
    name: str
    more: dict[str, str] = field(default_factory=dict)
    through_proxy: bool = False
    children: dict[str, Child] = field(default_factory=dict)
    commands: dict[str, list[str | Path]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.ground.ask(f'CREATE DATABASE "{self.name}" TEMPLATE prepared')
        with listen("127.0.0.1", 0) as free:
            self.port = free.getsockname()[1]
        self.chance = random.Random(f"{self.ground.seed} {self.name}")
        self.calm_since = 0.0
        self.slow_at_first = slowness()
        self.taken_before = len(self.ground.outside.taken())
        env = self.ground.env | {"EMAIL_URL": f"smtp://127.0.0.1:{self.ground.outside.ports['smtp_line']}"}
        env |= {"DATABASE_URL": self.ground.url(self.name, through_proxy=self.through_proxy), **QUICK}
        self.env = env | local_settings(self.ground.home, env, self.port) | self.more

    @property
    def slow(self) -> float:
        """By what others slowed the machine, at the start or now, whichever was worse; ask when the house is calm."""
        return max(self.slow_at_first, slowness())

    # --- starting -----------------------------------------------------------------------------------------------------

    def start(self, *, web: int = 0, workers: int = 0, dispatchers: int = 0, beats: int = 0) -> None:
        celery: list[str | Path] = [PROGRAMS / "celery", "--quiet", "-A", "config"]
        work = ["worker", "--concurrency", "2", "--loglevel", "warning", "--without-gossip", "--without-mingle"]
        gunicorn: list[str | Path] = [PROGRAMS / "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.port}"]
        gunicorn += ["--preload", "--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
        folder = self.ground.home.folder(self.name)
        for _ in range(web):
            self.run("web", gunicorn)
        for n in range(1, workers + 1):
            self.run(f"worker{n}", [*celery, *work, "--hostname", f"{self.name}-{n}@localhost"])
        for n in range(1, dispatchers + 1):
            self.run(f"dispatcher{n}", [sys.executable, "manage.py", "tick", "--forever"])
        for n in range(1, beats + 1):
            own = ["--schedule", f"{folder}/beat{n}", "--pidfile=", "--loglevel", "warning"]
            self.run(f"beat{n}", [*celery, "beat", *own])
        if web:
            wait_until(self.is_answering, 30, "the web answers")
        if workers or dispatchers:
            wait_until(lambda: self.has_beaten_since(0), 30, "a clock has beaten")

    def run(self, name: str, command: Sequence[str | Path]) -> None:
        self.commands[name] = list(command)
        log = self.ground.home.log(f"{self.name}-{name}")
        self.children[name] = Child(name, command, log=log, env=self.env, cwd=ROOT)

    def is_answering(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.status("/healthz") == 200
        return False

    def status(self, path: str, form: str = "") -> int:
        """What the web answers to a GET, or to the POST of a form."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            if form:
                connection.request("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})
            else:
                connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def has_beaten_since(self, seconds: float) -> bool:
        question = "SELECT count(*) FROM events_heartbeat WHERE extract(epoch FROM at) > %s"
        return self.ask(question, seconds)[0][0] > 0

    # --- killing ------------------------------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """SIGKILL for a process and all its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.children[name].process.pid, signal.SIGKILL)
        self.children[name].process.wait()
        self.counts["kills"] += 1
        self.counts[f"kills of {name.rstrip('0123456789')}"] += 1

    def kill_and_start(self, name: str) -> None:
        self.kill(name)
        self.run(name, self.commands[name])

    def kill_one_child(self, name: str) -> None:
        """SIGKILL for one process of a pool, as the kernel does when memory runs out; its parent forks another."""
        if born := self.forked(name):
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(born), signal.SIGKILL)
                self.counts["kills"] += 1
                self.counts[f"kills of a child of {name.rstrip('0123456789')}"] += 1

    def forked(self, name: str) -> list[int]:
        pid = self.children[name].process.pid
        with suppress(OSError):
            return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def freeze(self, pid: int, seconds: float) -> None:
        """SIGSTOP, and SIGCONT when others have long taken over its work."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self.counts["freezes"] += 1
            timer = threading.Timer(seconds, lambda: suppress_lookup(pid))
            timer.daemon = True
            timer.start()

    def revive(self) -> int:
        """Start again whatever ended by itself; how many had."""
        dead = [name for name, child in self.children.items() if child.returncode is not None]
        for name in dead:
            self.counts["ended by themselves"] += 1
            self.run(name, self.commands[name])
        return len(dead)

    def pids(self) -> dict[str, int]:
        return {name: child.process.pid for name, child in self.children.items()}

    # --- asking -------------------------------------------------------------------------------------------------------

    def ask(self, question: str, *values: Any) -> list[tuple]:
        return self.ground.ask(question, *values, database=self.name)

    def states(self, table: str = "messaging_message") -> Counter[str]:
        return Counter(dict(self.ask(f"SELECT state, count(*) FROM {table} GROUP BY state")))

    def taken(self) -> list[dict[str, Any]]:
        """What the providers have accepted since this house was opened."""
        return self.ground.outside.taken()[self.taken_before :]

    def plan(self, **what: Any) -> None:
        """Messages about one order, by the product's own ``plan``; see planner.py."""
        self.ground.run("-m", "tests.chaos.planner", env=self.env, said=json.dumps(what))

    def logs(self, name: str) -> str:
        return "".join(
            p.read_text(errors="replace") for p in sorted(self.ground.home.path.glob(f"{self.name}-{name}*"))
        )

    def close(self) -> None:
        for child in self.children.values():
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGCONT)
            child.ask_to_stop()
        for child in self.children.values():
            child.stop(5)


# Waits of hours become seconds, so that nothing in a scenario has to be told what time it is.
QUICK = {"EMAIL_TIMEOUT": "2", "SEND_LEASE_SECONDS": "4", "BACK_OFF_SCALE": "0.005"}


def slowness() -> float:
    """How much longer work takes here just now because others use the processors too; promises of time allow for it."""
    begun, worked = time.perf_counter(), time.process_time()
    while time.process_time() - worked < 0.3:
        pass
    return max(1.0, (time.perf_counter() - begun) / (time.process_time() - worked))


def suppress_lookup(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def wait_until(what: Callable[[], Any], seconds: float, why: str, every: float = 0.1) -> float:
    """How long it took; fails after ``seconds``."""
    begun = time.monotonic()
    while True:
        with suppress(psycopg2.OperationalError):  # it may be starting again just now
            if what():
                return time.monotonic() - begun
        assert time.monotonic() - begun < seconds, f"not within {seconds} s: {why}"
        time.sleep(every)

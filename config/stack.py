"""``manage.py up``: PostgreSQL, Valkey, the web, a worker and the clock as children of one process.

Before Django: what is imported here is all that a start has to wait for.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from config.children import CannotStart, Child, Stopped, Wish, die_with_parent, pause, say, stop_on_signals
from config.data_folder import ROOT, Home, is_running
from config.embedded import needed_by, servers
from config.probe import web_answers

PROGRAMS = Path(sys.executable).parent
# Commands that ask nothing of the database; makemigrations only warns without it.
WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "help",
    "makemessages",
    "makemigrations",
    "spectacular",
    "version",
}


PUBLISHED = [
    "AFTERCARE_EMBEDDED",
    "AFTERCARE_HOME",
    "DATABASE_URL",
    "MEDIA_ROOT",
    "PORT",
    "PUBLIC_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "STATIC_ROOT",
]


def local_settings(home: Home, env: Mapping[str, str], port: int) -> dict[str, str]:
    """What an installation on this machine needs and ``env`` does not say."""
    defaults = {
        "AFTERCARE_EMBEDDED": "1",
        "AFTERCARE_HOME": str(home),
        "PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        "STATIC_ROOT": str(home.path / "static"),
        "MEDIA_ROOT": str(home.path / "media"),
        "PYTHONUNBUFFERED": "1",
        # Celery warns root at length; here root is somebody who tries us out in a container.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }
    if not (env.get("SECRET_KEY") or env.get("SECRET_KEY_FILE")):
        defaults["SECRET_KEY"] = home.secret_key()
    return {name: value for name, value in defaults.items() if name == "PORT" or not env.get(name)}


def published(env: Mapping[str, str]) -> dict[str, str]:
    """What other commands need to reach the same installation."""
    return {name: env[name] for name in PUBLISHED if name in env}


class Stack:
    def __init__(self, home: Home, env: dict[str, str], listener: socket.socket, *, demo: bool) -> None:
        self.home, self.env, self.listener, self.demo = home, env, listener, demo
        self.port = listener.getsockname()[1]
        self.started_at = time.monotonic()
        self.servers: list[Child] = []
        self.workers: list[Child] = []

    def say(self, text: str) -> None:
        say("up", f"{time.monotonic() - self.started_at:5.1f} s  {text}".encode())

    # --- starting -------------------------------------------------------------------------------------------------

    def start(self, stack: ExitStack) -> None:
        missing = needed_by(self.env)
        self.servers, addresses = stack.enter_context(servers(self.home, missing))
        for child in self.servers:
            self.say(f"{child.name} is up")
        self.env |= addresses
        self.env |= local_settings(self.home, self.env, self.port)
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)  # five processes would compile everything at each start
        self._run("prepare", ["-m", "config.preparation", *([] if self.demo else ["--no-demo"])])
        stack.callback(self.stop_workers)
        self._start_web()
        self.workers[0].wait_until(lambda: web_answers(self.port), 60)
        self._start_celery()  # after the first answer: three processes loading Django would share two cores
        self.home.publish(published(self.env))

    def _child(self, name: str, argv: Sequence[str | Path], keep: Sequence[int] = ()) -> Child:
        child = Child(name, argv, keep=[self.home.children_lock(), *keep], env=self.env, cwd=ROOT)
        self.home.note_child(name, child.process.pid, str(argv[0]))
        return child

    def _run(self, name: str, arguments: list[str]) -> None:
        """Runs one Python program to its end."""
        child = self._child(name, [sys.executable, *arguments])
        try:
            while child.returncode is None:
                pause(0.01)
        finally:
            child.stop()
        if child.returncode:
            raise CannotStart(f"The installation could not be prepared: the lines marked {name} say why.")

    def _start_web(self) -> None:
        number = self.listener.fileno()
        web: list[str | Path] = [PROGRAMS / "gunicorn", "config.wsgi", "--bind", f"fd://{number}", "--preload"]
        web += ["--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
        self.workers.append(self._child("web", web, keep=[number]))
        self.listener.close()  # from now on only the web holds it

    def _start_celery(self) -> None:
        celery: list[str | Path] = [PROGRAMS / "celery", "--quiet", "-A", "config"]
        work = ["worker", "--concurrency", "2", "--loglevel", "warning", "--without-gossip", "--without-mingle"]
        tick = ["beat", "--loglevel", "warning", "--schedule", f"{self.home}/beat-schedule", "--pidfile="]
        self.workers.append(self._child("worker", [*celery, *work]))
        self.workers.append(self._child("beat", [*celery, *tick]))

    # --- running --------------------------------------------------------------------------------------------------

    def announce(self) -> None:
        url = self.env["PUBLIC_URL"].rstrip("/")
        doors = [
            ("customer", f"{url}/"),
            ("agent", f"{url}/admin/"),
            ("marketer", f"{url}/admin/campaigns/journey/"),
            ("mailbox", f"{url}/mailbox/"),
        ]
        self.say("ready (Ctrl-C stops everything)")
        for name, address in doors:
            say("up", f"         {name:<9} {address}".encode())
        first = self.home.path / "first-sign-in.txt"
        if first.exists():
            for line in first.read_text().splitlines():
                say("up", f"         {line}".encode())

    def watch(self) -> None:
        """Until somebody stops us (Stopped), or a child dies unasked (CannotStart)."""
        while True:
            pause(0.2)
            for child in (*self.servers, *self.workers):
                if child.returncode is not None:
                    raise CannotStart(
                        f"{child.name} ended by itself (code {child.returncode}), so everything was stopped."
                    )

    def stop_workers(self) -> None:
        """The clock, the worker and the web together; whoever has not finished after 30 s is killed."""
        Wish.stop = False  # a second Ctrl-C means: now
        for child in self.workers:
            child.ask_to_stop()
        give_up_at = time.monotonic() + 30
        with suppress(Stopped):
            while any(child.returncode is None for child in self.workers) and time.monotonic() < give_up_at:
                pause(0.02)
        for child in reversed(self.workers):
            child.stop(0)


def listen(host: str, port: int) -> socket.socket:
    """Takes the port before anything else starts: callers queue on it until the web is there."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as refusal:
        reason = "is in use" if refusal.errno == 98 or refusal.errno == 48 else f"cannot be used ({refusal.strerror})"
        raise CannotStart(f"Port {port} on {host} {reason}: choose another one, for example PORT={port + 1}.") from None
    listener.listen(128)
    return listener


def up(argv: list[str]) -> int:
    """``manage.py up``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Starts everything on this machine.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="0 picks a free one")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines in")
    parser.add_argument("--no-demo", action="store_true", help="an empty installation, without the demo shops")
    parser.add_argument("--stop-with-parent", action="store_true", help="also stop when the caller is killed")
    options = parser.parse_args(argv)
    if options.stop_with_parent:
        die_with_parent()
    stop_on_signals()
    try:
        with ExitStack() as stack:
            home = Home()
            home.open()
            home.claim("manage.py up")
            stack.callback(home.env_file.unlink, missing_ok=True)
            running = Stack(home, dict(os.environ), listen(options.host, options.port), demo=not options.no_demo)
            running.start(stack)
            running.announce()
            running.watch()
    except Stopped:
        say("up", b"stopped")
    except CannotStart as sentence:
        if Wish.stop:
            return 0
        print(sentence, file=sys.stderr)
        return 1
    return 0


@contextmanager
def for_command(name: str) -> Iterator[None]:
    """The servers for any other command: those of a running `up`, or our own for as long as the command runs."""
    missing = needed_by(dict(os.environ))
    if not missing or os.environ.get("AFTERCARE_EMBEDDED") == "0":  # then the settings say what is missing
        yield
    elif name in WITHOUT_SERVERS:
        os.environ.setdefault("AFTERCARE_BUILDING", "1")
        yield
    else:
        home = Home()  # its locks last as long as the command
        with ExitStack() as stack:
            _reach_servers(home, name, missing, stack)
            yield


def _reach_servers(home: Home, name: str, missing: list[str], stack: ExitStack) -> None:
    home.open()
    while is_running(home.lock_file):
        if env := home.published():
            home.attach()
            os.environ |= {key: value for key, value in env.items() if not os.environ.get(key)}
            return
        time.sleep(0.05)  # it is just starting, or just ending
    home.claim(f"manage.py {name}")
    stack.callback(home.env_file.unlink, missing_ok=True)
    is_new = not (home.path / "pg").exists()
    _, env = stack.enter_context(servers(home, missing))
    stack.callback(home.wait_for_guests)
    os.environ |= env
    os.environ |= local_settings(home, os.environ, int(os.environ.get("PORT") or 8000))
    if is_new and "DATABASE_URL" in missing and name != "migrate":
        subprocess.run([sys.executable, ROOT / "manage.py", "migrate", "-v0"], check=True)
    home.publish(published(os.environ))

"""What all rows stand on: one PostgreSQL and one Valkey, durable as in production, and web servers on them."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from bench.bodies import SECRET
from config.data_folder import ROOT, Home
from config.embedded import servers
from config.rehearsal import FOLDER
from config.stack import PROGRAMS, listen, local_settings

SLUG = "bench"


@dataclass(frozen=True, slots=True)
class Ground:
    home: Home
    env: dict[str, str]

    def run(self, *arguments: str, settings: str = "config.settings") -> None:
        env = self.env | {"DJANGO_SETTINGS_MODULE": settings}
        subprocess.run([sys.executable, *arguments], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def tell(self, *arguments: str) -> None:
        """Like ``run``, and what it prints is shown."""
        env = self.env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        subprocess.run([sys.executable, *arguments], env=env, cwd=ROOT, check=True)

    def ask(self, sql: str, *values: Any) -> list[tuple]:
        with psycopg2.connect(self.env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def without_indexes(self, sql: str, *tables: str) -> None:
        """Fill tables with ``sql`` before their indexes, but for those of constraints, are built."""
        plain = self.ask(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND NOT EXISTS"
            " (SELECT 1 FROM pg_constraint WHERE conindid = format('%%I', indexname)::regclass)",
            list(tables),
        )
        drops = "".join(f'DROP INDEX "{name}";' for name, _made in plain)
        self.ask(drops + sql + ";".join(made for _name, made in plain))

    def vacuum(self, *tables: str) -> None:
        """After a fill: an index-only scan needs the map of what everybody sees, the planner its figures."""
        connection = psycopg2.connect(self.env["DATABASE_URL"])
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {', '.join(tables)}")
        connection.close()

    def file(self, name: str, text: str) -> Path:
        path = self.home.path / name
        path.write_text(text)
        return path

    def empty(self, *tables: str) -> None:
        self.ask(f"TRUNCATE {', '.join(tables)} CASCADE")


@contextmanager
def ground() -> Iterator[Ground]:
    """Servers of our own with both schemas: ours, prepared as by `make up`, with a store; and the peer's."""
    home = Home(tempfile.mkdtemp(prefix=FOLDER))
    home.open()
    home.claim("bench")
    try:
        with servers(home, ["DATABASE_URL", "REDIS_URL"]) as (_, addresses):
            env = {**os.environ, **addresses}
            it = Ground(home, env | local_settings(home, env, 8000) | {"LOG_LEVEL": "WARNING"})
            it.run("-m", "config.preparation", "--no-demo")
            it.run("manage.py", "connect", "shopify", SLUG, "--secret", SECRET)
            it.run("-m", "django", "migrate", "--run-syncdb", "-v0", settings="bench.peer.settings")
            yield it
    finally:
        home.remove()


@contextmanager
def web(on: Ground, application: str, listener: socket.socket | None = None) -> Iterator[int]:
    """gunicorn with the flags of `make up` and this WSGI application, on a free port unless told; the port."""
    listener = listener or listen("127.0.0.1", 0)
    number, port = listener.fileno(), listener.getsockname()[1]
    command = [PROGRAMS / "gunicorn", application, "--bind", f"fd://{number}", "--preload", "--workers", "2"]
    command += ["--threads", "4", "--no-control-socket", "--log-level", "warning"]
    server = subprocess.Popen(command, env=on.env, cwd=ROOT, pass_fds=[number])
    listener.close()
    try:
        wait_for_answer(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_for_answer(port: int, seconds: float = 30) -> None:
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise SystemExit("the web server did not start")

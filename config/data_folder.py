"""The folder where an embedded installation keeps its data: ``.aftercare/``, or AFTERCARE_HOME.

lock        held by the running `up` (or a command that started the servers); says who
children    held by every process that `up` started, so the next start can wait for the last orphan
guests      held by commands that use another command's servers
env         0600, how other commands reach the running servers
secret-key  0600
pg/ valkey/ media/ static/ and the servers' logs
"""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from config.children import CannotStart, pause

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = Path("/var/lib/aftercare")  # for what must be reachable by `nobody` when the project folder is not
LONGEST_SOCKET_DIR = 85  # sun_path holds 107 bytes, and PostgreSQL adds /.s.PGSQL.5432.lock
ORPHANS_GET = 15  # seconds, twice: to end by themselves, then when asked. PostgreSQL stops in well under one.


def is_root() -> bool:
    return os.geteuid() == 0


def nobody() -> dict[str, Any]:
    """Popen arguments for PostgreSQL, which refuses to run as root."""
    if not is_root():
        return {}
    person = pwd.getpwnam("nobody")
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}


def is_reachable(path: Path) -> bool:
    """May an unprivileged user walk into it?"""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])


def make_open_folder(path: Path) -> None:
    """One that others may walk into, whatever the umask says."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)


def is_running(lock: Path) -> bool:
    """Does some process hold this lock file?"""
    try:
        with open(lock) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def locked(file: IO[str], *, seconds: float) -> bool:
    """Takes the lock for as long as the file stays open; False when it is still taken after ``seconds``."""
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                return False
            pause(0.02)
        else:
            return True


class Home:
    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path or os.environ.get("AFTERCARE_HOME") or ROOT / ".aftercare").absolute()
        self.env_file = self.path / "env"
        self.lock_file = self.path / "lock"
        self.held: list[IO[str]] = []

    def __str__(self) -> str:
        return str(self.path)

    # --- making it ------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Makes the folder and proves that we may write to it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # As root the folder must let `nobody` pass to pg/; the secrets in it are 0600 on their own.
            os.chmod(self.path, 0o711 if is_root() else 0o700)
            (self.path / "children").touch(0o600)
        except OSError as refusal:
            raise CannotStart(
                f"Cannot write to {self.path} ({refusal.strerror}): "
                "set AFTERCARE_HOME to a folder that you may write to."
            ) from refusal

    def folder(self, name: str) -> Path:
        made = self.path / name
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
        return made

    def reachable_folder(self, name: str) -> Path:
        """``home/name``; for root in a private folder a link to one that `nobody` can reach (never chmod a parent)."""
        here = self.path / name
        if here.is_symlink() or here.exists():
            return here.resolve()
        if not is_root() or is_reachable(self.path):
            here.mkdir(mode=0o700)
            return here
        make_open_folder(OUTSIDE)
        there = Path(tempfile.mkdtemp(prefix=f"{ROOT.name}-", dir=OUTSIDE))
        here.symlink_to(there)
        return there

    def socket_folder(self, name: str, near: Path | None = None) -> Path:
        """Where a server puts its socket: beside ``near``, or in the temp folder when the path would be too long."""
        folder = (near or self.path) / name
        if len(os.fsencode(folder)) > LONGEST_SOCKET_DIR:
            digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"aftercare-{os.geteuid()}-{digest}-{name}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid not in {os.geteuid(), nobody().get("user")}:
            raise CannotStart(f"{folder} belongs to another user: remove it, or set TMPDIR to a folder of your own.")
        return folder

    def log(self, name: str) -> Path:
        """A log file for a server, started afresh once it has grown past 5 MB."""
        file = self.path / f"{name}.log"
        if file.exists() and file.stat().st_size > 5_000_000:
            file.replace(file.with_suffix(".log.1"))
        return file

    def secret_key(self) -> str:
        file = self.path / "secret-key"
        if not file.exists():
            self.write_private(file, secrets.token_urlsafe(50))
        return file.read_text().strip()

    @staticmethod
    def write_private(file: Path, text: str) -> None:
        """0600 from its first byte, and whole or not there."""
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(text)
        draft.replace(file)

    def remove(self) -> None:
        """For throw-away homes."""
        shutil.rmtree((self.path / "pg").resolve(), ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    # --- who runs here --------------------------------------------------------------------------------------------

    def claim(self, who: str) -> None:
        """Makes this process the only one that runs servers here, once the last run's orphans are gone."""
        lock = open(self.lock_file, "a+")  # noqa: SIM115 - held until we exit
        if not locked(lock, seconds=0.3):  # others look at the lock for a moment
            lock.close()
            raise CannotStart(
                f"Aftercare is already running from {self.path} ({self.holder()}): stop that one, "
                "or set AFTERCARE_HOME (and PORT) for a second one."
            )
        self.env_file.unlink(missing_ok=True)
        lock.truncate(0)
        lock.write(f"{who}, process {os.getpid()}")
        lock.flush()
        children = open(self.path / "children", "a+")  # noqa: SIM115 - inherited by every child
        self.held = [lock, children]
        if not locked(children, seconds=ORPHANS_GET):
            self._end_orphans(children, signal.SIGINT)
            if not locked(children, seconds=ORPHANS_GET):
                self._end_orphans(children, signal.SIGKILL)
                fcntl.flock(children, fcntl.LOCK_EX)
        children.truncate(0)

    def holder(self) -> str:
        with suppress(OSError):
            return self.lock_file.read_text().strip()
        return "?"

    @staticmethod
    def _end_orphans(children: IO[str], how: signal.Signals) -> None:
        """Signals those of the last run that are certainly still ours: same id, own session, same program."""
        children.seek(0)
        for line in children.read().splitlines():
            pid, _, program = line.split(" ", 2)
            with suppress(OSError, ValueError):
                if os.getsid(int(pid)) == int(pid) and program in command_of(int(pid)):
                    os.killpg(int(pid), how)

    def children_lock(self) -> int:
        """The descriptor that every child inherits; its lock is free only when the last of them is gone."""
        return self.held[1].fileno()

    def note_child(self, name: str, pid: int, program: str) -> None:
        self.held[1].write(f"{pid} {name} {program}\n")
        self.held[1].flush()

    # --- how others reach the servers -----------------------------------------------------------------------------

    def publish(self, env: dict[str, str]) -> None:
        self.write_private(self.env_file, "".join(f"{name}={value}\n" for name, value in env.items()))

    def published(self) -> dict[str, str]:
        """How to reach the running servers; empty when none run (a file left by a crash does not count)."""
        if not is_running(self.lock_file):
            return {}
        with suppress(OSError):
            return dict(line.split("=", 1) for line in self.env_file.read_text().splitlines())
        return {}

    def attach(self) -> None:
        """A command that uses another command's servers: those stay until we exit."""
        guest = open(self.path / "guests", "a")  # noqa: SIM115 - held until we exit
        fcntl.flock(guest, fcntl.LOCK_SH)
        self.held.append(guest)

    def wait_for_guests(self) -> None:
        with open(self.path / "guests", "a") as guests:
            fcntl.flock(guests, fcntl.LOCK_EX)


def command_of(pid: int) -> str:
    """The command line of a process, "" when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if os.path.isdir("/proc/self"):
            return ""
    ask = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ask, capture_output=True, text=True).stdout  # noqa: S603

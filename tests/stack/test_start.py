"""What `manage.py up` says when it cannot start: one sentence, no traceback, exit code 1."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.data_folder import ROOT, Home
from config.embedded import forget_stale_lock


@pytest.fixture
def home() -> Iterator[Home]:
    home = Home(tempfile.mkdtemp(prefix="aftercare-test-"))
    home.open()
    yield home
    home.remove()


def up(home: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, ROOT / "manage.py", "up", *arguments]
    return subprocess.run(
        command, env=env | {"AFTERCARE_HOME": str(home)}, cwd=ROOT, capture_output=True, text=True, timeout=30
    )


def test_a_second_start_says_which_one_is_running(home: Home) -> None:
    home.claim("manage.py up")

    refused = up(home.path, "--port", "0")

    assert refused.returncode == 1
    assert refused.stderr == (
        f"Aftercare is already running from {home} (manage.py up, process {os.getpid()}): "
        "stop that one, or set AFTERCARE_HOME (and PORT) for a second one.\n"
    )


def test_a_port_in_use_is_one_sentence_and_starts_nothing(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        refused = up(home.path, "--port", str(port))

    assert refused.returncode == 1
    assert refused.stderr == f"Port {port} on 127.0.0.1 is in use: choose another one, for example PORT={port + 1}.\n"
    assert not (home.path / "pg").exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that even root may not write to")
def test_a_read_only_folder_is_one_sentence() -> None:
    refused = up("/proc/aftercare", "--port", "0")

    assert refused.returncode == 1
    assert refused.stderr.startswith("Cannot write to /proc/aftercare (")
    assert refused.stderr.endswith("): set AFTERCARE_HOME to a folder that you may write to.\n")


def test_a_lock_that_names_another_programs_process_is_forgotten(home: Home) -> None:
    lock = home.path / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n/somewhere\n")

    forget_stale_lock(lock, home.path / "pg/cluster")

    assert not lock.exists()


def test_a_lock_of_our_own_living_server_is_respected(home: Home) -> None:
    lock = home.path / "postmaster.pid"
    server = subprocess.Popen(["cat", "-", home.path / "pg/cluster"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin and server.stdout
    server.stdin.write(b"it runs")
    server.stdin.flush()
    assert server.stdout.read(7) == b"it runs"
    lock.write_text(f"{server.pid}\n")

    forget_stale_lock(lock, home.path / "pg/cluster")

    server.communicate()
    assert lock.exists()


def test_the_secret_key_is_private_and_stays_the_same(home: Home) -> None:
    first = home.secret_key()

    assert home.secret_key() == first
    assert len(first) >= 50
    assert (home.path / "secret-key").stat().st_mode & 0o777 == 0o600

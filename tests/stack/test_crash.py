"""One whole installation with real processes: it survives its own death, and leaves nobody behind."""

import os
import signal
from collections.abc import Iterator

import httpx
import psycopg2
import pytest

from config.rehearsal import Rehearsal

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def installation() -> Iterator[Rehearsal]:
    with Rehearsal() as running:
        write_note(running)
        yield running


def write_note(installation: Rehearsal) -> None:
    with psycopg2.connect(installation.env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE note AS SELECT 'kept' AS text")


def read_note(installation: Rehearsal) -> str:
    with psycopg2.connect(installation.env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT text FROM note")
        return cursor.fetchone()[0]


def test_other_commands_find_the_running_servers(installation: Rehearsal) -> None:
    found = installation.manage(
        "shell", "--no-imports", "-c", "from django.conf import settings as s; print(s.PUBLIC_URL)"
    )

    assert found.stdout.strip() == installation.env["PUBLIC_URL"], found.stderr
    assert (installation.home.path / "env").stat().st_mode & 0o777 == 0o600


def test_after_kill_9_of_the_parent_the_next_start_recovers_by_itself(installation: Rehearsal) -> None:
    installation.kill()
    installation.start()

    assert read_note(installation) == "kept"
    assert httpx.get(f"{installation.url}/healthz").status_code == 200


def test_after_kill_9_of_everything_the_next_start_recovers_by_itself(installation: Rehearsal) -> None:
    for pid in installation.pids().values():
        os.killpg(pid, signal.SIGSTOP)
    installation.kill()
    for pid in installation.pids().values():
        os.killpg(pid, signal.SIGKILL)

    installation.start()

    assert read_note(installation) == "kept"


def test_a_child_that_dies_stops_all_and_is_named(installation: Rehearsal) -> None:
    os.kill(installation.pids()["worker"], signal.SIGKILL)

    assert installation.process
    assert installation.process.wait(30) == 1
    assert "worker ended by itself" in installation.output()
    assert not installation.has_orphans()
    installation.start()


def test_ctrl_c_ends_every_process_with_exit_code_0(installation: Rehearsal) -> None:
    assert installation.stop(signal.SIGINT) == 0

    assert not installation.has_orphans()
    assert installation.output().splitlines()[-1].endswith("stopped")
    assert not (installation.home.path / "env").exists()

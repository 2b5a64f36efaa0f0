"""A whole private installation for tests and benchmarks with real processes: `manage.py up` in a folder of its own.

    with Rehearsal(env={"EMAIL_URL": "smtp://127.0.0.1:2525"}) as it:
        httpx.get(it.url + "/healthz"); it.env["DATABASE_URL"]; os.kill(it.pids()["worker"], signal.SIGKILL)

PostgreSQL, Valkey, web, worker and beat run exactly as for a user, on a free port.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from config.data_folder import ROOT, Home, is_running

FOLDER = "aftercare-test-"  # config.testing removes those whose run was killed


class Rehearsal:
    def __init__(self, *, demo: bool = False, env: Mapping[str, str] | None = None) -> None:
        self.home = Home(tempfile.mkdtemp(prefix=FOLDER))
        self.arguments = ["--port", "0", "--stop-with-parent", *([] if demo else ["--no-demo"])]
        self.extra = dict(env or {})
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        """Ours, without what leads to the servers of the test run."""
        ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PORT", "PUBLIC_URL", "STATIC_ROOT", "MEDIA_ROOT")
        kept = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith(("AFTERCARE_", "PYTEST_"))}
        return kept | {"AFTERCARE_HOME": str(self.home)} | self.extra

    def start(self, seconds: float = 60) -> Self:
        """Starts it, or starts it again; returns when it is ready, raises RuntimeError with its output if it fails."""
        with open(self._output_file(), "wb") as output:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, ROOT / "manage.py", "up", *self.arguments],
                env=self.environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        give_up_at = time.monotonic() + seconds
        while " ready (" not in self.output():
            if self.process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"the installation did not start:\n{self.output()}")
            time.sleep(0.02)
        return self

    def _output_file(self) -> Path:
        return self.home.path / "output"

    def output(self) -> str:
        """Everything printed since the last start."""
        return self._output_file().read_text(errors="replace")

    @property
    def env(self) -> dict[str, str]:
        """How to reach it: DATABASE_URL, REDIS_URL, SECRET_KEY, PUBLIC_URL …"""
        return self.home.published()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"

    def pids(self) -> dict[str, int]:
        """Process ids by name: postgres, valkey, web, worker, beat. Each leads a process group of its own."""
        lines = (self.home.path / "children").read_text().splitlines()
        return {name: int(pid) for pid, name, _ in (line.split(" ", 2) for line in lines) if name != "prepare"}

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs another manage.py command, which finds the running servers by itself."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(command, env=self.environment(), cwd=ROOT, capture_output=True, text=True)  # noqa: S603

    def kill(self) -> None:
        """kill -9 of the parent."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C; returns the exit code."""
        assert self.process
        self.process.send_signal(how)
        return self.process.wait(45)

    def has_orphans(self) -> bool:
        """Is any process left that it started, or that those started?"""
        return is_running(self.home.path / "children")

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.stop()
        give_up_at = time.monotonic() + 10
        while self.has_orphans() and time.monotonic() < give_up_at:
            time.sleep(0.02)
        self.home.remove()

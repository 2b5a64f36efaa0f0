"""Child processes that cannot outlive us, even when we are killed with SIGKILL."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
COLOURS = {"postgres": 34, "valkey": 35, "web": 32, "worker": 33, "beat": 36, "prepare": 90, "up": 1}
NAME_WIDTH = max(map(len, COLOURS))


class CannotStart(Exception):
    """One sentence for the person at the terminal: what is in the way and what to do about it."""


class Stopped(Exception):
    """Somebody pressed Ctrl-C, or sent us a signal, while we were waiting."""


class Wish:
    """When we were last asked to stop. Plain attributes: threading.Event deadlocks when two signals come together."""

    asked_at: float = 0.0
    stop = False


def note_signal(number: int, frame: object) -> None:
    # timeout(1) and make each pass the same signal on: only after a moment is it a second, impatient one.
    if time.monotonic() - Wish.asked_at > 1:
        Wish.stop = True
    Wish.asked_at = time.monotonic()


def pause(seconds: float) -> None:
    time.sleep(seconds)
    if Wish.stop:
        raise Stopped


def stop_on_signals() -> None:
    """Ctrl-C, SIGTERM and SIGHUP are only noted: whoever waits with pause() then leaves in good order."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, note_signal)


def die_with_parent() -> None:
    """Makes the kernel send us SIGTERM when the process that started us dies (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def before_exec(signal_number: int, parent: int) -> Callable[[], None] | None:
    """What a forked child runs before exec, so that the kernel signals it when ``parent`` dies (Linux only)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl, and no signal will come
            os._exit(1)

    return ask_kernel


def prefix(name: str) -> bytes:
    colour = COLOURS.get(name)
    plain = f"{name:<{NAME_WIDTH}} | "
    if colour is None or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return plain.encode()
    return f"\x1b[{colour}m{plain}\x1b[0m".encode()


printing = threading.Lock()


def say(name: str, line: bytes) -> None:
    """One whole prefixed line on stdout; a reader that went away (``| head``) stops nothing."""
    with printing:
        try:
            sys.stdout.buffer.write(prefix(name) + line.rstrip(b"\n") + b"\n")
            sys.stdout.flush()
        except (BrokenPipeError, ValueError):
            pass


class Child:
    """A process in a session of its own (so that Ctrl-C reaches only us, who stop the children in order).

    Its output goes to the file ``log``, or prefixed to our stdout. ``keep`` are file descriptors it inherits.
    Must be created on the main thread: the kernel's parent-death signal follows the thread that forked.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        stop_with: signal.Signals = signal.SIGTERM,
        log: Path | None = None,
        keep: Sequence[int] = (),
        **options: Any,
    ) -> None:
        self.name, self.stop_with, self.log = name, stop_with, log
        output = open(log, "ab") if log else subprocess.PIPE  # noqa: SIM115
        self.process = subprocess.Popen(  # noqa: S603
            [str(part) for part in argv],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
            preexec_fn=before_exec(stop_with, os.getpid()),
            **options,
        )
        self.pump: threading.Thread | None = None
        if log:
            output.close()  # type: ignore[union-attr]
        else:
            self.pump = threading.Thread(target=self._print_lines, daemon=True)
            self.pump.start()

    def _print_lines(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.strip():
                say(self.name, line)

    @property
    def returncode(self) -> int | None:
        return self.process.poll()

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Returns when ``ready()``; raises CannotStart with the end of the log when the process dies or dawdles."""
        give_up_at = time.monotonic() + seconds
        while not ready():
            if self.returncode is not None or time.monotonic() > give_up_at:
                self.stop(2)
                raise CannotStart(f"{self.name} did not start. {self._last_words()}".strip())
            pause(0.01)

    def _last_words(self) -> str:
        if not self.log:
            return "Its lines above say why."
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f"The end of {self.log}:\n" + "\n".join(lines[-8:])

    def ask_to_stop(self) -> None:
        if self.returncode is None:
            self.process.send_signal(self.stop_with)

    def stop(self, seconds: float = 30) -> None:
        """Asks politely, waits, then kills the whole session."""
        if self.returncode is None:
            self.ask_to_stop()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        if self.pump:
            self.pump.join(1)

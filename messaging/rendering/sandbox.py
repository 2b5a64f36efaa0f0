"""Authors' templates at arm's length: on save, on preview and before publishing, they are read in a limited child.

The limits of liquid.py bound what our code does; these bound what any code does: two seconds and 256 MB, kept by the
kernel. Python-liquid hung while parsing (PYSEC-2026-3035), LiquidJS's limits were passed by twice; whatever comes
next ends in a sentence. One child per process is started at the first question (0.4 s) and forks for each (child.py),
8 ms a question. Recipients' mails are rendered without it: what is published went through it.
"""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from messaging.rendering import wire
from messaging.rendering.compile import CompiledContent
from messaging.rendering.fill import RenderedMail
from messaging.rendering.problems import CannotRender, MissingVariable, TemplateProblem, TemplateRefused
from shelf.reasons import Reason

SECONDS = 2.0
MEGABYTES = 256
BEGINS_WITHIN = 20  # seconds: a child that is just being started, on a busy machine
LONGEST_ANSWER = 8 * 1024 * 1024

TOO_LONG = gettext_noop("The template took longer than two seconds. Look for long lists inside long lists.")
TOO_BIG = gettext_noop("The template needs more than %(megabytes)s MB of memory. Look for lists that grow.")
BROKE_DOWN = gettext_noop("The template brought its reader down (signal %(signal)s).")
STOPPED = gettext_noop("The reader of templates was stopped while it worked. Try once more.")

_HOME = Path(__file__).resolve().parents[2]


def check_limited(subject: str, preheader: str, mjml: str, text: str, known: Mapping) -> list[TemplateProblem]:
    """As check_content; a template that is too much for the child has that as its one problem."""
    try:
        answer = _ask({"kind": "check", "sources": [subject, preheader, mjml, text], "known": known})
    except CannotRender as refusal:
        return [TemplateProblem(1, 1, refusal.reason)]
    return [wire.to_problem(row) for row in answer["problems"]]


def check_pieces_limited(pieces: Sequence[str], known: Mapping) -> list[list[TemplateProblem]]:
    """As check_liquid, for many short sources in one question. Raises CannotRender when they are too much."""
    answer = _ask({"kind": "pieces", "sources": list(pieces), "known": known})
    return [[wire.to_problem(row) for row in rows] for rows in answer["problems"]]


def compile_limited(subject: str, preheader: str, mjml: str, text: str) -> CompiledContent:
    """As compile_content. Raises TemplateRefused."""
    try:
        answer = _ask({"kind": "compile", "sources": [subject, preheader, mjml, text]})
    except CannotRender as refusal:
        raise TemplateRefused([TemplateProblem(1, 1, refusal.reason)]) from refusal
    if "problems" in answer:
        raise TemplateRefused([wire.to_problem(row) for row in answer["problems"]])
    return CompiledContent(*answer["content"])


def render_limited(content: CompiledContent, data: Mapping, language: str, zone: ZoneInfo | str) -> RenderedMail:
    """As render. Raises MissingVariable, or CannotRender with the reason."""
    sources = [content.subject, content.preheader, content.html, content.text]
    answer = _ask({"kind": "render", "sources": sources, "data": data, "language": language, "zone": str(zone)})
    return RenderedMail(*answer["mail"])


class _Gone(Exception):
    """The child itself, not a fork of it, ended or hangs."""


class _Child:
    def __init__(self):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "messaging.rendering.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=_HOME,
                # nothing of ours: no keys, no addresses of databases
                env={
                    "PATH": os.defpath,
                    "LANG": "C.UTF-8",
                    "PYTHONPATH": str(_HOME),
                    "DJANGO_SETTINGS_MODULE": "messaging.sandbox_settings",
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def ask(self, packed: bytes, seconds: float) -> bytes:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                try:
                    socket.send_fds(self.control, [b"?"], [theirs.fileno()])
                except OSError as error:
                    raise _Gone from error
            try:
                ours.settimeout(BEGINS_WITHIN)
                ours.sendall(packed)
                ours.shutdown(socket.SHUT_WR)
                return _read(ours, seconds)
            except (OSError, TimeoutError) as error:
                raise _Gone from error

    def stop(self) -> None:
        self.control.close()
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()

    def forget(self) -> None:
        """In a fork of ours: the child is our parent's, and it ends when nobody but its parent holds on to it."""
        self.control.close()
        self.process.returncode = 0


def _read(ours: socket.socket, seconds: float) -> bytes:
    if ours.recv(1) != b".":
        raise _Gone
    deadline = monotonic() + seconds + 0.7  # the child's own clock rings first
    said = bytearray()
    while len(said) <= LONGEST_ANSWER:
        ours.settimeout(max(0.01, deadline - monotonic()))
        piece = ours.recv(65536)
        if not piece:
            return bytes(said)
        said += piece
    raise _Gone


_child: _Child | None = None
_lock = threading.Lock()


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    packed = wire.pack({**request, "seconds": SECONDS, "megabytes": MEGABYTES})
    for _attempt in range(2):
        child = _running()
        try:
            return _understood(child.ask(packed, SECONDS))
        except _Gone:
            _replace(child)
    raise CannotRender(STOPPED)


def _running() -> _Child:
    global _child
    with _lock:
        if _child is None:
            _child = _Child()
        return _child


def _replace(child: _Child) -> None:
    global _child
    with _lock:
        if _child is child:
            _child = None
            child.stop()


def _understood(said: bytes) -> dict[str, Any]:
    """The last line counts: behind half an answer stands why there is no more of it."""
    try:
        answer = wire.unpack(said.rpartition(b"\n")[2])
    except ValueError:
        answer = {"died": 0}
    if "died" in answer:
        raise _obituary(answer["died"])
    if "missing" in answer:
        raise MissingVariable(str(answer["missing"]))
    if "cannot" in answer:
        text, values = answer["cannot"]
        raise _refusal(Reason(str(text), dict(values)))
    return answer


def _obituary(number: int) -> CannotRender:
    if number in (signal.SIGALRM, signal.SIGXCPU):
        return CannotRender(TOO_LONG)
    if number == signal.SIGABRT:  # what Rust does when there is no more memory; Python's own MemoryError says the same
        return CannotRender(TOO_BIG, megabytes=MEGABYTES)
    if number in (signal.SIGKILL, signal.SIGTERM):
        return CannotRender(STOPPED)
    return CannotRender(BROKE_DOWN, signal=number)


def _refusal(reason: Reason) -> CannotRender:
    refusal = CannotRender(reason.text)
    refusal.reason = reason
    return refusal


@atexit.register
def _stop() -> None:
    if _child is not None:
        _replace(_child)


def _forget() -> None:
    global _child, _lock
    _lock = threading.Lock()  # a thread of our parent may have held it
    if _child is not None:
        _child.forget()
        _child = None


os.register_at_fork(after_in_child=_forget)

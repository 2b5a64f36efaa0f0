"""Where authors' templates are read and filled: a process of its own, which forks once per request.

Started by sandbox.py as a fresh interpreter (forking a process with threads and database connections would copy held
locks and open sockets), with none of our settings and secrets in its environment. It loads what a mail needs, waits,
and forks for each request: the fork works under limits that the kernel keeps, whatever code runs, answers in JSON, and
ends. Nothing of one template is left for the next, and a killed fork costs the next request nothing.
"""

import contextlib
import gc
import math
import os
import resource
import select
import signal
import socket
import sys

import django
from django.conf import settings
from django.utils import translation

from messaging.rendering import (
    CannotRender,
    CompiledContent,
    MissingVariable,
    TemplateRefused,
    check_content,
    check_liquid,
    compile_content,
    render,
    wire,
)
from messaging.rendering.fill import render_text

AT_ONCE = 4  # forks; further requests wait in the socket
MEGABYTE = 1024 * 1024
NO_MEMORY = 3  # how a fork ends that ran out of it in Python; in Rust it ends by SIGABRT
_FAILED = {NO_MEMORY: int(signal.SIGABRT)}


def main(control: socket.socket) -> None:
    """Serves until the last process that may ask is gone."""
    _load()
    gc.collect()
    gc.freeze()
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, socket.socket] = {}
    while True:
        listening = [woken, control] if len(running) < AT_ONCE else [woken]
        ready = select.select(listening, [], [])[0]
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                woken.recv(1024)
            _reap(running)
        if control in ready:
            said, descriptors, _flags, _address = socket.recv_fds(control, 1, 1)
            if not said:
                return
            for descriptor in descriptors:
                connection = socket.socket(fileno=descriptor)
                running[_fork(connection, [control, woken, waker, *running.values()])] = connection


def _load() -> None:
    """What a fork should find loaded: Django's translations without any app, all filters, the data of the languages."""
    django.setup()
    mjml = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>{{ n | money: 'UAH' }} {{ at | moment }} {{ at | weekday_day }}"
        '{{ n | plural: "a", "b", "c" }}</mj-text></mj-column></mj-section></mj-body></mjml>'
    )
    content = compile_content("Hello", "", mjml, "")
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.gettext("yes")
            render(content, wire.unpack(wire.pack(_EXAMPLE)), code, "Europe/Kyiv")


_EXAMPLE = {"n": 7, "at": "2026-11-22T12:00:00+00:00"}


def _fork(connection: socket.socket, others: list[socket.socket]) -> int:
    pid = os.fork()
    if pid:
        with contextlib.suppress(OSError):
            connection.send(b".")  # "it has begun"
        return pid
    try:
        signal.set_wakeup_fd(-1)
        for other in others:
            other.close()
        _answer(connection)
    except MemoryError:  # not told from here: there may be no memory left to pack a word in
        os._exit(NO_MEMORY)
    except BaseException:
        os._exit(1)
    os._exit(0)


def _reap(running: dict[int, socket.socket]) -> None:
    """Take leave of the forks that ended; of one that was killed, tell the asker by which signal."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        connection = running.pop(pid)
        if status:
            died = os.WTERMSIG(status) if os.WIFSIGNALED(status) else _FAILED.get(os.WEXITSTATUS(status), 0)
            with contextlib.suppress(OSError):
                connection.send(b"\n" + wire.pack({"died": died}), socket.MSG_DONTWAIT)
        connection.close()


def _answer(connection: socket.socket) -> None:
    # Rust says on stderr that memory ran out before it aborts; the asker is told in words.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    request = wire.unpack(_all_of(connection))
    _limit(request.pop("seconds"), request.pop("megabytes"))
    connection.sendall(wire.pack(_work(**request)))


def _all_of(connection: socket.socket) -> bytes:
    connection.setblocking(True)
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def _limit(seconds: float, megabytes: int) -> None:
    """Wall clock, CPU, memory; no files, no core. The first ends the process inside any code, Rust too."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    cpu = math.ceil(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE, megabytes * MEGABYTE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _work(kind: str, **given) -> dict:
    try:
        return {"check": _check, "pieces": _pieces, "compile": _compile, "render": _render}[kind](**given)
    except TemplateRefused as refusal:
        return {"problems": [wire.from_problem(problem) for problem in refusal.problems]}
    except MissingVariable as missing:
        return {"missing": missing.variable}
    except CannotRender as refusal:
        if isinstance(refusal.__cause__, MemoryError):
            raise refusal.__cause__ from None
        return {"cannot": [refusal.reason.text, refusal.reason.values]}


def _check(sources: list[str], known: dict) -> dict:
    return {"problems": [wire.from_problem(problem) for problem in check_content(*sources, known)]}


def _pieces(sources: list[str], known: dict) -> dict:
    return {"problems": [[wire.from_problem(found) for found in check_liquid(s, "blocks", known)] for s in sources]}


def _compile(sources: list[str]) -> dict:
    content = compile_content(*sources)
    return {"content": [content.subject, content.preheader, content.html, content.text]}


def _render(sources: list[str], data: dict, language: str, zone: str) -> dict:
    content = CompiledContent(*sources)
    with translation.override(language):
        if not content.html:  # an SMS or a messenger's message: no mail is without HTML
            return {"mail": ["", "", render_text(content.text, data, language, zone)]}
        mail = render(content, data, language, zone)
    return {"mail": [mail.subject, mail.html, mail.text]}


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))

"""Due messages, written for each recipient and delivered to a mail server, beside the limit of a kept SMTP connection.

*limit* sends letters that were written before the clock started, by smtplib on connections that are kept; *pipelined
limit* sends them by raw sockets, a body and the next address in one write. Ours claims, judges, writes, marks every
letter before its hand-over and records what became of it. The clock is the server's: first to last letter it took.
"""

import json
import multiprocessing
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from bench.ground import Ground
from bench.tables import Row, median, show
from config.data_folder import ROOT

PROCESSES = 2
MUST, GOAL = 0.5, 0.75
MUST_FAR = 0.9  # of the pipelined limit, when the provider takes ten milliseconds to answer
CLAIM_MUST = 1.5


@dataclass(frozen=True, slots=True)
class Sink:
    port: int
    control: int

    def ask(self, order: str = "?") -> dict:
        with socket.create_connection(("127.0.0.1", self.control)) as line:
            line.sendall(order.encode())
            return json.loads(line.makefile().readline())


@contextmanager
def sink(delay_ms: float = 0) -> Iterator[Sink]:
    """Our server in C (bench/sink.c), so that whoever sends is what is measured."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise SystemExit("dispatch needs a C compiler (cc) for its mail server, bench/sink.c")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "sink"
        subprocess.run([compiler, "-O2", "-D_GNU_SOURCE", "-o", program, ROOT / "bench/sink.c"], check=True)
        ports = [free_port(), free_port()]
        server = subprocess.Popen([program, *map(str, ports), str(delay_ms)])
        it = Sink(*ports)
        try:
            wait_until(lambda: it.ask() is not None, OSError)
            yield it
        finally:
            server.kill()
            server.wait()


def measure(on: Ground, rounds: int, mails: int) -> None:
    found: dict[str, list[float]] = {"limit": [], "pipelined limit": [], "ours": []}
    with sink() as at_once:
        for _ in range(rounds):
            found["limit"].append(limit(at_once, by_smtplib, mails, PROCESSES))
            found["pipelined limit"].append(limit(at_once, by_pipeline, mails * 2, PROCESSES))
            found["ours"].append(ours(on, at_once, mails, 16).rate)
    middle = median(found["limit"])
    rows = [Row(name, values, middle) for name, values in found.items()]
    show(f"dispatch: mails a second, {PROCESSES} processes", rows, f"must: {MUST} of the limit; goal: {GOAL}")
    far(on, rounds, mails)
    many_lines(on, mails)
    claims(on)


def far(on: Ground, rounds: int, mails: int) -> None:
    found: dict[str, list[float]] = {"pipelined limit, 16 connections": [], "ours, 16 connections": []}
    with sink(10) as far_away:
        for _ in range(rounds):
            found["pipelined limit, 16 connections"].append(limit(far_away, by_pipeline, 1600, 16))
            found["ours, 16 connections"].append(ours(on, far_away, mails, 8).rate)
    middle = median(found["pipelined limit, 16 connections"])
    rows = [Row(name, values, middle) for name, values in found.items()]
    show("dispatch to a provider that answers after 10 ms: mails a second", rows, f"must: {MUST_FAR} of the limit")


def many_lines(on: Ground, mails: int) -> None:
    with sink(10) as far_away:
        one = ours(on, far_away, mails, 32)
    print(f"\n64 connections in 2 processes: {one.opened} opened, {one.megabytes:.0f} MB together, {one.rate:,.0f}/s")
    print("  must: at most 200 MB together, 150 MB each", flush=True)


# --- The limits ---------------------------------------------------------------------------------------------------


def limit(to: Sink, send, mails: int, processes: int) -> float:
    each = mails // processes
    start = multiprocessing.Barrier(processes)
    workers = [multiprocessing.Process(target=send, args=(to.port, n * each, each, start)) for n in range(processes)]
    to.ask("z")
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return rate(to.ask())


def letters(first: int, count: int) -> list[tuple[str, bytes]]:
    from bench.fill import NOTE
    from messaging.channels import mime

    here = Path(__file__).parent
    html = (here / "letter.html").read_text().replace("NOTES", "\n".join(NOTE.format(n) for n in range(12)))
    text = (here / "letter.txt").read_text()
    found = []
    for number in range(first + 1, first + count + 1):
        to = f"u{number}@example.com"
        envelope = SimpleNamespace(
            message_id=f"<{number}@shop.example>",
            to=to,
            from_name="Shop",
            from_email="shop@shop.example",
            reply_to="",
            subject=f"Order #{number} confirmed",
            html=html,
            text=text,
            headers={},
        )
        found.append((to, mime.build(envelope)))
    return found


def by_smtplib(port: int, first: int, count: int, start) -> None:
    written = letters(first, count)
    with smtplib.SMTP("127.0.0.1", port, local_hostname="bench") as line:
        line.ehlo()
        start.wait()
        for to, mail in written:
            line.sendmail("shop@shop.example", [to], mail)


def by_pipeline(port: int, first: int, count: int, start) -> None:
    written = letters(first, count)
    with socket.create_connection(("127.0.0.1", port)) as line, line.makefile("rb") as answers:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers.readline()
        line.sendall(b"EHLO bench\r\n")
        while answers.readline()[3:4] == b"-":
            pass
        start.wait()
        body = b""
        for to, mail in written:
            line.sendall(body + f"MAIL FROM:<shop@shop.example>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode())
            for _ in range(4 if body else 3):
                answers.readline()
            body = mail + b".\r\n"
        line.sendall(body)
        answers.readline()


# --- Ours ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    rate: float
    opened: int
    megabytes: float


def ours(on: Ground, to: Sink, mails: int, connections: int) -> Run:
    """Two workers of the post, each with so many connections."""
    env = on.env | {"EMAIL_URL": f"smtp://127.0.0.1:{to.port}", "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run(
        [sys.executable, "-m", "bench.fill", str(mails)],
        env=env | {"CONNECTIONS": str(connections)},
        cwd=ROOT,
        check=True,
    )
    to.ask("z")
    workers = [subprocess.Popen([sys.executable, "-m", "bench.post"], env=env, cwd=ROOT) for _ in range(PROCESSES)]
    most = 0.0
    until = time.monotonic() + 120
    try:
        while (state := to.ask())["different"] < mails and time.monotonic() < until:
            most = max(most, sum(megabytes(worker.pid) for worker in workers))
            time.sleep(0.05)
        wait_until(lambda: not on.ask("SELECT 1 FROM messaging_message WHERE state <> 'sent' LIMIT 1"), ())
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()
    if state["taken"] != mails:
        raise SystemExit(f"{state['taken']} mails were taken, and {mails} were due")
    return Run(rate(state), state["opened"], most)


def rate(state: dict) -> float:
    return (state["taken"] - 1) / max(state["seconds"], 1e-6)


def megabytes(pid: int) -> float:
    """Resident memory, without what the two processes share with each other."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000
    except OSError:
        return 0.0


# --- The claim ----------------------------------------------------------------------------------------------------


def claims(on: Ground) -> None:
    """A claim of two hundred with ten thousand waiting rows behind it, and with a million."""
    took = {}
    env = on.env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    for waiting in (10_000, 1_000_000):
        said = subprocess.run(
            [sys.executable, "-m", "bench.claim", str(waiting)], env=env, cwd=ROOT, check=True, capture_output=True
        )
        took[waiting] = float(said.stdout)
    few, many = took.values()
    print(f"\nclaim of 200: {few:.2f} ms of 10 thousand waiting, {many:.2f} ms of 1 million: {many / few:.2f} ×")
    print(f"  must: at most {CLAIM_MUST} ×", flush=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until(ready, patient_with, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if ready():
                return
        except patient_with:
            pass
        time.sleep(0.02)
    raise SystemExit("waited in vain")


if os.name != "posix":
    raise SystemExit("dispatch runs on POSIX systems")

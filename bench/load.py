"""Four connections that post prepared requests as fast as they are answered: wrk where it is found, else Python."""

import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

CONNECTIONS = 4
SCRIPT = Path(__file__).with_name("post.lua")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Load:
    per_second: float
    p99_ms: float


def load(port: int, requests: Iterator[bytes], seconds: float, most_per_second: int = 6000) -> Load:
    """Post for this many seconds; SystemExit when any answer is not a 2xx."""
    prepared = [next(requests) for _ in range(round(seconds * most_per_second))]
    wrk = shutil.which("wrk")
    return _wrk(wrk, port, prepared, seconds) if wrk else _python(port, prepared, seconds)


def _wrk(wrk: str, port: int, prepared: list[bytes], seconds: float) -> Load:
    with tempfile.NamedTemporaryFile() as file:
        for each in prepared:
            file.write(b"%d\n%b" % (len(each), each))
        file.flush()
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--latency", "-s", str(SCRIPT)]
        command += [f"http://127.0.0.1:{port}/", file.name]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    assert rate and p99, said
    return Load(float(rate[1]), float(p99[1]) * UNITS[p99[2]])


def _python(port: int, prepared: list[bytes], seconds: float) -> Load:
    taken: list[float] = []
    failed: list[bytes] = []
    end = time.monotonic() + seconds

    def post() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while time.monotonic() < end and prepared:
                begun = time.monotonic()
                connection.sendall(prepared.pop())
                answer = connection.recv(4096)
                taken.append(time.monotonic() - begun)
                if not answer.startswith(b"HTTP/1.1 2"):
                    failed.append(answer)
                    return

    posting = [Thread(target=post) for _ in range(CONNECTIONS)]
    for thread in posting:
        thread.start()
    for thread in posting:
        thread.join()
    if failed:
        raise SystemExit(failed[0].decode(errors="replace"))
    return Load(len(taken) / seconds, sorted(taken)[int(len(taken) * 0.99)] * 1000)

"""A TCP proxy that misbehaves on request: between our processes and a mail provider, or PostgreSQL.

``latency`` seconds before every chunk; ``reset`` the share of connections cut by RST after a few bytes; ``blackhole``
nothing passes and nothing closes; ``drip`` bytes a second; ``cut_after`` RST after so many bytes of a connection;
``swallow`` the share of letters whose reply is dropped, and the connection with it: they were taken, and we never hear.
"""

import asyncio
import random
import socket
import struct
from collections import Counter
from dataclasses import dataclass, field

CHUNK = 65536
NO_LINGER = struct.pack("ii", 1, 0)  # close() sends RST, as a crashed machine's successor would


@dataclass(slots=True)
class Faults:
    latency: float = 0
    reset: float = 0
    blackhole: bool = False
    drip: int = 0
    cut_after: int = 0
    swallow: float = 0


@dataclass(slots=True, eq=False)
class Line:
    """One connection through the proxy."""

    inner: asyncio.StreamWriter
    outer: asyncio.StreamWriter
    cut_at: int = 0  # bytes; 0 never
    passed: int = 0
    tail: bytes = b""
    swallows: bool = False

    def cut(self) -> None:
        for writer in (self.inner, self.outer):
            sock = writer.get_extra_info("socket")
            if sock is not None and sock.family == socket.AF_INET and sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            writer.transport.abort()


@dataclass(eq=False)
class Proxy:
    """``target`` is (host, port), or the path of a Unix socket. ``marker`` ends a letter: SMTP's lonely full stop."""

    target: tuple[str, int] | str
    seed: int
    marker: bytes = b"\r\n.\r\n"
    faults: Faults = field(default_factory=Faults)
    counts: Counter[str] = field(default_factory=Counter)
    port: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.open_again = asyncio.Event()
        self.open_again.set()
        self.lines: set[Line] = set()
        self.server: asyncio.Server | None = None

    async def open(self) -> int:
        """Listens; again on the same port after ``shut``."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=CHUNK)
        self.port = self.server.sockets[0].getsockname()[1]
        return self.port

    async def shut(self) -> None:
        """Whoever calls is refused, and who was connected is cut off."""
        assert self.server
        self.server.close()
        self.cut_all()

    def set(self, **faults: float) -> None:
        """These faults from now on, and no others."""
        self.faults = Faults(**faults)  # type: ignore[arg-type]
        if self.faults.blackhole:
            self.open_again.clear()
        else:
            self.open_again.set()

    def cut_all(self) -> int:
        for line in list(self.lines):
            line.cut()
            self.counts["cut"] += 1
        return len(self.lines)

    def told(self) -> dict[str, int]:
        return dict(self.counts)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts["connections"] += 1
        await self._wait_for_light()
        try:
            if isinstance(self.target, str):
                far, inner = await asyncio.open_unix_connection(self.target, limit=CHUNK)
            else:
                far, inner = await asyncio.open_connection(*self.target, limit=CHUNK)
        except OSError:
            writer.transport.abort()
            return
        line = Line(inner, writer, self.faults.cut_after)
        if self.chance.random() < self.faults.reset:
            line.cut_at = self.chance.randrange(1, 4000)
        self.lines.add(line)
        try:
            await asyncio.gather(self._pump(line, reader, inner, up=True), self._pump(line, far, writer, up=False))
        finally:
            self.lines.discard(line)

    async def _pump(self, line: Line, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, up: bool) -> None:
        try:
            while chunk := await source.read(CHUNK):
                await self._pass(line, chunk, sink, up=up)
                if sink.transport.is_closing():
                    return
        except OSError:
            pass
        finally:
            if sink.can_write_eof() and not sink.transport.is_closing():
                sink.close()

    async def _pass(self, line: Line, chunk: bytes, sink: asyncio.StreamWriter, *, up: bool) -> None:
        if self.faults.latency:
            await asyncio.sleep(self.faults.latency)
        await self._wait_for_light()
        if up:
            self._listen(line, chunk)
        elif line.swallows:
            self.counts["swallowed"] += 1
            line.cut()
            return
        line.passed += len(chunk)
        if line.cut_at and line.passed >= line.cut_at:
            self.counts["reset"] += 1
            line.cut()
            return
        for piece in self._pieces(chunk):
            sink.write(piece)
            await sink.drain()
            if len(piece) < len(chunk):
                self.counts["dripped"] += 1
                await asyncio.sleep(len(piece) / self.faults.drip if self.faults.drip else 0)

    def _listen(self, line: Line, chunk: bytes) -> None:
        """Will the reply to a letter that ends in this chunk be swallowed?"""
        heard = line.tail + chunk
        letters = heard.count(self.marker) if len(self.marker) > 1 else chunk.endswith(self.marker)
        for _ in range(letters if self.faults.swallow else 0):
            line.swallows |= self.chance.random() < self.faults.swallow
        line.tail = heard[-len(self.marker) + 1 :]

    def _pieces(self, chunk: bytes) -> list[bytes]:
        size = max(1, self.faults.drip // 20) if self.faults.drip else len(chunk)
        return [chunk[i : i + size] for i in range(0, len(chunk), size)]

    async def _wait_for_light(self) -> None:
        if not self.open_again.is_set():
            self.counts["held"] += 1
            await self.open_again.wait()

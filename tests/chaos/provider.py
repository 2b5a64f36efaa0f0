"""Two mail providers, by SMTP and by HTTP, that write one line per accepted letter to disk before they say yes.

Their log is the truth of every scenario: what stands in it was taken, whatever our database believes.
"""

import asyncio
import json
import os
import re
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path

ADDRESS = re.compile(rb"<([^>]*)>")
HELLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 20000000\r\n"


@dataclass(slots=True)
class Log:
    """Appends a line and waits for the disk."""

    path: Path
    file: int = -1

    def __post_init__(self) -> None:
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, **what: object) -> None:
        os.write(self.file, json.dumps({"at": time.time(), **what}).encode() + b"\n")
        os.fdatasync(self.file)


@dataclass(eq=False)
class Provider:
    """``mood``: ok, busy (421 and good-bye, 429), later (451, 503), silent (reads, never answers).

    ``cap``: letters a second; what is over it is answered as if busy. ``keys``: idempotency keys count (HTTP).
    """

    log: Log
    mood: str = "ok"
    cap: float = 0
    retry_after: float = 1
    counts: Counter[str] = field(default_factory=Counter)
    known: dict[str, str] = field(default_factory=dict)
    port: int = 0

    def __post_init__(self) -> None:
        self.recent: deque[float] = deque()

    async def open(self) -> int:
        server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        return self.port

    async def be(self, mood: str = "ok", cap: float = 0, retry_after: float = 1) -> None:
        self.mood, self.cap, self.retry_after = mood, cap, retry_after

    def told(self) -> dict[str, int]:
        return dict(self.counts)

    def is_over_cap(self) -> bool:
        now = time.monotonic()
        while self.recent and now - self.recent[0] > 1:
            self.recent.popleft()
        if self.cap and len(self.recent) >= self.cap:
            return True
        self.recent.append(now)
        return False

    def refusal(self) -> bool:
        """Is this letter refused for now? Counted as an attempt either way."""
        self.counts["attempts"] += 1
        refused = self.mood in ("busy", "later") or self.is_over_cap()
        self.counts["refused"] += refused
        return refused

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts["connections"] += 1
        try:
            await self.converse(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self.counts["hung up"] += 1
        finally:
            writer.close()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    async def keep_silent(self, reader: asyncio.StreamReader) -> None:
        self.counts["silences"] += 1
        while await reader.read(65536):
            pass


class Smtp(Provider):
    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood == "silent":
            return await self.keep_silent(reader)
        if self.mood == "busy":
            self.counts["attempts"] += 1
            self.counts["refused"] += 1
            writer.write(b"421 4.7.0 sink is busy, come back later\r\n")
            return await writer.drain()
        writer.write(b"220 sink ESMTP\r\n")
        recipients: list[str] = []
        refused = False
        while line := await reader.readline():
            if self.mood == "silent":
                return await self.keep_silent(reader)
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return await writer.drain()
            if verb in (b"MAIL", b"RSET"):
                recipients.clear()
            if verb == b"MAIL" and self.mood == "busy":
                self.refusal()
                writer.write(b"421 4.7.0 sink is busy, come back later\r\n")
                return await writer.drain()
            if verb == b"MAIL" and (refused := self.refusal()):
                writer.write(b"451 4.7.1 too many letters, come back later\r\n")
                continue
            if verb in (b"RCPT", b"DATA") and refused:
                writer.write(b"503 5.5.1 from whom?\r\n")
                continue
            if verb == b"RCPT":
                found = ADDRESS.search(line)
                recipients.append(found[1].decode() if found else "")
            if verb == b"DATA" and recipients:
                writer.write(b"354 go on\r\n")
                letter = await reader.readuntil(b"\r\n.\r\n")
                writer.write(self.take(recipients, letter))
                recipients = []
            elif verb == b"DATA":
                writer.write(b"503 5.5.1 nobody to send it to\r\n")
            else:
                writer.write(HELLO if verb == b"EHLO" else b"250 OK\r\n")
            await writer.drain()
        return None

    def take(self, recipients: list[str], letter: bytes) -> bytes:
        head = BytesHeaderParser().parsebytes(letter.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        for recipient in recipients:
            self.log.note(to=recipient, id=head["Message-ID"])
        self.counts["taken"] += 1
        return b"250 2.0.0 taken\r\n"


class Http(Provider):
    """The shape of Resend's ``POST /emails``, with its Idempotency-Key."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head.decode("latin-1").splitlines()[1:])
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if self.mood == "silent":
                return await self.keep_silent(reader)
            if self.refusal():
                status = "429 Too Many Requests" if self.mood != "later" else "503 Service Unavailable"
                answer, more = b'{"message": "too many requests"}', f"Retry-After: {self.retry_after:g}\r\n"
            else:
                status, more = "200 OK", ""
                answer = self.take(json.loads(body), headers.get("idempotency-key", ""))
            top = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{more}Content-Length: {len(answer)}\r\n\r\n"
            writer.write(top.encode() + answer)
            await writer.drain()
        return None

    def take(self, letter: dict, key: str) -> bytes:
        if key and key in self.known:
            self.counts["recognised"] += 1
        else:
            number = f"re_{self.counts['taken']}"
            self.counts["taken"] += 1
            for recipient in letter["to"]:
                self.log.note(to=parseaddr(recipient)[1], id=letter.get("headers", {}).get("Message-ID", ""), key=key)
            self.known[key] = number
        return json.dumps({"id": self.known[key]}).encode()

"""A mail provider on a port of this machine: it takes every mail and keeps a log, as a real one would."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

from aiosmtpd.controller import Controller


@dataclass(frozen=True, slots=True)
class Taken:
    recipient: str
    message_id: str
    at: float  # time.monotonic()


@dataclass(slots=True)
class Provider:
    port: int
    seconds_per_mail: float = 0
    log: list[Taken] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server, session, envelope) -> str:
        await asyncio.sleep(self.seconds_per_mail)
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        self.log += [Taken(recipient, message_id, time.monotonic()) for recipient in envelope.rcpt_tos]
        return "250 taken"


@contextmanager
def mail_provider(seconds_per_mail: float = 0) -> Iterator[Provider]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command
    provider = Provider(port, seconds_per_mail)
    server = Controller(provider, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield provider
    finally:
        server.stop()

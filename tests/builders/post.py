"""Messages that are planned, and a mail server that answers as it is told."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller

from messaging.actions import Planned, plan, stream
from messaging.models import Message, Template
from orders.models import Order


def planned(order: Order, at: datetime, template: str = "order_confirmation", key: str = "", **more: Any) -> Message:
    """A message about an order, due at ``at``; every further keyword replaces a field of ``Planned``."""
    known = {
        "key": key or f"test:{template}:{order.pk}",
        "stream_id": stream("test", "Test").pk,
        "template_id": Template.objects.get(slug=template).pk,
        "customer_id": order.customer_id,
        "address": order.email,
        "language": "uk",
        "subject": ("order", order.pk),
        "cause": ("test", order.pk),
        "send_after": at,
        "sender_id": order.store.sender_id,
    }
    made = Planned(**(known | more))
    plan([made])
    return Message.objects.get(key=made.key)


class Server:
    """Takes mails and keeps them; ``answers`` are given first, one per mail: a reply, or HANG_UP."""

    def __init__(self, answers: list[str]):
        self.answers, self.mails, self.refused = list(answers), [], {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer == HANG_UP:
            server.transport.abort()
            await asyncio.sleep(0)
            return "250 nobody hears this"
        if answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer


HANG_UP = "hang up"


@contextmanager
def mail_server(*answers: str) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(list(answers))
    server.port = port
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()

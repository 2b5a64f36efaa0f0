"""Tickets: one with its first word, many at once, and what comes by mail."""

import re
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from events.clocks import tick
from messaging.actions import signed_addresses
from messaging.actions.arrivals import keep
from messaging.models import InboundMail, LocalMail, Message
from orders.models import Order, Store
from support.actions.tickets import Opening, Words, open_tickets
from support.models import Ticket, TicketMessage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAILBOX = "care@lavka.example"
NUMBERS = count(1)
MAILS = ("ticket_reply", "ticket_received", "ticket_confirm")


def ticket(store: Store, order: Order | None = None, text: str = "Where is my parcel?", **fields: Any) -> Ticket:
    key, at = fields.pop("key", f"form:{next(NUMBERS)}"), fields.pop("at", NOON)
    known = {
        "key": key,
        "title": "Your order 1001" if order else "A question",
        "store_id": store.pk,
        "channel": "form",
        "language": "en",
        "email": order.email if order else "petro@example.com",
        "name": "Olena" if order else "Petro",
        "customer_id": order.customer_id if order else None,
        "order_id": order.pk if order else None,
        "words": Words(key, text, is_proven=True),
    }
    tickets, _new = open_tickets([Opening(**(known | fields))], at)
    return tickets[key]


def many(store: Store, total: int) -> None:
    """``total`` tickets a minute apart; each says its own number, every one speaks of a parcel."""
    made = Ticket.objects.bulk_create(
        [
            Ticket(
                key=f"many:{n}",
                title=f"Question {n}",
                store=store,
                email=f"buyer{n}@example.com",
                name=f"Olena No{n}",
                language="en",
                channel="form",
                state="open" if n % 10 == 0 else "solved",
                opened_at=NOON + timedelta(minutes=n),
                moved_at=NOON + timedelta(minutes=n),
            )
            for n in range(total)
        ],
        batch_size=2000,
    )
    TicketMessage.objects.bulk_create(
        [
            TicketMessage(
                ticket=one,
                direction="in",
                key=f"many:{n}",
                text=f"Where is my parcel? It is number{n} of the list.",
                version=1,
                written_at=one.opened_at,
            )
            for n, one in enumerate(made)
        ],
        batch_size=2000,
    )


def comes_in(raw: bytes) -> InboundMail:
    """A mail arrives, is read, and every fact is answered."""
    keep(raw, "imap")
    tick()
    return InboundMail.objects.latest("pk")


def reply_address(letter: Message) -> str:
    return signed_addresses.signed(MAILBOX, "reply", letter.pk)


def last_letter() -> Message:
    return Message.objects.latest("pk")


def link_in_last_mail(what: str = "t") -> str:
    found = re.search(rf"(/{what}/[\w-]+/)", _text(LocalMail.objects.latest("pk")))
    assert found
    return found[1]


def _text(kept: LocalMail) -> str:
    import email
    import email.policy

    body = email.message_from_bytes(bytes(kept.raw), policy=email.policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


def text_of_last_mail() -> str:
    return _text(LocalMail.objects.latest("pk"))

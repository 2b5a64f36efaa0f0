"""What a mail may say about a ticket: the namespaces ``store``, ``customer``, ``ticket``, ``order`` where it is about
one; in the mail that carries an answer, ``answer``. Notes are in none of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from loyalty.contexts import DESCRIBE as OF_COUPON
from loyalty.contexts import of_coupon
from messaging.actions.writing import message_id_of
from messaging.contexts import Context
from orders import contexts as orders
from orders.contexts import DESCRIBE as OF_ORDER
from support.links import ticket_url
from support.models import Ticket, TicketMessage
from support.variables import WORDS

TEXT = "text"
DESCRIBE = {
    "store": OF_ORDER["store"],
    "customer": OF_ORDER["customer"],
    "ticket": {"number": "number", "title": TEXT, "url": "url", "agent": TEXT},
}
OF_ANSWER = {**DESCRIBE, **OF_COUPON, "answer": {"text": TEXT, "agent": TEXT}}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Six queries for any number of tickets, two when none is about an order."""
    rows = Ticket.objects.filter(pk__in=ids).select_related("store", "customer", "assignee")
    tickets = list(rows)
    of_orders = (
        orders.load([t.order_id for t in tickets if t.order_id], now) if any(t.order_id for t in tickets) else {}
    )
    return {ticket.pk: of_ticket(ticket, of_orders.get(ticket.order_id or 0)) for ticket in tickets}


def of_ticket(ticket: Ticket, of_order: Mapping[str, Any] | None) -> dict[str, Any]:
    first_name, name = _names(ticket)
    return {
        **(of_order or _of_store(ticket)),
        "about": {"customer": ticket.customer_id} | ({"order": ticket.order_id} if ticket.order_id else {}),
        "markup": [],  # the mail is not about the order as such
        "customer": {"first_name": first_name, "name": name},
        "ticket": {
            "number": ticket.pk,
            "title": ticket.title,
            "url": ticket_url(ticket),
            "agent": str(ticket.assignee) if ticket.assignee else "",
        },
    }


def _names(ticket: Ticket) -> tuple[str, str]:
    """Of the profile; else as somebody wrote it himself, of which the first word is the first name."""
    if ticket.customer and ticket.customer.name:
        return ticket.customer.first_name, ticket.customer.name
    return ticket.name.partition(" ")[0], ticket.name


def _of_store(ticket: Ticket) -> dict[str, Any]:
    store = ticket.store
    zone = (ticket.customer.time_zone if ticket.customer else "") or store.time_zone
    manner = orders.manner_of(store) | {"discreet": False}
    return {"zone": zone, "manner": manner, "store": orders.of_store(store)}


def load_answers(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Answers, with their tickets and the ids of all mails before them: mail programs keep a conversation together.

    Two queries more than the tickets.
    """
    answers = {
        said.pk: said
        for said in TicketMessage.objects.filter(pk__in=ids, direction=TicketMessage.Direction.OUT).select_related(
            "author", "coupon__pool__store", "coupon__customer__stats"
        )
    }
    of_tickets = load(sorted({said.ticket_id for said in answers.values()}), now)
    talks = _talks(of_tickets)
    return {
        pk: {
            **of_tickets[said.ticket_id],
            "answer": {"text": said.text, "agent": str(said.author) if said.author else ""},
            **({"coupon": of_coupon(said.coupon)} if said.coupon else {}),
            "thread": _refs_before(said, talks[said.ticket_id]),
        }
        for pk, said in answers.items()
    }


def _talks(ticket_ids: Mapping[int, Any]) -> dict[int, list[TicketMessage]]:
    talks: dict[int, list[TicketMessage]] = {pk: [] for pk in ticket_ids}
    rows = TicketMessage.objects.filter(ticket__in=talks).select_related("letter__sender").order_by("version", "pk")
    for said in rows.defer("text", "words"):
        talks[said.ticket_id].append(said)
    return talks


def _refs_before(answer: TicketMessage, talk: Sequence[TicketMessage]) -> list[str]:
    refs: list[str] = []
    for said in talk:
        if said.pk != answer.pk and said.version < answer.version:
            refs += [message_id_of(said.letter)] if said.letter else []
            refs += [said.mail_ref] if said.mail_ref else []
    return list(dict.fromkeys(refs))


def examples(typed: str, limit: int) -> list[tuple[int, str]]:
    """The newest tickets, or the one of this number."""
    rows = Ticket.objects.order_by("-moved_at", "-pk")
    if typed:
        number = typed.lstrip("#№ ").strip()
        rows = rows.filter(pk=int(number)) if number.isdecimal() and len(number) < 12 else rows.none()
    return [(ticket.pk, str(ticket)) for ticket in rows[:limit]]


CONTEXT = Context(load, DESCRIBE, WORDS, examples)
ANSWER = Context(load_answers, OF_ANSWER, WORDS)

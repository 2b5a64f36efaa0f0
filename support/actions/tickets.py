"""Verbs about tickets: open them, hear the customer, confirm a stranger, solve, assign. Answers: answering.py."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from customers.actions import Sighting, close_matters, open_matters, recognise
from customers.models import Identifier
from events.facts import Fact, Recorded, record, record_all
from orders.actions.behind import KINDS as ASKED
from orders.actions.behind import orders_behind
from orders.models import Order
from shelf.reasons import Refusal
from shelf.rows import insert_missing_rows
from staff.models import User
from support.events import TicketAssigned, TicketOpened, TicketReopened, TicketReplied, TicketSolved
from support.models import Note, Ticket, TicketMessage
from tracking.models import Shipment

State, Channel, Priority = Ticket.State, Ticket.Channel, Ticket.Priority
Direction = TicketMessage.Direction

MATTER = "ticket"
LONGEST = 10_000  # characters of one message: two thousand words

EMPTY = _("Write something first.")
TOO_LONG = _("A message has up to %(most)s characters; this one has %(count)s.")
CUSTOMER_WROTE = _("The customer wrote meanwhile. Read it, and then send your answer.")
ANSWERED = _("%(who)s answered meanwhile. Read it, and then decide whether yours is still needed.")
NOTED = _("%(who)s left a note meanwhile. Read it, and then send your answer.")
TAKEN = _("%(who)s has taken this ticket meanwhile.")
CHANGED = _("Somebody changed this ticket meanwhile. Look at it once more.")
SOLVED_ALREADY = _("This ticket is solved already.")
NOT_SOLVED = _("This ticket is not solved.")
NOT_CONFIRMED = _("Nobody has confirmed the address of this ticket yet.")


class TicketRefused(Refusal):
    """Something that cannot be done with a ticket, with a sentence for whoever tried."""


def storable(typed: str) -> str:
    """What was typed as PostgreSQL keeps it: no NUL, no halves of letters, one kind of line end."""
    plain = typed.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return plain.encode("utf-8", "replace").decode("utf-8").strip()


def written(typed: str) -> str:
    """Raises TicketRefused for nothing, and for more than a message holds."""
    text = storable(typed)
    if not text:
        raise TicketRefused(EMPTY)
    if len(text) > LONGEST:
        raise TicketRefused(TOO_LONG, most=LONGEST, count=len(text))
    return text


# --- Opening ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """What the customer said. ``key`` is made from what brought it; ``mail_ref`` is its Message-ID."""

    key: str
    text: str
    mail_id: int | None = None
    mail_ref: str = ""
    letter_id: int | None = None  # the letter of ours that it answers
    is_proven: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """A ticket to be opened. ``key`` is made from the cause; ``note`` is for agents alone."""

    key: str
    title: str
    store_id: int
    channel: str
    language: str
    email: str = ""
    name: str = ""
    customer_id: int | None = None
    order_id: int | None = None
    shipment_id: int | None = None
    strays_from_id: int | None = None
    words: Words | None = None
    note: str = ""
    priority: int = Priority.NORMAL
    is_confirmed: bool = True
    claimed_order: str = ""


@transaction.atomic
def open_tickets(openings: Sequence[Opening], now: datetime) -> tuple[dict[str, Ticket], set[str]]:
    """The tickets by their keys, and the keys of those that are new. A key that exists stays as it is."""
    if not openings:
        return {}, set()
    by_key = {opening.key: opening for opening in openings}
    new = set(insert_missing_rows(_row(opening, now) for opening in by_key.values()))
    tickets = {ticket.key: ticket for ticket in Ticket.objects.filter(key__in=by_key).select_related("store")}
    fresh = {key: ticket for key, ticket in tickets.items() if ticket.pk in new}
    TicketMessage.objects.bulk_create(
        [_said(ticket, words, now) for key, ticket in fresh.items() if (words := by_key[key].words)]
    )
    Note.objects.bulk_create(
        [
            Note(ticket=ticket, key=f"opened:{ticket.pk}", text=by_key[key].note, version=1, written_at=now)
            for key, ticket in fresh.items()
            if by_key[key].note
        ]
    )
    _tell_opened([ticket for ticket in fresh.values() if ticket.state == State.OPEN], now)
    return tickets, set(fresh)


def _row(o: Opening, now: datetime) -> Ticket:
    return Ticket(
        key=o.key,
        title=" ".join(storable(o.title).split())[:200],
        store_id=o.store_id,
        customer_id=o.customer_id,
        order_id=o.order_id,
        shipment_id=o.shipment_id,
        strays_from_id=o.strays_from_id,
        email=o.email,
        name=" ".join(storable(o.name).split())[:120],
        language=o.language,
        channel=o.channel,
        state=State.OPEN if o.is_confirmed else State.UNCONFIRMED,
        priority=o.priority,
        claimed_order=storable(o.claimed_order)[:60],
        opened_at=now,
        moved_at=now,
        confirmed_at=now if o.is_confirmed else None,
    )


def _said(ticket: Ticket, words: Words, now: datetime) -> TicketMessage:
    return TicketMessage(
        ticket=ticket,
        direction=Direction.IN,
        key=words.key,
        text=storable(words.text)[:LONGEST],
        mail_id=words.mail_id,
        mail_ref=words.mail_ref,
        letter_id=words.letter_id,
        is_proven=words.is_proven,
        version=ticket.version,
        written_at=now,
    )


def _tell_opened(tickets: Sequence[Ticket], now: datetime) -> None:
    record_all(
        [
            Recorded(
                TicketOpened(ticket.channel, ticket.priority, ticket.order_id),
                ("ticket", ticket.pk),
                ticket.customer_id,
                now,
                f"ticket.opened:{ticket.pk}",
            )
            for ticket in tickets
        ]
    )
    _hold_matters(tickets, now)


def _hold_matters(tickets: Sequence[Ticket], now: datetime) -> None:
    """Until they are solved nothing is asked of these customers."""
    open_matters(MATTER, {("ticket", t.pk): t.customer_id for t in tickets if t.customer_id}, now)


# --- The customer -------------------------------------------------------------------------------------------------


def locked(ticket_id: int) -> Ticket:
    """The row, for this transaction alone."""
    return Ticket.objects.select_for_update().get(pk=ticket_id)


@transaction.atomic
def hear(ticket_id: int, words: Words, now: datetime) -> bool:
    """The customer wrote again; a solved ticket opens. False when these words were heard before."""
    ticket = locked(ticket_id)
    if TicketMessage.objects.filter(key=words.key).exists():
        return False
    was_solved = ticket.state == State.SOLVED
    ticket.version += 1
    ticket.moved_at = now
    message = _said(ticket, words, now)
    message.save(force_insert=True)
    if ticket.state == State.UNCONFIRMED:
        ticket.save(update_fields=["version", "moved_at"])
        if words.is_proven:  # the mail came to the address that only the confirmation told
            confirm(ticket_id, now)
        return True
    ticket.state = State.OPEN
    if was_solved:
        ticket.reopened, ticket.solved_at = ticket.reopened + 1, None
    ticket.save(update_fields=["version", "moved_at", "state", "reopened", "solved_at"])
    _tell(ticket, TicketReplied(message.pk, ticket.order_id), now)
    if was_solved:
        _tell(ticket, TicketReopened(True, ticket.order_id), now)
        _hold_matters([ticket], now)
    return True


@transaction.atomic
def confirm(ticket_id: int, now: datetime) -> bool:
    """The owner of a stranger's address said that the message is theirs: agents see it. False: it was so already."""
    ticket = locked(ticket_id)
    if ticket.state != State.UNCONFIRMED:
        return False
    first_name, _space, last_name = ticket.name.partition(" ")
    customer = recognise([Sighting(email=ticket.email, first_name=first_name, last_name=last_name)])[0]
    Identifier.objects.filter(kind="email", scope="", value=ticket.email, verified_at=None).update(verified_at=now)
    ticket.state, ticket.confirmed_at, ticket.customer = State.OPEN, now, customer
    ticket.version += 1
    ticket.moved_at = now
    ticket.save(update_fields=["state", "confirmed_at", "customer", "version", "moved_at"])
    _tell_opened([ticket], now)
    return True


def addresses_of(tickets: Iterable[Ticket]) -> dict[int, set[str]]:
    """Who takes part: where answers go, and the customer's other addresses. One query."""
    known = list(tickets)
    people = {ticket.customer_id for ticket in known if ticket.customer_id}
    rows = Identifier.objects.filter(customer__in=people, kind=Identifier.Kind.EMAIL)
    by_person: dict[int, set[str]] = {}
    for customer_id, value in rows.values_list("customer_id", "value"):
        by_person.setdefault(customer_id, set()).add(value)
    return {t.pk: ({t.email} | by_person.get(t.customer_id or 0, set())) - {""} for t in known}


# --- Agents -------------------------------------------------------------------------------------------------------


def refuse_unseen(ticket: Ticket, seen: int, by: User) -> None:
    """Raises TicketRefused when something happened after the version that was seen, and says what."""
    if ticket.version == seen:
        return
    newer = TicketMessage.objects.filter(ticket=ticket, version__gt=seen).select_related("author").order_by("-version")
    message = newer.first()
    if message and message.direction == Direction.IN:
        raise TicketRefused(CUSTOMER_WROTE)
    if message:
        raise TicketRefused(ANSWERED, who=str(message.author or "–"))
    note = Note.objects.filter(ticket=ticket, version__gt=seen).select_related("author").order_by("-version").first()
    if note:
        raise TicketRefused(NOTED, who=str(note.author or "–"))
    if ticket.assignee and ticket.assignee_id != by.pk:
        raise TicketRefused(TAKEN, who=str(ticket.assignee))
    raise TicketRefused(CHANGED)


@transaction.atomic
def assign(ticket_id: int, to: User | None, seen: int, by: User, now: datetime) -> None:
    """Give a ticket to somebody, take it oneself (``to`` is ``by``), or let it go. Raises TicketRefused."""
    ticket = locked(ticket_id)
    if ticket.assignee_id == (to.pk if to else None):
        return
    refuse_unseen(ticket, seen, by)
    ticket.assignee = to
    ticket.version += 1
    ticket.save(update_fields=["assignee", "version"])
    _tell(ticket, TicketAssigned(to.pk if to else None, ticket.order_id), now, by)


@transaction.atomic
def set_priority(ticket_id: int, priority: int, seen: int, by: User) -> None:
    ticket = locked(ticket_id)
    refuse_unseen(ticket, seen, by)
    ticket.priority = Priority(priority)
    ticket.version += 1
    ticket.save(update_fields=["priority", "version"])


@transaction.atomic
def note(ticket_id: int, typed: str, key: str, by: User, now: datetime) -> None:
    """Tell the other agents something; the customer never reads it. The same key again is the same note."""
    text = written(typed)
    ticket = locked(ticket_id)
    if Note.objects.filter(key=key).exists():
        return
    ticket.version += 1
    ticket.save(update_fields=["version"])
    Note.objects.create(ticket=ticket, author=by, key=key, text=text, version=ticket.version, written_at=now)


@transaction.atomic
def solve(ticket_id: int, seen: int, by: User, now: datetime) -> None:
    ticket = locked(ticket_id)
    refuse_unconfirmed(ticket)
    if ticket.state == State.SOLVED:
        raise TicketRefused(SOLVED_ALREADY)
    refuse_unseen(ticket, seen, by)
    ticket.version += 1
    settle([ticket], by, now)


def settle(tickets: Sequence[Ticket], by: User, now: datetime) -> None:
    """Solved, in the caller's transaction, the rows locked: what waited for the matter is looked at again."""
    for ticket in tickets:
        ticket.state, ticket.solved_at = State.SOLVED, now
        ticket.save(update_fields=["state", "solved_at", "version"])
        _tell(ticket, TicketSolved(ticket.order_id), now, by)
    close_matters(MATTER, [("ticket", ticket.pk) for ticket in tickets], now)


@transaction.atomic
def reopen(ticket_id: int, seen: int, by: User, now: datetime) -> None:
    ticket = locked(ticket_id)
    if ticket.state != State.SOLVED:
        raise TicketRefused(NOT_SOLVED)
    refuse_unseen(ticket, seen, by)
    ticket.state, ticket.solved_at = State.OPEN, None
    ticket.reopened += 1
    ticket.version += 1
    ticket.save(update_fields=["state", "solved_at", "reopened", "version"])
    _tell(ticket, TicketReopened(False, ticket.order_id), now, by)
    _hold_matters([ticket], now)


def refuse_unconfirmed(ticket: Ticket) -> None:
    if ticket.state == State.UNCONFIRMED:
        raise TicketRefused(NOT_CONFIRMED)


def _tell(ticket: Ticket, fact: Fact, now: datetime, by: User | None = None) -> None:
    record(
        fact,
        subject=("ticket", ticket.pk),
        customer_id=ticket.customer_id,
        at=now,
        created_by_id=by.pk if by else None,
    )


# --- What a ticket is about ---------------------------------------------------------------------------------------


def orders_of(subjects: Mapping[int, tuple[str, int]]) -> dict[int, tuple[Order, int | None]]:
    """The order, and the parcel where there is one, that each of these letters speaks of. Four queries at most.

    A letter to a person as a customer (``buyer``) speaks of no order, nor do others.
    """
    parcel_ids = [pk for kind, pk in subjects.values() if kind == "shipment"]
    parcels = dict(Shipment.objects.filter(pk__in=parcel_ids).values_list("pk", "order_id"))
    asked = {name: orders_behind(name, [pk for kind, pk in subjects.values() if kind == name]) for name in ASKED}
    order_ids = {pk for kind, pk in subjects.values() if kind == "order"} | set(parcels.values())
    order_ids |= {order_id for of_kind in asked.values() for order_id in of_kind.values()}
    orders = Order.objects.select_related("store", "customer").in_bulk(order_ids)
    found: dict[int, tuple[Order, int | None]] = {}
    for letter_id, (kind, pk) in subjects.items():
        known = parcels if kind == "shipment" else asked.get(kind, {})
        order = orders.get(pk if kind == "order" else known.get(pk, 0))
        if order:
            found[letter_id] = (order, pk if kind == "shipment" else None)
    return found

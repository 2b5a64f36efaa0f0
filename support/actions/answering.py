"""Answer a ticket by mail: one letter per answer, of which two agents know."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from events.facts import record
from loyalty.actions import Issue, issue_coupon
from loyalty.actions.ledger import LoyaltyRefused
from loyalty.models import Coupon
from staff.models import User
from support.actions import letters
from support.actions.tickets import State, TicketRefused, locked, refuse_unconfirmed, refuse_unseen, settle, written
from support.events import TicketAnswered
from support.models import Ticket, TicketMessage

NOBODY = _("We do not know whose ticket this is: there is nobody to give a coupon to.")
NO_ADDRESS = _("Nobody knows an e-mail address for this ticket: there is nowhere to send an answer.")


@transaction.atomic
def answer(
    ticket_id: int,
    typed: str,
    key: str,
    seen: int,
    by: User,
    now: datetime,
    solves: bool = False,
    pool_id: int | None = None,
) -> TicketMessage:
    """The answer and the letter that carries it. The same ``key`` again is the same answer: a form sent twice.

    A coupon of ``pool_id`` goes along. Raises TicketRefused when somebody wrote after the version ``seen``, or there is
    nothing to give; then nothing is sent.
    """
    text = written(typed)
    ticket = locked(ticket_id)
    before = TicketMessage.objects.filter(key=f"answer:{key}").first()
    if before:
        return before
    refuse_unconfirmed(ticket)
    refuse_unseen(ticket, seen, by)
    if not ticket.email:
        raise TicketRefused(NO_ADDRESS)
    is_first = ticket.first_answered_at is None
    _note_answer(ticket, by, now)
    said = TicketMessage.objects.create(
        ticket=ticket,
        direction=TicketMessage.Direction.OUT,
        key=f"answer:{key}",
        text=text,
        author=by,
        version=ticket.version,
        written_at=now,
    )
    said.coupon = _give_coupon(ticket, said, pool_id, by, now) if pool_id else None
    said.letter = letters.write(ticket, letters.REPLY, f"ticket:answer:{said.pk}", ("answer", said.pk), now)
    said.save(update_fields=["coupon", "letter"])
    record(
        TicketAnswered(said.pk, is_first, ticket.order_id),
        subject=("ticket", ticket.pk),
        customer_id=ticket.customer_id,
        at=now,
        created_by_id=by.pk,
    )
    if solves:
        settle([ticket], by, now)
    return said


def _note_answer(ticket: Ticket, by: User, now: datetime) -> None:
    """Whoever answers a ticket that nobody has, has it; a solved one stays solved."""
    ticket.version += 1
    ticket.moved_at = now
    ticket.first_answered_at = ticket.first_answered_at or now
    ticket.assignee = ticket.assignee or by
    if ticket.state == State.OPEN:
        ticket.state = State.PENDING
    ticket.save(update_fields=["version", "moved_at", "first_answered_at", "assignee", "state"])


def _give_coupon(ticket: Ticket, said: TicketMessage, pool_id: int, by: User, now: datetime) -> Coupon:
    if ticket.customer_id is None:
        raise TicketRefused(NOBODY)
    about = ("order", ticket.order_id) if ticket.order_id else ("customer", ticket.customer_id)
    issue = Issue(pool_id, ticket.customer_id, f"ticket:answer:{said.pk}", Coupon.Cause.AGENT, about, by, str(ticket))
    try:
        return issue_coupon(issue, now)
    except LoyaltyRefused as refusal:
        raise TicketRefused(refusal.reason.text, **refusal.reason.values) from None

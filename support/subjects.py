"""Tickets as what journeys are about: a check-back after the solution, an apology while it takes long."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from events.models import Event
from messaging.subjects import Anchor, Subject, Told
from support.models import Ticket

ANCHORS = {
    "opened_at": Anchor(_("the ticket was opened"), ("ticket.opened",)),
    "first_answered_at": Anchor(_("the first answer"), ("ticket.answered",)),
    "solved_at": Anchor(_("the ticket was solved"), ("ticket.solved", "ticket.reopened")),
}


def ticket_of(event: Event) -> int | None:
    return event.subject_id if event.subject_type == "ticket" else None


def tell(ids: Sequence[int], now: datetime) -> dict[int, Told]:
    """One query for any number of tickets. A stranger's, which nobody confirmed, is absent."""
    rows = Ticket.objects.filter(pk__in=ids).exclude(state=Ticket.State.UNCONFIRMED)
    return {ticket.pk: of_ticket(ticket) for ticket in rows.select_related("store", "customer")}


def of_ticket(ticket: Ticket) -> Told:
    store = ticket.store
    return Told(
        customer_id=ticket.customer_id,
        address=ticket.email,
        language=ticket.language,
        zone=(ticket.customer.time_zone if ticket.customer else "") or store.time_zone,
        country=store.country,
        sender_id=store.sender_id,
        about=("ticket", ticket.pk),
        store_zone=store.time_zone,
        order_id=ticket.order_id,
        anchors={name: getattr(ticket, name) for name in ANCHORS},
    )


TICKET = Subject(_("a ticket"), tell, ticket_of, ("ticket.",), ANCHORS)

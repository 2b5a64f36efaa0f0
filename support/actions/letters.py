"""Letters of tickets: each is a message of messaging's, written here, sent there."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from messaging.actions import Planned, plan, stream
from messaging.models import Message, Template
from support.actions.tickets import TicketRefused
from support.models import Ticket

REPLY, RECEIVED, CONFIRM = "ticket_reply", "ticket_received", "ticket_confirm"
OF_USE = timedelta(days=7)

NO_TEMPLATE = _("The mail “%(template)s” is missing. “manage.py prepare” makes it.")


def write(ticket: Ticket, slug: str, key: str, about: tuple[str, int], now: datetime) -> Message:
    """Plan one letter to whoever the ticket is from, in the running transaction; the one of this key, if it exists."""
    template = Template.objects.filter(slug=slug).first()
    if template is None:
        raise TicketRefused(NO_TEMPLATE, template=slug)
    store = ticket.store
    planned = Planned(
        key=key,
        stream_id=stream("support", "Support").pk,
        template_id=template.pk,
        customer_id=ticket.customer_id,
        address=ticket.email,
        language=ticket.language,
        subject=about,
        cause=("ticket", ticket.pk),
        send_after=now,
        # what an agent wrote is of use whenever it comes; a notice of receipt is not
        expires_at=None if slug == REPLY else now + OF_USE,
        country=store.country,
        time_zone=store.time_zone,
        sender_id=store.sender_id,
    )
    plan([planned])
    return Message.objects.get(key=key)

"""The address of a ticket's page. Raising ``Ticket.link_version`` revokes every link to it at once."""

from datetime import timedelta

from django.conf import settings

from shelf import links
from support.models import Ticket

PURPOSE = "ticket"
LIVES = timedelta(days=180)  # from the mail that carried it; every answer brings a fresh one


def ticket_path(ticket: Ticket) -> str:
    return f"/t/{links.make(PURPOSE, ticket.pk, ticket.link_version, LIVES)}/"


def ticket_url(ticket: Ticket) -> str:
    return f"{settings.PUBLIC_URL}{ticket_path(ticket)}"

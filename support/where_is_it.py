"""Tickets that ask where an order is: the share that the report of parcels shows beside them."""

from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from support.models import Ticket, TicketMessage
from tracking.figures import Asked

WRITTEN = (Ticket.Channel.FORM, Ticket.Channel.MAIL, Ticket.Channel.API)
# As people ask it in our three languages; tsquery over words as they stand, by their beginnings.
PHRASES = (
    "where & (order | parcel | package | delivery | shipment)",
    "when & (arriv:* | deliver:* | ship:* | come)",
    "(not | hasn | hasnt | haven | never) & (arriv:* | received | delivered | come) & (order | parcel | package | it)",
    "tracking",
    "де & (замовлен:* | посилк:* | пакун:* | відправлен:* | товар)",
    "коли & (прийд:* | приїд:* | достав:* | отрима:* | надійд:* | чека:*)",
    "не & (прийшл:* | прийшов | надійшл:* | отрима:* | достав:*) & (замовлен:* | посилк:* | пакун:*)",
    "ттн | трек:* | відстеж:*",
    "где & (заказ:* | посылк:* | отправлен:* | товар)",
    "когда & (прид:* | приед:* | достав:* | получ:* | ждать)",
    "не & (приш:* | получ:* | достав:*) & (заказ:* | посылк:*)",
    "отслед:*",
)
ASKS = SearchQuery(" | ".join(f"({phrase})" for phrase in PHRASES), search_type="raw", config="simple")


def asked_where(since: datetime, until: datetime) -> Asked:
    """One query, by the index ticket_newest: a ticket opened since then has moved since then."""
    said = TicketMessage.objects.filter(
        ticket=OuterRef("pk"), direction=TicketMessage.Direction.IN, words=ASKS
    ).order_by()
    tickets = (
        Ticket.objects.filter(moved_at__gte=since, opened_at__gte=since, opened_at__lt=until, channel__in=WRITTEN)
        .exclude(state=Ticket.State.UNCONFIRMED)
        .filter(strays_from=None)
    )
    found = tickets.aggregate(where=Count("pk", filter=Q(words=ASKS) | Exists(said)), tickets=Count("pk"))
    return Asked(found["where"], found["tickets"], reverse("admin:support_ticket_changelist"))

"""What conversations hold of people."""

from django.db.models import F, Q
from django.utils.translation import gettext_noop as _

from customers.holdings import Holding, People
from support.models import Ticket

COUNTED = _("That somebody wrote, when, and how long an answer took: without the words.")


def written(people: People) -> Q:
    return Q(customer__in=people.ids) | Q(email__in=people.addresses)


def in_written(people: People) -> Q:
    return Q(ticket__in=Ticket.objects.filter(written(people)).values("pk"))


HOLDINGS = (
    Holding("support.Note", in_written, goes=True, tells=False),
    Holding("support.TicketMessage", in_written, empties={"text": "", "mail_ref": ""}, hides=("key",)),
    Holding(
        "support.Ticket",
        written,
        empties={
            **dict.fromkeys(("title", "email", "name", "claimed_order"), ""),
            "link_version": F("link_version") + 1,
        },
        why=COUNTED,
        hides=("key", "link_version"),
    ),
)

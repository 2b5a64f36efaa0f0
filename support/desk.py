"""How agents find and see tickets: the colours of their states, and the search."""

import re
from collections.abc import Iterable

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from orders.desk import number_spellings
from shelf.emails import normalise_email
from staff.display import pill
from staff.lists import FOUND, Find, search
from support.models import Ticket, TicketMessage

TONES = {"unconfirmed": "plain", "open": "now", "pending": "wait", "solved": "good"}
URGENCY = {Ticket.Priority.URGENT: "bad", Ticket.Priority.HIGH: "wait"}


def state_pill(ticket: Ticket) -> SafeString | str:
    return pill(ticket.get_state_display(), TONES[ticket.state])


def priority_pill(ticket: Ticket) -> SafeString | str:
    """Nothing for an ordinary one."""
    priority = Ticket.Priority(ticket.priority)
    return pill(str(priority.label), URGENCY[priority]) if priority in URGENCY else ""


# --- Search -------------------------------------------------------------------------------------------------------


def own_number(typed: str) -> Iterable[int]:
    bare = typed.lstrip("#№ ").strip()
    return [int(bare)] if bare.isdecimal() and len(bare) < 10 else []


def address(typed: str) -> Iterable[str]:
    return [normalise_email(typed) or typed.lower()] if "@" in typed else []


BY_ORDER = Find("order__number", number_spellings, prefix=True)
FINDS = (
    Find("pk", own_number),
    BY_ORDER,
    Find("email", address, prefix=True),
)
_WORD = re.compile(r"\w+")


def find_tickets(rows: QuerySet, typed: str) -> QuerySet:
    """Tickets by number, order number, e-mail, or the words of their titles, names and messages.

    Words are asked of the GIN indexes first, capped; only where the cap is hit, and every page of the table holds
    some, are the newest messages walked instead. So rare, common and absent words all cost about the same.
    """
    if "@" in typed or own_number(typed):
        return search(rows, FINDS, typed)
    query = _query(typed)
    if query is None:
        return rows.none()
    by_title = Ticket.objects.annotate(found=SearchVector("title", "name", config="simple")).filter(found=query)
    by_number = [find.condition(typed) for find in FINDS[1:2]]
    numbered = [
        Ticket.objects.filter(condition).order_by().values("pk")[:FOUND] for condition in by_number if condition
    ]
    wanted = by_title.order_by().values("pk")[:FOUND].union(_saying(query), *numbered, all=True)
    return rows.filter(pk__in=wanted)


def _saying(query: SearchQuery) -> QuerySet:
    said = TicketMessage.objects.filter(words=query)
    few = said.order_by().values_list("ticket_id")[: FOUND + 1]
    if len(few) <= FOUND:
        return Ticket.objects.filter(pk__in={pk for (pk,) in few}).order_by().values("pk")
    return Ticket.objects.filter(pk__in=said.order_by("-pk").values("ticket")[:FOUND]).order_by().values("pk")


def _query(typed: str) -> SearchQuery | None:
    """All of the words, each by its beginning: people's languages bend their ends."""
    words = _WORD.findall(typed)[:8]
    return (
        SearchQuery(" & ".join(f"'{word}':*" for word in words), search_type="raw", config="simple") if words else None
    )

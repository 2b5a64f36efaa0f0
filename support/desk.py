"""How agents find and see tickets: the colours of their states, and the search."""

import re
from collections.abc import Iterable

from django.db import connection
from django.db.models import Model, QuerySet
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


def own_number(typed: str) -> Iterable[str]:
    bare = typed.lstrip("#№ ").strip()
    return [bare] if bare.isdecimal() and len(bare) < 10 else []


def address(typed: str) -> Iterable[str]:
    return [normalise_email(typed) or typed.lower()] if "@" in typed else []


BY_ORDER = Find("order__number", number_spellings, prefix=True)
FINDS = (
    Find("pk", own_number),
    BY_ORDER,
    Find("email", address, prefix=True),
)
LOOKED_AT, WALKED = 2_000, 20_000  # of the newest rows: to tell a common word, and to find it
_WORD = re.compile(r"\w+")


def find_tickets(rows: QuerySet, typed: str) -> QuerySet:
    """Tickets by number, order number, e-mail, or the words of their titles, names and messages; of many the newest.

    What every twentieth of the newest rows holds is common, and the newest are walked for it. The rest is asked of the
    GIN index. Left to itself the planner walks for absent words too, through the whole table.
    """
    if "@" in typed or own_number(typed):
        return search(rows, FINDS, typed)
    query = _query(typed)
    if not query:
        return rows.none()
    by_order = BY_ORDER.condition(typed)
    found = {pk for (pk,) in Ticket.objects.filter(by_order).values_list("pk")[:FOUND]} if by_order else set()
    found |= _saying(Ticket, "id", "moved_at DESC, id DESC", query)
    found |= _saying(TicketMessage, "ticket_id", "id DESC", query)
    return rows.filter(pk__in=found)


def _saying(model: type[Model], ticket: str, newest: str, query: str) -> set[int]:
    table = model._meta.db_table
    asked = "WHERE words @@ to_tsquery('simple', %s)"
    walked = f"SELECT {ticket} FROM (SELECT {ticket}, words FROM {table} ORDER BY {newest} LIMIT %s) n {asked}"  # noqa: S608
    sought = f"SELECT {ticket} FROM {table} {asked} ORDER BY id + 0 DESC"  # noqa: S608 - our own names; + 0: no walk
    found = _ids(f"{walked} LIMIT {FOUND}", [LOOKED_AT, query])
    if len(found) * 20 >= LOOKED_AT:
        return found | _ids(f"{walked} LIMIT {FOUND}", [WALKED, query])
    return found | _ids(f"{sought} LIMIT {FOUND}", [query])


def _ids(sql: str, values: list[int | str]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {pk for (pk,) in cursor.fetchall()}


def _query(typed: str) -> str:
    """All of the words, each by its beginning: people's languages bend their ends."""
    return " & ".join(f"'{word}':*" for word in _WORD.findall(typed)[:8])

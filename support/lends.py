"""What support lends: fields of conditions; to the agent's room sentences, search, tiles, panels."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from shelf.conditions import Field, Rows, Type
from staff import display
from staff.home import Tile
from staff.lists import CAP
from staff.panels import Panel
from staff.search import Hit
from staff.timeline import Sentence
from support.desk import find_tickets, state_pill
from support.models import Article, Ticket
from support.models.articles import SOON

# --- Conditions -----------------------------------------------------------------------------------------------------


def _tickets():
    return Ticket.objects.order_by()


FIELDS = (
    Field("customer.tickets", gettext_lazy("tickets that are"), Type.SET, choices=Ticket.State.choices[1:],
          rows=Rows(_tickets, "customer", "state"), group=gettext_lazy("What was said")),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------

PANEL_ROWS = 10

SENTENCES = {
    "ticket.opened": Sentence(gettext_noop("A ticket was opened"), "inbox", "now"),
    "ticket.replied": Sentence(gettext_noop("The customer wrote in a ticket"), "inbox", "now"),
    "ticket.answered": Sentence(gettext_noop("An agent answered a ticket"), "mail", "good"),
    "ticket.assigned": Sentence(gettext_noop("A ticket went to another agent"), "person"),
    "ticket.solved": Sentence(gettext_noop("A ticket was solved"), "check", "good"),
    "ticket.reopened": Sentence(gettext_noop("A ticket was opened again"), "back", "wait"),
    "article.verified": Sentence(gettext_noop("An article was verified"), "check", "good"),
    "article.published": Sentence(gettext_noop("An article was published"), "text", "good"),
    "article.unpublished": Sentence(gettext_noop("An article was taken off"), "text"),
    "article.expired": Sentence(gettext_noop("The verification of an article ran out"), "clock", "wait"),
}


def search(typed: str, limit: int) -> list[Hit]:
    """Tickets by number, e-mail, name or words, the newest first."""
    found = find_tickets(Ticket.objects.exclude(state=Ticket.State.UNCONFIRMED), typed)
    return [
        Hit(
            str(ticket),
            f"{ticket.name or ticket.email} · {ticket.get_state_display()}".strip(" ·"),
            display.page_of("ticket", ticket.pk),
            gettext_lazy("Tickets"),
            "support.view_ticket",
        )
        for ticket in found.order_by("-moved_at", "-pk")[:limit]
    ]


def tiles(now: datetime) -> list[Tile]:
    """Tickets that wait for an answer of ours, and those of them that nobody has taken."""
    may, url = "support.view_ticket", reverse("admin:support_ticket_changelist")
    waiting = Ticket.objects.filter(state=Ticket.State.OPEN).order_by()
    count = waiting[: CAP + 1].count()
    free = waiting.filter(assignee=None)[: CAP + 1].count()
    note = _("%(count)s without an agent") % {"count": display.capped(free, CAP)} if free else ""
    return [Tile(_("Tickets to answer"), display.capped(count, CAP), f"{url}?state__exact=open", note, permission=may)]


def article_tiles(now: datetime) -> list[Tile]:
    """Articles whose time is over, or will be within a week."""
    url = f"{reverse('admin:support_article_changelist')}?verified=due"
    published = Article.objects.filter(state=Article.State.PUBLISHED).order_by()
    due = published.filter(verified_until__lte=now + SOON)[: CAP + 1].count()
    over = published.filter(verified_until__lte=now)[: CAP + 1].count()
    if not due:
        return []
    note = _("%(count)s given to nobody any more") % {"count": display.capped(over, CAP)} if over else ""
    may = "support.view_article"
    return [Tile(_("Articles to verify"), display.capped(due, CAP), url, note, shelf="trouble", permission=may)]


def customer_panel(customer_id: int) -> Panel | None:
    return _panel(Q(customer=customer_id))


def order_panel(order_id: int) -> Panel | None:
    return _panel(Q(order=order_id))


def _panel(about: Q) -> Panel | None:
    rows = Ticket.objects.filter(about).exclude(state=Ticket.State.UNCONFIRMED).select_related("assignee")
    tickets = list(rows.order_by("-moved_at", "-pk")[: PANEL_ROWS + 1])
    if not tickets:
        return None
    for ticket in tickets:
        ticket.pill = state_pill(ticket)
        ticket.page_url = display.page_of("ticket", ticket.pk)
    count = display.capped(len(tickets), PANEL_ROWS)
    return Panel("tickets", _("Tickets"), "admin/panels/tickets.html", {"tickets": tickets[:PANEL_ROWS]}, count=count)

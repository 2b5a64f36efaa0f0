"""Tickets as agents see them: the list, and the page where one is answered beside what is known of its customer."""

import secrets
from typing import Any

from csp.decorators import csp
from django.conf import settings
from django.contrib import admin, messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from messaging.desk import state_pill as letter_pill
from messaging.inbound import UnreadableMail, read_mail
from messaging.inbound.readable import readable
from staff import timeline
from staff.display import link, page_of, when
from staff.lists import ReadingRoom, deed
from staff.models import User
from support.actions import tickets as deeds
from support.actions.answering import answer
from support.actions.macros import fill_macro
from support.actions.tickets import LONGEST, TicketRefused
from support.answers import PUBLIC, said_in
from support.desk import FINDS, find_tickets, priority_pill, state_pill
from support.links import ticket_url
from support.markup import text_of
from support.models import Macro, Note, Ticket, TicketMessage

MAY = "support.change_ticket"
READING = 120  # seconds for which somebody who opened a ticket counts as reading it
TIMELINE = 20


class ByAgent(admin.SimpleListFilter):
    title = _("assigned to")
    parameter_name = "agent"

    def lookups(self, request, model_admin):
        return [("me", _("me")), ("none", _("nobody"))]

    def queryset(self, request, queryset):
        if self.value() == "me":
            return queryset.filter(assignee=request.user)
        return queryset.filter(assignee=None) if self.value() == "none" else queryset


@admin.register(Ticket)
class Tickets(ReadingRoom):
    place = ("day", 0)
    symbol = "inbox"
    subject = "ticket"
    keyset = ("-moved_at", "-pk")
    list_display = ("about", "state_pill", "urgency", "writer", "order_number", "agent", "moved")
    list_filter = ("state", ByAgent, "priority", "channel", "store")
    list_select_related = ("order", "assignee", "store")
    search_hint = _("Number, e-mail, name, words")
    empty_text = _("Tickets appear here when customers write: by a form, by e-mail, as an answer to a letter.")
    export = (
        ("pk", _("number")),
        ("title", _("about")),
        ("state", _("state")),
        ("priority", _("priority")),
        ("channel", _("came by")),
        ("email", _("e-mail")),
        ("name", _("name")),
        ("order__number", _("order")),
        ("assignee__name", _("assigned to")),
        ("opened_at", _("opened at")),
        ("first_answered_at", _("first answered at")),
        ("solved_at", _("solved at")),
        ("reopened", _("times reopened")),
    )
    deeds = ("answer", "note", "claim", "let_go", "give", "rank", "solve", "reopen")
    finds = FINDS  # and words, find_tickets

    def get_queryset(self, request):
        """What nobody has confirmed stands in the list only for those who ask for it by its state."""
        rows, hidden = super().get_queryset(request).defer("words"), Ticket.State.UNCONFIRMED
        match = request.resolver_match
        on_list = bool(match and match.url_name and match.url_name.endswith("changelist"))
        return rows.exclude(state=hidden) if on_list and request.GET.get("state__exact") != hidden else rows

    def get_search_results(self, request, queryset, search_term):
        typed = search_term.strip()[:200].replace("\x00", "")
        return (find_tickets(queryset, typed) if typed else queryset), False

    def get_urls(self):
        html = self.admin_site.admin_view(self.mail_html)
        return [path("<int:pk>/mail/<int:said>/", html, name="support_ticket_mail"), *super().get_urls()]

    # --- the list ---------------------------------------------------------------------------------------------------

    @admin.display(description=_("about"))
    def about(self, ticket):
        return str(ticket)

    @admin.display(description=_("state"))
    def state_pill(self, ticket):
        return state_pill(ticket)

    @admin.display(description=_("priority"))
    def urgency(self, ticket):
        return priority_pill(ticket)

    @admin.display(description=_("customer"))
    def writer(self, ticket):
        return ticket.name or ticket.email

    @admin.display(description=_("order"))
    def order_number(self, ticket):
        return link(page_of("order", ticket.order_id), ticket.order.number) if ticket.order else ""

    @admin.display(description=_("assigned to"))
    def agent(self, ticket):
        return str(ticket.assignee) if ticket.assignee else ""

    @admin.display(description=_("last word at"))
    def moved(self, ticket):
        return when(ticket.moved_at)

    # --- the page ---------------------------------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        response = super().change_view(request, object_id, form_url, extra_context)
        response._csp_update = {"frame-src": ["'self'"]}
        return response

    def page(self, request, ticket):
        now = timezone.now()
        typed, macro = "", self._chosen_macro(request)
        if macro:
            try:
                typed = fill_macro(macro, ticket, now)
            except TicketRefused as refusal:
                messages.error(request, str(refusal))
        typed = typed or self._put_in(request, ticket)
        customer_id = ticket.customer_id
        return {
            "deeds": [],  # the page has its own buttons, beside what they are about
            "may": request.user.has_perm(MAY),
            "pill": state_pill(ticket),
            "urgency": priority_pill(ticket),
            "talk": talk_of(ticket),
            "typed": typed,
            "macro": macro,
            "macros": Macro.objects.filter(retired_at=None).order_by("name"),
            "agents": User.objects.filter(is_active=True).order_by("name", "pk"),
            "priorities": Ticket.Priority.choices,
            "once": secrets.token_urlsafe(16),
            "longest": LONGEST,
            "readers": others_reading(ticket.pk, request.user),
            "customer_url": page_of("customer", customer_id),
            "order_url": page_of("order", ticket.order_id),
            "parcel_url": page_of("shipment", ticket.shipment_id),
            "strays_from_url": page_of("ticket", ticket.strays_from_id),
            "strays": [(page_of("ticket", one.pk), one) for one in ticket.strays.order_by("pk")],
            "page_url": ticket_url(ticket),
            "entries": entries_of(ticket),
        }

    def _chosen_macro(self, request: HttpRequest) -> Macro | None:
        slug = request.GET.get("macro", "").replace("\0", "")
        return (
            Macro.objects.filter(slug=slug).select_related("pool").prefetch_related("texts").first() if slug else None
        )

    def _put_in(self, request: HttpRequest, ticket: Ticket) -> str:
        """The article that the agent chose: the link to it, or what it says. One for agents alone is never put in."""
        slug = request.GET.get("article", "").replace("\0", "")
        found = said_in(slug, ticket.language, PUBLIC, timezone.now()) if slug else None
        if found is None:
            return ""
        if request.GET.get("as") == "text":
            return text_of(found.body)
        return f"{found.title}\n{settings.PUBLIC_URL}{reverse('help-article', args=[slug])}?lang={ticket.language}"

    def act(self, request, thing):
        """What is refused is said on the page, with everything that was typed still there."""
        try:
            return super().act(request, thing)
        except TicketRefused as refusal:
            now = self.get_object(request, thing.pk)
            kept = {"typed": request.POST.get("text", ""), "noted": request.POST.get("note", "")}
            return self.drawn(request, now, 409, refusal=str(refusal), **kept)

    def _seen(self, request: HttpRequest) -> int:
        typed = request.POST.get("version", "")
        return int(typed) if typed.isdecimal() and len(typed) < 10 else 0

    @deed(MAY)
    def answer(self, request, ticket):
        once, text = request.POST.get("once", ""), request.POST.get("text", "")
        solves = "solves" in request.POST
        key = f"{ticket.pk}:{once[:60]}"
        macro = Macro.objects.filter(slug=request.POST.get("gives", "").replace("\0", "")).first()
        pool_id = macro.pool_id if macro else None
        answer(ticket.pk, text, key, self._seen(request), request.user, timezone.now(), solves, pool_id)
        return gettext("The answer is on its way to %(address)s.") % {"address": ticket.email}

    @deed("support.add_note")
    def note(self, request, ticket):
        key = f"note:{ticket.pk}:{request.POST.get('once', '')[:60]}"
        deeds.note(ticket.pk, request.POST.get("note", ""), key, request.user, timezone.now())
        return gettext("Noted. The customer never sees it.")

    @deed(MAY)
    def claim(self, request, ticket):
        deeds.assign(ticket.pk, request.user, self._seen(request), request.user, timezone.now())
        return gettext("The ticket is yours.")

    @deed(MAY)
    def let_go(self, request, ticket):
        deeds.assign(ticket.pk, None, self._seen(request), request.user, timezone.now())
        return gettext("Nobody has the ticket now.")

    @deed(MAY)
    def give(self, request, ticket):
        to = get_object_or_404(User, pk=_number(request.POST.get("agent")), is_active=True)
        deeds.assign(ticket.pk, to, self._seen(request), request.user, timezone.now())
        return gettext("%(who)s has the ticket now.") % {"who": to}

    @deed(MAY)
    def rank(self, request, ticket):
        priority = _number(request.POST.get("priority"))
        if priority not in Ticket.Priority.values:
            raise Http404
        deeds.set_priority(ticket.pk, priority, self._seen(request), request.user)
        return ""

    @deed(MAY)
    def solve(self, request, ticket):
        deeds.solve(ticket.pk, self._seen(request), request.user, timezone.now())
        return gettext("Solved.")

    @deed(MAY)
    def reopen(self, request, ticket):
        deeds.reopen(ticket.pk, self._seen(request), request.user, timezone.now())
        return gettext("Open again.")

    # --- a mail's own HTML ------------------------------------------------------------------------------------------

    def mail_html(self, request: HttpRequest, pk: int, said: int) -> HttpResponse:
        """For the sandboxed frame: cleaned, and forbidden to do or fetch anything all the same."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _drawn_mail(request, pk, said)


@csp(
    {
        "default-src": ["'none'"],
        "sandbox": True,
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'self'"],
    }
)
@xframe_options_sameorigin
def _drawn_mail(request: HttpRequest, pk: int, said: int) -> HttpResponse:
    found = get_object_or_404(TicketMessage.objects.select_related("mail"), pk=said, ticket=pk, mail__isnull=False)
    try:
        html = readable(read_mail(bytes(found.mail.raw)).html)
    except UnreadableMail:
        raise Http404 from None
    response = HttpResponse(f'<!doctype html><meta charset="utf-8"><title>{pk}</title>{html}')
    response["X-DNS-Prefetch-Control"] = "off"
    response["Referrer-Policy"] = "no-referrer"
    return response


def talk_of(ticket: Ticket) -> list[dict[str, Any]]:
    """Messages and notes as one conversation, oldest first: the one place where they stand together. Two queries."""
    said = (
        TicketMessage.objects.filter(ticket=ticket)
        .select_related("author", "letter", "mail", "coupon")
        .defer("words", "mail__raw")
    )
    rows = [_word(message, ticket) for message in said.order_by("version", "pk")]
    noted = Note.objects.filter(ticket=ticket).select_related("author")
    rows += [
        {"kind": "note", "who": str(note.author or "–"), "text": note.text, "at": note.written_at, "rank": note.version}
        for note in noted.order_by("version", "pk")
    ]
    return sorted(rows, key=lambda row: (row["rank"], row["at"]))


def _word(message: TicketMessage, ticket: Ticket) -> dict[str, Any]:
    is_ours = message.direction == TicketMessage.Direction.OUT
    return {
        "kind": message.direction,
        "who": str(message.author or "–") if is_ours else ticket.name or ticket.email,
        "text": message.text,
        "at": message.written_at,
        "rank": message.version,
        "is_proven": message.is_proven,
        "letter_url": page_of("message", message.letter_id) if message.letter_id else "",
        "letter_pill": letter_pill(message.letter) if is_ours and message.letter else "",
        "mail_url": page_of("mail", message.mail_id) if message.mail_id else "",
        "coupon": message.coupon,
        "html_url": reverse("admin:support_ticket_mail", args=[ticket.pk, message.pk]) if message.mail_id else "",
    }


def entries_of(ticket: Ticket) -> list[timeline.Entry]:
    """The customer's timeline; the ticket's own facts where nobody knows the customer."""
    if ticket.customer_id:
        return timeline.of_customer(ticket.customer_id, TIMELINE)
    return timeline.of_subject("ticket", ticket.pk, None, TIMELINE)


def others_reading(ticket_id: int, user: User) -> list[str]:
    """Who else opened the ticket within two minutes: a hint, no lock. The versions are what protects."""
    key, now = f"ticket-readers:{ticket_id}", timezone.now().timestamp()
    try:
        known = cache.get(key) or {}
        fresh = {pk: row for pk, row in known.items() if row[1] > now - READING and pk != user.pk}
        cache.set(key, {**fresh, user.pk: (str(user), now)}, READING)
    except Exception:
        return []  # without Redis nobody is seen, and the versions protect all the same
    return sorted(name for name, _at in fresh.values())


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isdecimal() and len(typed) < 10 else 0

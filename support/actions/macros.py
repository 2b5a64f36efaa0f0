"""Answers written beforehand, and filled in for one ticket.

What an author writes is read in messaging's limited child before it is kept; what customers wrote stays text: it goes
in as a value and is never read as a template.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from messaging import contexts, named
from messaging.actions.templates import best_language
from messaging.rendering import CannotRender, CompiledContent, TemplateProblem
from messaging.rendering.sandbox import check_pieces_limited, render_limited
from support.actions.tickets import TicketRefused, storable
from support.models import Macro, MacroText, Ticket

NOTHING = _("This macro says nothing yet.")
NOT_HERE = _("This macro cannot be filled in for this ticket: %(why)s")
BROKEN = _("%(language)s, line %(line)s: %(why)s")
ONE_LANGUAGE = _("Write the macro in one language at least.")


def check_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """What is to be kept, by language. Raises TicketRefused with the first fault, its language and line."""
    told = {language: storable(text) for language, text in texts.items() if storable(text)}
    if not told:
        raise TicketRefused(ONE_LANGUAGE)
    for language, problems in zip(told, check_pieces_limited(list(told.values()), known_variables()), strict=True):
        for problem in problems[:1]:
            raise _refused(language, problem)
    return told


@transaction.atomic
def write_macro(macro: Macro, texts: Mapping[str, str]) -> None:
    """Keep a macro and what it says. Raises TicketRefused."""
    told = check_texts(texts)
    macro.save()
    macro.texts.exclude(language__in=told).delete()
    for language, text in told.items():
        MacroText.objects.update_or_create(macro=macro, language=language, defaults={"body": text})


def _refused(language: str, problem: TemplateProblem) -> TicketRefused:
    return TicketRefused(BROKEN, language=language.upper(), line=problem.line, why=str(problem.what))


def known_variables() -> dict:
    """What a macro may name: what a mail about a ticket may, and the order's where there is one."""
    return contexts.describe_all()


def fill_macro(macro: Macro, ticket: Ticket, now: datetime) -> str:
    """The macro in the ticket's language, or the next best, filled in. Raises TicketRefused where it cannot be."""
    by_language = {text.language: text.body for text in macro.texts.all()}
    if not by_language:
        raise TicketRefused(NOTHING)
    language = best_language(by_language, ticket.language)
    source = by_language[language]
    subject = ("ticket", ticket.pk)
    data = contexts.load([subject], now, named.fields_in([source])).get(subject, {})
    try:
        content = CompiledContent("", "", "", source)
        return render_limited(content, data, language, str(data.get("zone", "UTC"))).text.strip()
    except CannotRender as refusal:
        raise TicketRefused(NOT_HERE, why=str(refusal)) from None

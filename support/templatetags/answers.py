"""What the help centre knows about a ticket, for the agent who answers it."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from support.answers import AGENTS, answers
from support.models import Article, Ticket, TicketMessage

register = template.Library()
SUGGESTED = 3


@register.simple_tag
def answers_for(ticket: Ticket) -> list[dict[str, Any]]:
    """The best articles for what the customer wrote last, in the customer's language. Two queries."""
    said = TicketMessage.objects.filter(ticket=ticket, direction=TicketMessage.Direction.IN).order_by("-version", "-pk")
    text = said.values_list("text", flat=True).first() or ticket.title
    return [
        {
            "slug": found.slug,
            "title": found.title,
            "excerpt": found.excerpt,
            "url": f"{settings.PUBLIC_URL}{reverse('help-article', args=[found.slug])}?lang={ticket.language}",
            "is_inner": found.audience == Article.Audience.AGENTS,
        }
        for found in answers(text, ticket.language, AGENTS, timezone.now(), SUGGESTED)
    ]

"""The words and drawings of cards, and the manager's block of the order's page."""

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# kind → drawing: those of our own sheet, for a network's mark is its own
ICONS = {
    "mobile": "phone",
    "phone": "phone",
    "email": "mail",
    "telegram": "send",
    "whatsapp": "chat",
    "viber": "chat",
    "instagram": "camera",
    "facebook": "people",
    "linkedin": "people",
    "vk": "people",
    "site": "globe",
    "map": "pin",
}


@register.simple_tag
def cardicon(name: str) -> SafeString:
    source = static("aftercare/icons.svg")
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', source, name)


@register.simple_tag
def wayicon(kind: str) -> SafeString:
    return cardicon(ICONS.get(kind, "dot"))


@register.inclusion_tag("vcards/parts/manager.html")
def manager(block: dict[str, Any], language: str) -> dict[str, Any]:
    """``block``: as vcards wrote it down for the order's page."""
    said = block["said"]
    return {**block, "who": said.get(language) or said[block["language"]]}

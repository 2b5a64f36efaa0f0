"""Tags of the agent's room."""

import json
import re
from collections.abc import Iterator

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from shelf import formats
from staff import display, timeline
from staff.home import tiles_for
from staff.menu import sections
from staff.panels import panels_of
from staff.trouble import banners_for

register = template.Library()

LONGEST_BODY = 60_000  # characters of a receipt's body on a page

register.simple_tag(display.icon, name="ico")
register.filter("when", display.when)


@register.simple_tag(takes_context=True)
def menu(context) -> list:
    return sections(context["request"])


@register.simple_tag(takes_context=True)
def banners(context) -> list:
    """What every page says until somebody acts, with the buttons that this user may press."""
    user = context["request"].user
    return [
        (banner, not banner.deed_permission or user.has_perm(banner.deed_permission))
        for banner in banners_for(user, timezone.now())
    ]


@register.simple_tag(takes_context=True)
def home_tiles(context) -> dict:
    return tiles_for(context["request"].user, timezone.now())


@register.simple_tag(takes_context=True)
def newest_entries(context) -> list:
    """Only for those who may see orders: facts speak of them."""
    return timeline.newest() if context["request"].user.has_perm("orders.view_order") else []


@register.simple_tag(takes_context=True)
def panels(context, subject: str, pk: int) -> list:
    """The panels of this page, asked for once; a block of a template does not see another block's variables."""
    request = context["request"]
    known = request.__dict__.setdefault("room_panels", {})
    if (subject, pk) not in known:
        known[subject, pk] = panels_of(subject, pk)
    return known[subject, pk]


@register.simple_tag
def pill(text: str, tone: str = "plain") -> SafeString | str:
    return display.pill(text, tone)


@register.simple_tag
def cash(amount, currency: str) -> SafeString:
    return display.money(amount, currency)


@register.simple_tag
def page_of(subject: str, pk: int) -> str:
    return display.page_of(subject, pk)


@register.simple_tag
def languages_spoken() -> list[tuple[str, str]]:
    """The languages of the admin, each by its own name."""
    own = {"en": "English", "uk": "Українська", "ru": "Русский"}
    return [(code, own.get(code, code)) for code, _name in settings.LANGUAGES]


@register.filter
def pretty(body: bytes | memoryview | str | dict | list) -> str:
    """A body as a person reads it: JSON is indented, the rest is shown as it is, both capped."""
    if isinstance(body, dict | list):
        return json.dumps(body, ensure_ascii=False, indent=2)[:LONGEST_BODY]
    text = body if isinstance(body, str) else bytes(body).decode("utf-8", "replace")
    try:
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        text = text.replace("\x00", "␀")
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}\n…"


@register.filter
def deed_label(room, name: str) -> str:
    """The words on the button of a deed."""
    return str(getattr(room, name).short_description)


@register.filter
def stars(count: int) -> str:
    return "★" * count + "☆" * (5 - count)


@register.filter
def address_lines(address: dict) -> list[str]:
    """A postal address line by line, whatever of it is known."""
    city = " ".join(filter(None, [address.get("postcode"), address.get("city")]))
    lines = [address.get("name"), address.get("company"), address.get("line1"), address.get("line2"), city]
    country = formats.country(address.get("country") or "", display.language())
    return [line for line in [*lines, address.get("region"), country] if line]


# A moment, a sum, a tick, or what begins with a figure: "37", "v2", "€5".
FIGURES = re.compile(r"""<time|class="money|icon-(?:yes|no|unknown)|>\W*[^\W\d]{0,3}\W?\d""")


@register.filter
def with_names(cells, headers) -> Iterator[SafeString]:
    """The cells of a list's row; a figure carries its column's heading, for phones, where no heads of columns stand.

    Names, links and pills speak for themselves.
    """
    for cell, header in zip(cells, headers, strict=False):
        if cell.startswith("<td") and "<a " not in cell and "pill" not in cell and FIGURES.search(cell):
            name = format_html('<td data-of="{}"', capfirst(strip_tags(header["text"])))
            cell = SafeString(cell.replace("<td", name, 1))
        yield cell


@register.filter
def spoken(code: str) -> str:
    """``Ukrainian`` for ``uk``, in the reader's language."""
    return gettext(dict(settings.LANGUAGES).get(code, code)) if code else ""

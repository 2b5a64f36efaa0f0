"""The menu: groups in the order of a working day, each page in the place that its ModelAdmin names."""

from dataclasses import dataclass, field

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

GROUPS = {
    "day": _("Every day"),
    "talk": _("What we send"),
    "shop": _("The shop"),
    "engine": _("Under the bonnet"),
}


@dataclass(slots=True)
class Item:
    title: str
    url: str
    symbol: str
    current: bool


@dataclass(slots=True)
class Section:
    title: str
    items: list[Item] = field(default_factory=list)


def sections(request: HttpRequest) -> list[Section]:
    """What this user may open."""
    found = {name: Section(str(title)) for name, title in GROUPS.items()}
    pages = [(page.place, model, page) for model, page in admin.site._registry.items() if getattr(page, "place", None)]
    for place, model, page in sorted(pages, key=lambda row: row[0]):
        if not page.has_view_permission(request):
            continue
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        title = str(getattr(page, "menu_title", "") or model._meta.verbose_name_plural)
        found[place[0]].items.append(Item(capfirst(title), url, page.symbol, request.path.startswith(url)))
    if not settings.EMAIL_URL:
        found["talk"].items.append(Item(gettext("Mailbox"), reverse("mailbox"), "mail", False))
    return [section for section in found.values() if section.items]

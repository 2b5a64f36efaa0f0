"""How the agent's room writes single things: a moment, a pill, money, an icon, a link to a thing's page."""

import zoneinfo
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from babel.dates import format_date
from babel.numbers import format_percent
from django.contrib import admin
from django.db.models import Model
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from shelf import formats

BABEL = {"en": "en_GB", "uk": "uk", "ru": "ru"}


def when(at: datetime | None, now: datetime | None = None) -> SafeString | str:
    """``today, 15:05`` · ``24 Nov, 15:05`` · ``24 Nov 2024``, with the whole moment as a tooltip."""
    if at is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        formats.moment(at, zone(), language()),
        in_short(at, now or timezone.now()),
    )


def in_short(at: datetime, now: datetime) -> str:
    local, today = timezone.localtime(at), timezone.localdate(now)
    days = (today - local.date()).days
    if days == 0:
        return gettext("today, %(time)s") % {"time": f"{local:%H:%M}"}
    if days == 1:
        return gettext("yesterday, %(time)s") % {"time": f"{local:%H:%M}"}
    if days == -1:
        return gettext("tomorrow, %(time)s") % {"time": f"{local:%H:%M}"}
    if local.year == today.year or abs(days) < 180:
        return f"{day(local, 'd MMM')}, {local:%H:%M}"
    return day(local, "d MMM y")


def zone() -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(timezone.get_current_timezone_name())


def money(amount: Decimal | str | int, currency: str) -> SafeString:
    return format_html('<span class="money">{}</span>', formats.money(amount, currency, language()))


def number(value: int | float | Decimal) -> str:
    return formats.number(value, language())


def percent(share: float) -> str:
    """``43%`` of a share between 0 and 1. A share that is not whole is never written as none or as all."""
    whole = min(99, max(1, round(100 * share))) if 0 < share < 1 else round(100 * share)
    return format_percent(whole / 100, locale=BABEL.get(language()[:2], "en_GB"))


def capped(count: int, cap: int) -> str:
    """``1,000+`` once the cap is passed."""
    return f"{number(cap)}+" if count > cap else number(count)


def pill(text: str, tone: str = "plain") -> SafeString | str:
    """``tone``: plain, now, good, wait, bad."""
    return format_html('<span class="pill pill--{}">{}</span>', tone, text) if text else ""


def icon(name: str) -> SafeString:
    """A drawing from static/aftercare/room.svg, in the colour of the text around it."""
    return format_html(
        '<svg class="ico" aria-hidden="true"><use href="{}#{}"></use></svg>', static("aftercare/room.svg"), name
    )


def link(url: str, text: str) -> SafeString | str:
    return format_html('<a href="{}">{}</a>', url, text) if url else text


@cache
def _model_of(subject: str) -> type[Model] | None:
    """The model of what facts call ``order``, ``shipment``…: its ModelAdmin says so itself."""
    return next(
        (model for model, page in admin.site._registry.items() if getattr(page, "subject", "") == subject), None
    )


def page_of(subject: str, pk: int | None) -> str:
    """The agent's page of a thing; empty when it has none."""
    model = _model_of(subject)
    if model is None or pk is None:
        return ""
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])
    except NoReverseMatch:
        return ""


def name_of(subject: str, pk: int) -> str:
    """What people call a thing: an order by its number, a parcel by its own. One query."""
    model = _model_of(subject)
    thing = model._base_manager.filter(pk=pk).first() if model else None
    return str(thing) if thing else f"{subject} {pk}"


def day(at: date, pattern: str) -> str:
    return format_date(
        at.date() if isinstance(at, datetime) else at, pattern, locale=BABEL.get(language()[:2], "en_GB")
    )


def language() -> str:
    return get_language() or "en"

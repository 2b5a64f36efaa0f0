"""How a sender is doing, as the health page shows it: a card each, trouble first."""

from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from customers.channels import Channel
from messaging.actions import breaker, health, quotas
from messaging.actions.dns_checks import Finding, from_row
from messaging.channels.smtp_presets import preset_of
from messaging.mailbox_groups import GROUPS, NAMES
from messaging.models import Sender, SenderHealth, WarmUp
from shelf import charts
from staff import display
from staff.display import number, pill

TROUBLE_FIRST = ("bad", "wait", "good")


def cards(now: datetime, **which: Any) -> list["SenderCard"]:
    senders = Sender.objects.filter(**which).select_related("health").order_by("-is_default", "slug", "pk")
    oldest, unknown = health.oldest_due(now), health.unknown_by_sender()
    made = [SenderCard(sender, now, oldest.get(sender.pk), unknown.get(sender.pk, 0)) for sender in senders]
    return sorted(made, key=lambda card: TROUBLE_FIRST.index(card.tone))


def way_in_words(sender: Sender) -> str:
    """The way out without its secrets."""
    url = sender.url or (settings.EMAIL_URL if sender.channel == Channel.EMAIL else "")
    if not url and sender.channel != Channel.EMAIL:
        return gettext("none yet")
    if not url:
        return gettext("the local mailbox")
    preset = preset_of(url)
    scheme, _sep, rest = url.partition("://")
    host = unquote(urlsplit(f"x://{rest}").hostname or "") if scheme.startswith("smtp") else scheme
    return preset.name if preset else host


def state_pill(sender: Sender, found: SenderHealth | None) -> SafeString | str:
    if sender.paused_until:
        return pill(gettext("provider in trouble"), "bad")
    if sender.marketing_paused_at:
        return pill(gettext("marketing paused"), "bad")
    words = {"bad": gettext("in trouble"), "wait": gettext("look at it"), "good": gettext("good")}
    tone = health.tone_of(sender, found, timezone.now())
    return pill(words[tone], tone)


DNS_NAMES = {"domain": _("Domain"), "spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}
DNS_WORDS = {"good": _("good"), "wait": _("look at it"), "bad": _("missing or broken"), "plain": _("not known")}


class SenderCard:
    """One sender on the health page; everything that costs a query is asked once."""

    def __init__(self, sender: Sender, now: datetime, oldest: datetime | None, unknown: int):
        self.sender, self.now, self.oldest, self.unknown = sender, now, oldest, unknown
        self.found: SenderHealth | None = getattr(sender, "health", None)
        self.is_email = sender.channel == Channel.EMAIL
        self.tone = health.tone_of(sender, self.found, now)
        self.pill = state_pill(sender, self.found)
        self.url = display.page_of("sender", sender.pk)
        self.act_url = reverse("admin:messaging_sender_act", args=[sender.pk])
        self.way = way_in_words(sender)
        self.domain = health.domain_of(sender)
        self.breaker = breaker.state_of(sender, now)
        self.meters = self._meters()
        self.warm_up = self._warm_up()

    @property
    def breaker_pill(self) -> SafeString | str:
        words = {
            "closed": (gettext("letters leave"), "good"),
            "half_open": (gettext("one letter tries the way"), "wait"),
            "open": (gettext("paused"), "bad"),
        }
        return pill(*words[self.breaker])

    @property
    def waits(self) -> str:
        """How long the oldest due message has been waiting."""
        if self.oldest is None:
            return gettext("nothing waits")
        minutes = int((self.now - self.oldest).total_seconds() // 60)
        if minutes < 1:
            return gettext("less than a minute")
        if minutes < 120:
            return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
        hours = minutes // 60
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": number(hours)}

    @property
    def dns(self) -> list[tuple[str, SafeString | str, Finding]]:
        rows = [from_row(row) for row in self.found.dns] if self.found else []
        return [(str(DNS_NAMES[f.what]), pill(str(DNS_WORDS[f.tone]), f.tone), f) for f in rows]

    @property
    def groups(self) -> list[dict]:
        figures = self.found.figures if self.found else {}
        return [
            group_row(NAMES.get(group, gettext("all others")), figures[group]) for group in GROUPS if group in figures
        ]

    @property
    def total(self) -> dict:
        return group_row(gettext("Together"), health.totals(self.found.figures if self.found else {}))

    @property
    def chart(self) -> SafeString | str:
        rows = self.groups
        if len(rows) < 2:
            return ""
        names = [row["name"] for row in rows]
        label = gettext("Mails of seven days by provider of mailboxes: %(names)s") % {"names": ", ".join(names)}
        return charts.bars([row["sent"] for row in rows], label, names)

    def _meters(self) -> list[dict]:
        """Limits that hold now, and how much of each is used."""
        meters = []
        for one in health.used_by(self.sender, quotas.database_clock()) if quotas.is_limited(self.sender) else ():
            of = gettext("%(used)s of %(limit)s") % {"used": number(one.used), "limit": number(one.limit.most)}
            tone = "bad" if one.percent >= 100 else "wait" if one.percent >= 80 else "plain"
            name = limit_name(one.limit)
            bar = charts.meter(one.used, one.limit.most, f"{name}: {of}", tone)
            meters.append({"name": name, "of": of, "bar": bar, "again_at": one.limit.ends_at})
        return meters

    def _warm_up(self) -> str:
        day = quotas.warm_up_day(self.sender, quotas.database_clock().date()) if self.sender.warm_up_began_on else None
        if day is None:
            return gettext("over") if self.sender.warm_up_began_on else ""
        ramp = quotas.RAMPS[WarmUp(self.sender.warm_up)]
        said = gettext("day %(day)s of %(days)s, at most %(limit)s by plan")
        return said % {"day": day + 1, "days": len(ramp), "limit": number(ramp[day])}


def limit_name(limit: quotas.Limit) -> str:
    if limit.group:
        name = NAMES.get(limit.group) or gettext("all others")
        return gettext("Today to %(group)s") % {"group": name}
    return gettext("This hour") if limit.length == quotas.HOUR else gettext("Today")


def group_row(name: str, counts: dict) -> dict:
    """A line of figures: shares of what was sent, and how bad the complaints are."""
    sent = counts.get("sent", 0)
    complaints = counts.get("complained", 0) / sent if sent else 0
    bounces = counts.get("bounced", 0) / sent if sent else 0
    tone = "bad" if complaints >= health.TOO_MANY else "wait" if complaints >= health.WARN else "good"
    return {
        "name": name,
        "sent": sent,
        "bounced": share(bounces),
        "bounce_tone": "bad" if bounces >= 0.05 else "wait" if bounces >= 0.02 else "good",
        "complained": share(complaints),
        "tone": tone if sent else "plain",
    }


def share(part: float) -> str:
    return f"{number(round(part * 100, 2))} %"

"""Senders: who writes, by which way, how much; and the page that says how well their mails are taken."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from events.models import Heartbeat
from messaging.actions import breaker, health, quotas
from messaging.actions.dns_checks import Finding, from_row
from messaging.actions.trials import try_sender, try_text
from messaging.channels import texts
from messaging.channels.email import PROVIDERS, backend_for, server_of
from messaging.channels.smtp_presets import BY_SLUG, PRESETS, Preset, preset_of
from messaging.channels.ways import NoWayOut
from messaging.mailbox_groups import GROUPS, NAMES
from messaging.models import Channel, Sender, SenderHealth, WarmUp
from messaging.rendering import UncleanHeader, headers_are_clean
from messaging.rendering.mime import NO_REPLY, says_no_reply
from shelf import charts
from shelf.reasons import Reason
from staff import display
from staff.display import number, pill
from staff.lists import Room

HIDDEN = "••••••"
SCHEMES = {"smtp+tls": _("STARTTLS (port 587)"), "smtp+ssl": _("TLS from the first byte (465)"), "smtp": _("none (25)")}
SCHEME_OF = {"start": "smtp+tls", "from the first byte": "smtp+ssl", "": "smtp"}
WAY = re.compile(r"[a-z][a-z0-9_+]*://\S+")
# What speaks of mail only: not asked for, and not shown, where a sender writes texts.
OF_MAIL = (
    *("photo_url", "reply_address", "host", "port", "security", "username", "password"),
    *("warm_up", "warm_up_began_on", "dkim_selectors"),
)
HOW = {Channel.SMS: "turbosms://KEY", Channel.VIBER: "turbosms://KEY", Channel.TELEGRAM: "telegram://BOT_TOKEN"}
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\]")


def limit_field(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=10_000_000, help_text=help_text)


class SenderForm(forms.ModelForm):
    """The way out is asked for in parts; a password or key is written once and never shown again."""

    preset: ClassVar[Preset | None] = None  # chosen on this page; fills what it knows

    photo_url = forms.URLField(label=_("photo"), required=False, max_length=500, assume_scheme="https")
    host = forms.CharField(label=_("mail server"), required=False, max_length=200)
    port = forms.IntegerField(label=_("port"), required=False, min_value=1, max_value=65535)
    security = forms.ChoiceField(label=_("encryption"), required=False, choices=list(SCHEMES.items()))
    username = forms.CharField(
        label=_("user name"), required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Never shown again. Empty: as it is."),
    )
    other_way = forms.CharField(
        label=_("or a provider's API"),
        required=False,
        max_length=400,
        help_text=_(
            "unisender_go://KEY, brevo://KEY, mailgun://KEY?sender_domain=… With neither server nor API, letters leave"
            " by EMAIL_URL of the installation."
        ),
    )

    class Meta:
        model = Sender
        fields = (
            *("slug", "channel", "is_default", "person", "photo_url", "address", "reply_address", "connections"),
            *("per_hour", "per_day", "reserve_percent", "warm_up", "warm_up_began_on", "dkim_selectors"),
            *("price", "price_currency"),
        )
        widgets = {"warm_up_began_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.channel = self._channel_at_first()
        if self.channel != Channel.EMAIL:
            self._ask_for_a_text_sender()
            return
        for name in ("price", "price_currency"):
            del self.fields[name]
        for group in GROUPS:
            field = limit_field(NAMES.get(group, _("all others")))
            field.initial = self.instance.group_limits.get(group)
            self.fields[f"limit_{group}"] = field
        self.initial.update(self._way_in_parts())
        if self.preset and not self.is_bound:
            self.initial.update(
                host=self.preset.host,
                port=self.preset.port,
                security=self.preset.tls,
                per_hour=self.preset.per_hour,
                per_day=self.preset.per_day,
                connections=self.preset.connections,
            )
            self.initial["other_way"] = ""

    def _channel_at_first(self) -> str:
        """A sender keeps its channel; a new one has what was chosen or, before that, what the page is opened for."""
        if self.instance.pk:
            return self.instance.channel
        channel = self.data.get("channel") if self.is_bound else self.initial.get("channel")
        return channel if channel in Channel.values else Channel.EMAIL

    def _ask_for_a_text_sender(self) -> None:
        gone = (*OF_MAIL, *(("price", "price_currency") if self.channel == Channel.TELEGRAM else ()))
        for name in gone:
            del self.fields[name]
        way, address = self.fields["other_way"], self.fields["address"]
        way.label = _("way out")
        way.help_text = _("%(how)s, as the provider gave it to you. Never shown again.") % {"how": HOW[self.channel]}
        way.required = True
        if self.channel == Channel.TELEGRAM:
            address.help_text = _("The bot's name: @your_bot")
        else:
            address.help_text = _("The name that is registered with the provider")
        if self.instance.url:
            self.initial["other_way"] = f"{self.instance.url.partition('://')[0]}://{HIDDEN}"

    def clean_price_currency(self) -> str:
        currency = self.cleaned_data["price_currency"].strip().upper()
        if currency and currency not in list_currencies():
            raise forms.ValidationError(_("Write three letters, such as UAH."))
        if self.cleaned_data.get("price") is not None and not currency:
            raise forms.ValidationError(_("A price needs its currency."))
        return currency

    def clean_price(self) -> Decimal | None:
        price = self.cleaned_data["price"]
        if price is not None and price < 0:
            raise forms.ValidationError(_("A price cannot be less than nothing."))
        return price

    def _way_in_parts(self) -> dict[str, Any]:
        url = self.instance.url
        if not url:
            return {"security": "smtp+tls"}
        server = server_of(url)
        if server is None:
            return {"other_way": f"{url.partition('://')[0]}://{HIDDEN}"}
        security = SCHEME_OF[server.tls]
        return {"host": server.host, "port": server.port, "security": security, "username": server.username}

    def clean_host(self) -> str:
        host = self.cleaned_data["host"].strip().lower()
        if host and not HOST.fullmatch(host):
            raise forms.ValidationError(_("Write the name of a server, such as smtp.example.com."))
        return host

    def clean_person(self) -> str:
        return self._clean_header("person")

    def clean_address(self) -> str:
        address = self._clean_header("address")
        if address and self.channel == Channel.EMAIL:
            validate_email(address)
            self._refuse_no_reply(address)
        return address

    def clean_reply_address(self) -> str:
        return self._refuse_no_reply(self.cleaned_data["reply_address"])

    def _refuse_no_reply(self, address: str) -> str:
        if says_no_reply(address):
            raise forms.ValidationError(str(Reason(NO_REPLY, {"address": address})))
        return address

    def _clean_header(self, name: str) -> str:
        try:
            headers_are_clean(self.cleaned_data[name])
        except UncleanHeader as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return self.cleaned_data[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("per_hour", "per_day"):
            cleaned[name] = cleaned.get(name) or None  # "at most 0" would hold everything for ever; a pause is a button
        if not self.errors:
            cleaned["url"] = self._way(cleaned)
        limits = {group: cleaned.get(f"limit_{group}") for group in GROUPS}
        cleaned["group_limits"] = {group: most for group, most in limits.items() if most}
        return cleaned

    def _way(self, cleaned: dict[str, Any]) -> str:
        other = cleaned["other_way"].strip()
        if self.channel != Channel.EMAIL:
            return self._text_way(other)
        if cleaned["host"] and other:
            self.add_error("other_way", _("Choose one: a mail server, or a provider's API."))
        elif cleaned["host"]:
            return self._smtp_way(cleaned)
        elif HIDDEN in other:
            return self.instance.url
        elif other:
            try:
                backend_for(other)
            except ValueError:
                names = ", ".join(f"{name}://" for name in sorted(PROVIDERS))
                self.add_error("other_way", gettext("Begin with one of: %(names)s") % {"names": names})
        return other

    def _text_way(self, other: str) -> str:
        if HIDDEN in other:
            return self.instance.url
        try:
            account = texts.account_of(self.channel, other)
        except NoWayOut:
            account = None
        if account is None or not account.secret or not WAY.fullmatch(other):
            self.add_error("other_way", gettext("Write it as %(how)s.") % {"how": HOW[self.channel]})
        return other

    def _smtp_way(self, cleaned: dict[str, Any]) -> str:
        before = server_of(self.instance.url) if self.instance.url else None
        password = cleaned["password"]
        if not password and before and before.password:
            if (before.host, before.username) != (cleaned["host"], cleaned["username"]):
                self.add_error("password", _("Write the password again: it would go to another server or account."))
            password = before.password
        if cleaned["username"] and not password:
            self.add_error("password", _("A user name needs a password."))
        tls = cleaned["security"] or "smtp+tls"
        port = cleaned["port"] or {"smtp+ssl": 465, "smtp+tls": 587}.get(tls, 25)
        return Preset("", "", cleaned["host"], port, tls, None, None, 1, "", "", True).url(
            cleaned["username"], password
        )


@admin.register(Sender)
class Senders(Room):
    place = ("talk", 5)
    symbol = "person"
    subject = "sender"
    keyset = ("slug", "pk")
    form = SenderForm
    list_display = ("name", "channel", "sends_from", "way", "state")
    list_select_related = ("health",)
    empty_text = _("The first sender is made when the first message is planned.")
    fieldsets = (
        (_("Who writes"), {"fields": (("person", "photo_url"), ("address", "reply_address"))}),
        (
            _("Way out"),
            {
                "fields": (("host", "port"), ("security", "connections"), ("username", "password"), "other_way"),
                "description": _("Choose a server above, or write what your provider gave you."),
            },
        ),
        (
            _("Limits"),
            {
                "fields": (
                    ("per_hour", "per_day", "reserve_percent"),
                    tuple(f"limit_{group}" for group in GROUPS),
                    ("warm_up_began_on", "warm_up"),
                ),
                "description": _("Empty: no limit. Below: at most so many a day to mailboxes of one provider."),
            },
        ),
        (_("Names"), {"fields": (("slug", "channel"), "is_default", "dkim_selectors")}),
    )
    text_fieldsets = (
        (_("Who writes"), {"fields": (("address", "person"),)}),
        (_("Way out"), {"fields": ("other_way", "connections")}),
        (_("Price"), {"fields": (("price", "price_currency"),), "description": _("Shown where texts are written.")}),
        (_("Limits"), {"fields": (("per_hour", "per_day", "reserve_percent"),), "description": _("Empty: no limit.")}),
        (_("Names"), {"fields": (("slug", "channel"), "is_default")}),
    )

    @staticmethod
    def channel_of(request: HttpRequest, obj: Sender | None) -> str:
        asked = obj.channel if obj else request.POST.get("channel") or request.GET.get("channel")
        return asked if asked in Channel.values else Channel.EMAIL

    def get_fieldsets(self, request, obj=None):
        channel = self.channel_of(request, obj)
        if channel == Channel.EMAIL:
            return self.fieldsets
        free = channel == Channel.TELEGRAM
        return [one for one in self.text_fieldsets if not (free and one[1]["fields"] == (("price", "price_currency"),))]

    def get_form(self, request, obj=None, change=False, **kwargs):
        # the fields of groups are made by the form itself, so the factory must not look for them in the model
        form = super().get_form(request, obj, change, **{**kwargs, "fields": SenderForm.Meta.fields})
        form.preset = BY_SLUG.get(request.GET.get("preset", ""))
        return form

    def get_readonly_fields(self, request, obj=None):
        return ("slug", "channel") if obj else ()

    def save_model(self, request, obj, form, change):
        """Only what people edit is written: the breaker and the quotas write to the same row at the same time."""
        obj.url, obj.group_limits = form.cleaned_data["url"], form.cleaned_data["group_limits"]
        if not change:
            obj.save()
            return
        edited = {field.name for field in Sender._meta.fields} & set(form.cleaned_data)
        obj.save(update_fields=sorted(edited | {"url", "group_limits"}))
        quotas.limits_changed(obj.pk)

    # --- the list ---------------------------------------------------------------------------------------------------

    @admin.display(description=_("who writes"))
    def name(self, sender):
        return str(sender)

    @admin.display(description=_("sends from"))
    def sends_from(self, sender):
        return sender.address or (settings.DEFAULT_FROM_EMAIL if sender.channel == Channel.EMAIL else "")

    @admin.display(description=_("way out"))
    def way(self, sender):
        return way_in_words(sender)

    @admin.display(description=_("state"))
    def state(self, sender):
        return state_pill(sender, getattr(sender, "health", None))

    # --- pages and buttons ------------------------------------------------------------------------------------------

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("health/", wrap(self.health_page), name="messaging_sender_health"),
            path("<int:pk>/act/", wrap(require_POST(self.act)), name="messaging_sender_act"),
            *super().get_urls(),
        ]

    def health_page(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        beat = Heartbeat.objects.filter(name="messages").first()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Sending health"),
            "cards": cards(now),
            "beat": beat,
            "may_change": self.has_change_permission(request),
            "unknown_url": reverse("admin:messaging_message_changelist") + "?state__exact=unknown",
        }
        return TemplateResponse(request, "admin/messaging/sender/health.html", context)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        channel = self.channel_of(request, obj)
        context["channels"] = [] if obj else [(code, name, code == channel) for code, name in Channel.choices]
        context["presets"] = PRESETS if channel == Channel.EMAIL else []
        context["is_telegram"] = channel == Channel.TELEGRAM
        context["chosen"] = BY_SLUG.get(request.GET.get("preset", ""))
        if obj:
            context["card"] = cards(timezone.now(), pk=obj.pk)[0]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A button: test mail, DNS, try the way again, let marketing go on."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        sender = Sender.objects.filter(pk=pk).first()
        deeds = {
            "test": self.test,
            "check": self.check_dns,
            "resume": self.resume,
            "resume_marketing": self.resume_marketing,
        }
        if sender is None or request.POST.get("deed") not in deeds:
            raise Http404
        deeds[request.POST["deed"]](request, sender)
        page = reverse("admin:messaging_sender_change", args=[pk])
        if request.POST.get("back") == "health":
            page = reverse("admin:messaging_sender_health")
        return HttpResponseRedirect(page)

    def test(self, request, sender):
        to = request.POST.get("to", "").strip()
        if sender.channel == Channel.EMAIL:
            trial = try_sender(sender, to or request.user.email, timezone.now())
        else:
            trial = try_text(sender, to, timezone.now())
        said = gettext("It said: %(answer)s") % {"answer": trial.said} if trial.said else ""
        level = messages.SUCCESS if trial.is_taken else messages.ERROR
        self.message_user(request, f"{trial.meaning} {said}".strip(), level)

    def check_dns(self, request, sender):
        health.check_sender(sender, timezone.now())
        self.message_user(request, gettext("The DNS was asked."))

    def resume(self, request, sender):
        breaker.resume(sender, request.user.pk)
        self.message_user(request, gettext("Its letters leave again."))

    def resume_marketing(self, request, sender):
        health.resume_marketing(sender, request.user.pk, timezone.now())
        self.message_user(request, gettext("Marketing goes on. Complaints until now no longer count."))


# --- What the pages show ------------------------------------------------------------------------------------------


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

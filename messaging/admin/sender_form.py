"""A sender as people write it down: a preset or a server, a person's name, its limits."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import list_currencies
from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.channels import Channel
from messaging.channels import texts
from messaging.channels.email import PROVIDERS, backend_for, server_of
from messaging.channels.smtp_presets import Preset
from messaging.channels.ways import NoWayOut
from messaging.mailbox_groups import GROUPS, NAMES
from messaging.models import Sender
from messaging.rendering import UncleanHeader, headers_are_clean
from messaging.rendering.header_values import NO_REPLY, says_no_reply
from shelf.reasons import Reason

HIDDEN = "••••••"
SCHEMES = {"smtp+tls": _("STARTTLS (port 587)"), "smtp+ssl": _("TLS from the first byte (465)"), "smtp": _("none (25)")}
SCHEME_OF = {"start": "smtp+tls", "from the first byte": "smtp+ssl", "": "smtp"}
WAY = re.compile(r"[a-z][a-z0-9_+]*://\S+")
# What speaks of mail only: not asked for, and not shown, where a sender writes texts.
OF_MAIL = (
    *("photo_url", "reply_address", "host", "port", "security", "username", "password"),
    *("warm_up", "warm_up_began_on", "dkim_selectors"),
)
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
        way.help_text = _("%(how)s, as the provider gave it to you. Never shown again.") % {
            "how": texts.how_to_write(self.channel)
        }
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
            self.add_error("other_way", gettext("Write it as %(how)s.") % {"how": texts.how_to_write(self.channel)})
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

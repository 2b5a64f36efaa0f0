"""Connections: an address to give to a source, and its secrets, which are written once and never shown."""

import secrets as randomness
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events import polls
from events.connections import GRACE
from events.inbox import READERS, forget_connections
from events.models import Connection
from staff.display import pill, when
from staff.lists import Room, deed


class ConnectionForm(forms.ModelForm):
    new_secret = forms.CharField(
        label=_("add a secret"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("The one that the source shows you. Those it had before go on counting until you retire them."),
    )
    new_token = forms.CharField(
        label=_("replace the API key"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Only for sources that we ask ourselves. It is never shown again."),
    )
    private_hosts = forms.CharField(
        label=_("hosts in your own network"),
        required=False,
        help_text=_("Only where the shop runs beside this installation. Names or addresses, with spaces between them."),
    )
    paused = forms.BooleanField(label=_("paused"), required=False)

    class Meta:
        model = Connection
        fields = ("name", "source", "slug")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "source" in self.fields:
            names = [(name, name) for name in sorted(READERS)]
            self.fields["source"] = forms.ChoiceField(label=_("source"), choices=names)
        if self.instance.pk:
            self.fields["paused"].initial = bool(self.instance.paused_at)
            self.fields["private_hosts"].initial = " ".join(self.instance.options.get("private_hosts", []))


@admin.register(Connection)
class Connections(Room):
    place = ("shop", 3)
    symbol = "plug"
    subject = "connection"
    keyset = ("source", "slug", "pk")
    list_select_related = ("poll",)
    form = ConnectionForm
    change_form_template = "admin/events/connection/change_form.html"
    list_display = ("label", "source", "address", "state", "live_secrets", "refused", "refused_last")
    empty_text = _("No shop and no carrier is connected yet.")

    def get_fields(self, request, obj=None):
        private = ("private_hosts",) if may_open_network(request.user) else ()
        secret = () if obj and is_only_asked(obj) else ("new_secret",)
        return ("name", "source", "slug", *secret, "new_token", *private, "paused")

    def get_readonly_fields(self, request, obj=None):
        return ("source", "slug") if obj else ()

    @admin.display(description=_("name"))
    def label(self, connection):
        return str(connection)

    @admin.display(description=_("address"))
    def address(self, connection):
        return "" if is_only_asked(connection) else connection.path

    @admin.display(description=_("state"))
    def state(self, connection):
        if connection.paused_at:
            return pill(str(_("paused")), "wait")
        poll = getattr(connection, "poll", None)
        if poll and poll.refused_at:
            return pill(str(_("key refused")), "bad")
        if poll and poll.failures >= polls.IN_TROUBLE:
            return pill(str(_("not reached")), "bad")
        if is_only_asked(connection):
            return pill(str(_("open")), "good") if connection.token else pill(str(_("no key")), "wait")
        return pill(str(_("open")), "good") if live(connection, timezone.now()) else pill(str(_("no secret")), "wait")

    @admin.display(description=_("secrets"))
    def live_secrets(self, connection):
        return len(live(connection, timezone.now()))

    @admin.display(description=_("last refused at"))
    def refused_last(self, connection):
        return when(connection.last_refused_at)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            now = timezone.now()
            context["poll"] = getattr(obj, "poll", None)
            context["only_asked"] = is_only_asked(obj)
            context["full_address"] = request.build_absolute_uri(obj.path)
            context["secret_rows"] = [
                {
                    "number": number,
                    "added_at": moment(row.get("added_at")),
                    "until": moment(row.get("until")),
                    "live": row in live(obj, now),
                }
                for number, row in enumerate(obj.secrets)
            ]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        now = timezone.now()
        given = form.cleaned_data
        if given.get("new_secret"):
            obj.secrets = [{"secret": given["new_secret"], "added_at": now.isoformat(), "until": None}, *obj.secrets]
        elif not change and is_only_asked(obj):
            self.message_user(request, gettext("It sends nothing of its own accord: it is asked, with its API key."))
        elif not change:
            made = randomness.token_urlsafe(32)
            obj.secrets = [{"secret": made, "added_at": now.isoformat(), "until": None}]
            said = gettext("We made a secret for it. Copy it now, it is not shown again: %(secret)s")
            self.message_user(request, said % {"secret": made})
            if READERS[obj.source].secret_in_address:
                said = gettext("It signs nothing: give it this address, which holds the secret. %(address)s")
                whole = f"{request.build_absolute_uri(obj.path)}?{urlencode({'token': made})}"
                self.message_user(request, said % {"address": whole})
        if given.get("new_token"):
            obj.token = given["new_token"]
            if change:
                polls.ask_now(obj, now)
        if may_open_network(request.user):
            obj.options = {**obj.options, "private_hosts": given.get("private_hosts", "").lower().split()}
        obj.paused_at = (obj.paused_at or now) if given.get("paused") else None
        super().save_model(request, obj, form, change)
        transaction.on_commit(forget_connections)

    def response_change(self, request, obj):
        if "_retire" in request.POST:
            self.message_user(request, self.retire_secret(request, obj))
            request.POST = {**request.POST.dict(), "_continue": "1"}
        return super().response_change(request, obj)

    @deed("events.change_connection")
    def retire_secret(self, request, obj) -> str:
        """The secret with this number stops counting after GRACE; one that was retiring stops now."""
        number, now = request.POST.get("_retire", ""), timezone.now()
        if not number.isdigit() or int(number) >= len(obj.secrets):
            return gettext("There is no such secret.")
        row = obj.secrets[int(number)]
        row["until"] = (now if row.get("until") else now + GRACE).isoformat()
        obj.save(update_fields=["secrets"])
        transaction.on_commit(forget_connections)
        if row["until"] == now.isoformat():
            return gettext("The secret no longer counts.")
        return gettext("The secret counts for seven more days, so that nothing on its way is lost.")


def may_open_network(user: Any) -> bool:
    """Owners only: whoever writes a host there reaches into the network of the installation."""
    return user.has_perm("staff.change_user")


def is_only_asked(connection: Connection) -> bool:
    source = READERS.get(connection.source)
    return bool(source and source.only_asked)


def live(connection: Connection, now: datetime) -> list[dict]:
    return [row for row in connection.secrets if not row.get("until") or moment(row["until"]) > now]


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

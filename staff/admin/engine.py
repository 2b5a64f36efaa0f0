"""The engine room: receipts, facts, reactions owed, heartbeats. People look, and press replay."""

from django.contrib import admin
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from events import inbox, outbox
from events.models import Event, Heartbeat, OwedReaction, Receipt
from staff import timeline
from staff.display import link, page_of, pill, when
from staff.lists import Find, ReadingRoom, deed
from staff.trouble import SLOW, is_stale

RECEIPT_TONES = {"waiting": "now", "done": "good", "ignored": "plain", "parked": "wait", "dead": "bad"}


class InTrouble(admin.SimpleListFilter):
    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request, model_admin):
        return [("yes", _("in trouble"))]

    def queryset(self, request, queryset):
        return queryset.filter(state__in=["parked", "dead"]) if self.value() else queryset


class BySource(admin.SimpleListFilter):
    title = _("source")
    parameter_name = "source"

    def lookups(self, request, model_admin):
        return [(name, name) for name in sorted(inbox.READERS)]

    def queryset(self, request, queryset):
        return queryset.filter(connection__source=self.value()) if self.value() else queryset


@admin.register(Receipt)
class Receipts(ReadingRoom):
    place = ("engine", 1)
    symbol = "inbox"
    subject = "receipt"
    keyset = ("-received_at", "-pk")
    list_display = ("topic_or_key", "state_pill", "connection", "why_short", "received", "attempts")
    list_filter = (InTrouble, "state", BySource)
    list_select_related = ("connection",)
    finds = (Find("key", prefix=True),)
    search_hint = _("Delivery id")
    empty_text = _("Receipts appear here when a connected source knocks for the first time.")
    actions = ("replay_chosen",)
    deeds = ("replay",)
    export = (
        ("connection", _("connection")),
        ("topic", _("topic")),
        ("key", _("delivery")),
        ("state", _("state")),
        ("why", _("reason")),
        ("received_at", _("received at")),
        ("attempts", _("attempts")),
    )

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        on_list = (
            request is not None and request.resolver_match and request.resolver_match.url_name.endswith("changelist")
        )
        return rows.defer("body") if on_list else rows

    @admin.display(description=_("topic"))
    def topic_or_key(self, receipt):
        return receipt.topic or receipt.key

    @admin.display(description=_("state"))
    def state_pill(self, receipt):
        return pill(receipt.get_state_display(), RECEIPT_TONES[receipt.state])

    @admin.display(description=_("reason"))
    def why_short(self, receipt):
        return Truncator(receipt.why).chars(110)

    @admin.display(description=_("received at"))
    def received(self, receipt):
        return when(receipt.received_at)

    def has_replay_permission(self, request):
        return request.user.has_perm("events.change_receipt")

    @admin.action(description=_("Read again"), permissions=["replay"])
    def replay_chosen(self, request, queryset):
        count = inbox.replay(queryset.model._base_manager.filter(pk__in=queryset.values("pk")))
        said = ngettext("%(count)s receipt will be read again.", "%(count)s receipts will be read again.", count)
        self.message_user(request, said % {"count": count})

    @deed("events.change_receipt")
    def replay(self, request, receipt):
        inbox.replay(Receipt.objects.filter(pk=receipt.pk))
        return gettext("The receipt will be read again in a moment.")

    replay.short_description = _("Read again")

    def page(self, request, receipt):
        return {
            "title": receipt.topic or receipt.key,
            "pill": self.state_pill(receipt),
            "customer_url": page_of("customer", receipt.customer_id),
            "size": len(bytes(receipt.body)),
        }


class ByKind(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [(kind, kind) for kind in timeline.SENTENCES]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


class Handled(admin.SimpleListFilter):
    title = _("handled")
    parameter_name = "handled"

    def lookups(self, request, model_admin):
        return [("no", _("not handled yet"))]

    def queryset(self, request, queryset):
        return queryset.filter(handled_at__isnull=True) if self.value() else queryset


@admin.register(Event)
class Events(ReadingRoom):
    place = ("engine", 2)
    symbol = "bolt"
    subject = "event"
    list_display = ("sentence", "kind", "subject_name", "customer", "happened", "handled")
    list_filter = (Handled, ByKind)

    @admin.display(description=_("event"))
    def sentence(self, event):
        return timeline.told(event).text

    @admin.display(description=pgettext_lazy("event", "subject"))
    def subject_name(self, event):
        return f"{event.subject_type} {event.subject_id}"

    @admin.display(description=_("customer"))
    def customer(self, event):
        return link(page_of("customer", event.customer_id), f"#{event.customer_id}") if event.customer_id else ""

    @admin.display(description=_("happened at"))
    def happened(self, event):
        return when(event.at)

    @admin.display(description=_("handled"))
    def handled(self, event):
        return pill(str(_("yes")), "good") if event.handled_at else pill(str(_("waiting")), "now")

    def page(self, request, event):
        return {
            "title": timeline.told(event).text,
            "subject_url": page_of(event.subject_type, event.subject_id),
            "customer_url": page_of("customer", event.customer_id),
            "owed": event.owed.order_by("pk"),
        }


@admin.register(OwedReaction)
class Owed(ReadingRoom):
    place = ("engine", 3)
    symbol = "alert"
    subject = "owed"
    list_display = ("reaction", "state_pill", "kind", "error_short", "next", "attempts")
    list_filter = ("state",)
    list_select_related = ("event",)
    empty_text = _("Nothing is owed: every fact was answered.")
    actions = ("replay_chosen",)
    deeds = ("replay",)

    @admin.display(description=_("state"))
    def state_pill(self, owed):
        return pill(owed.get_state_display(), "bad" if owed.state == OwedReaction.State.PARKED else "now")

    @admin.display(description=_("event"))
    def kind(self, owed):
        return owed.event.kind

    @admin.display(description=_("error"))
    def error_short(self, owed):
        return Truncator(owed.error).chars(110)

    @admin.display(description=_("next try"))
    def next(self, owed):
        return when(owed.next_at) if owed.state == OwedReaction.State.WAITING else ""

    def has_replay_permission(self, request):
        return request.user.has_perm("events.change_owedreaction")

    @admin.action(description=_("Try again"), permissions=["replay"])
    def replay_chosen(self, request, queryset):
        count = outbox.replay(OwedReaction.objects.filter(pk__in=queryset.values("pk")))
        said = ngettext("%(count)s reaction will be tried again.", "%(count)s reactions will be tried again.", count)
        self.message_user(request, said % {"count": count})

    @deed("events.change_owedreaction")
    def replay(self, request, owed):
        outbox.replay(OwedReaction.objects.filter(pk=owed.pk))
        return gettext("The reaction will be tried again in a moment.")

    replay.short_description = _("Try again")

    def page(self, request, owed):
        return {
            "pill": self.state_pill(owed),
            "entry": timeline.told(owed.event),
            "event_url": page_of("event", owed.event_id),
        }


@admin.register(Heartbeat)
class Heartbeats(ReadingRoom):
    place = ("engine", 4)
    symbol = "pulse"
    subject = "heartbeat"
    keyset = ("pk",)
    list_display = ("name", "state", "beat", "moved", "milliseconds")
    empty_text = _("No clock has run yet: is a worker or `manage.py tick --forever` running?")

    @admin.display(description=_("state"))
    def state(self, heartbeat):
        if is_stale(heartbeat, timezone.now()):
            return pill(str(_("silent")), "bad")
        return pill(str(_("slow")), "wait") if heartbeat.milliseconds > SLOW else pill(str(_("alive")), "good")

    @admin.display(description=_("last beat"))
    def beat(self, heartbeat):
        return when(heartbeat.at)

    def page(self, request, heartbeat):
        return {"pill": self.state(heartbeat)}

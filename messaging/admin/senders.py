"""Senders: who writes, by which way, how much; and the page that says how well their mails are taken."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from customers.channels import Channel
from events.models import Heartbeat
from messaging.actions import breaker, health, quotas
from messaging.actions.trials import try_sender, try_text
from messaging.admin.sender_cards import cards, state_pill, way_in_words
from messaging.admin.sender_form import SenderForm
from messaging.channels.smtp_presets import BY_SLUG, PRESETS
from messaging.mailbox_groups import GROUPS
from messaging.models import Sender
from staff.lists import Room


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

"""Campaigns: written as a form, looked at before they leave, stopped at any moment."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import mailing
from campaigns.desk import CAMPAIGN_TONES, guards_of, hosts_to_confirm, in_words, progress_of, steps_of_campaign
from campaigns.mailing.checking import is_fresh
from campaigns.mailing.guards import worst
from campaigns.mailing.verbs import EDITABLE, RUNNING
from campaigns.models import Campaign
from messaging.models import Channel, Template
from shelf.reasons import Refusal
from staff.display import number, page_of, pill, when
from staff.lists import ReadingRoom, deed

State = Campaign.State


class CampaignForm(forms.ModelForm):
    class Meta:
        model = Campaign
        fields = ("name", "template", "store", "language", "since_on", "until_on", "min_orders")
        widgets = {
            "since_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "until_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = Template.objects.filter(channel=Channel.EMAIL).order_by("name")
        choices = [("", _("all")), *settings.LANGUAGES]
        self.fields["language"] = forms.ChoiceField(
            label=Campaign._meta.get_field("language").verbose_name, choices=choices, required=False
        )
        self.fields["min_orders"].min_value = 1

    def clean_min_orders(self) -> int:
        wanted = self.cleaned_data["min_orders"]
        if wanted < 1:
            raise forms.ValidationError(_("Nobody is a customer without an order: at least 1."))
        return wanted

    def clean(self):
        since, until = self.cleaned_data.get("since_on"), self.cleaned_data.get("until_on")
        if since and until and since > until:
            self.add_error("until_on", _("This day lies before the first one."))
        return self.cleaned_data


@dataclass(frozen=True, slots=True)
class Button:
    deed: str
    label: str
    tone: str = ""


@admin.register(Campaign)
class Campaigns(ReadingRoom):
    place = ("talk", 1)
    symbol = "flag"
    subject = "campaign"
    keyset = ("-created_at", "-pk")
    form = CampaignForm
    list_display = ("name", "state_pill", "store", "reached", "made")
    list_filter = ("state", "store")
    list_select_related = ("store",)
    empty_text = _("No campaign yet.")
    deeds = ("look", "save", "confirm", "send", "approve", "call_off", "pause", "resume", "go_on", "cancel")

    @admin.display(description=_("state"))
    def state_pill(self, campaign):
        return pill(campaign.get_state_display(), CAMPAIGN_TONES[campaign.state])

    @admin.display(description=_("people who get it"))
    def reached(self, campaign):
        return number(campaign.recipients) if campaign.checked_at else ""

    @admin.display(description=_("created at"))
    def made(self, campaign):
        return when(campaign.created_at)

    # --- Writing one

    def has_add_permission(self, request):
        return request.user.has_perm("campaigns.add_campaign")

    def get_fieldsets(self, request, obj=None):
        about = {"fields": ("name", "template", "store")}
        whom = {"fields": ("language", "since_on", "until_on", "min_orders")}
        return ((None, about), (_("Who gets it"), whom))

    def get_form(self, request, obj=None, change=False, **kwargs):
        return CampaignForm

    def save_model(self, request, obj, form, change):
        mailing.create(obj, request.user)

    def response_add(self, request, obj, post_url_continue=None):
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[obj.pk]))

    # --- Its page

    def page(self, request, campaign, form=None):
        now = timezone.now()
        fresh = is_fresh(campaign, now)
        may_change = request.user.has_perm("campaigns.change_campaign") and campaign.state in EDITABLE
        return {
            "pill": self.state_pill(campaign),
            "deeds": [],
            "buttons": [b for b in self.buttons(campaign, fresh) if self.allowed(request, b.deed)],
            "steps": steps_of_campaign(campaign),
            "guards": guards_of(campaign),
            "hosts": hosts_to_confirm(campaign) if may_change else [],
            "worst": worst(campaign.guards),
            "is_stale": bool(campaign.guards) and not fresh and worst(campaign.guards) != "stop",
            "is_paused": bool(campaign.stream.paused_at) and campaign.state in RUNNING,
            "stopped_because": in_words(campaign.reason, campaign.reason_values),
            "may_approve": self._may_approve(request, campaign),
            "counted": number(campaign.figures.get("people", 0)),
            "progress": progress_of(campaign) if campaign.started_at else None,
            "misses": self._misses(campaign) if campaign.started_at else [],
            "form": form or (CampaignForm(instance=campaign) if may_change else None),
            "template_url": page_of("template", campaign.template_id),
            "messages_url": self._messages_url(campaign),
            "refreshes": self._refreshes(campaign),
            "window": settings.CAMPAIGN_WINDOW_MINUTES,
        }

    def buttons(self, campaign: Campaign, fresh: bool) -> list[Button]:
        """What may be done now; the first is the next step."""
        people = number(campaign.recipients)
        check = Button("look", gettext("Check it"), "" if not fresh else "line")
        stop = Button("cancel", gettext("Cancel it for good"), "bad")
        state = campaign.state
        if state == State.CHECKED and fresh:
            return [Button("send", gettext("Send to %(count)s people…") % {"count": people}), check]
        if state in (State.DRAFT, State.CHECKED):
            return [check]
        if state == State.APPROVAL:
            back = Button("call_off", gettext("Take it back"), "line")
            return [Button("approve", gettext("Approve and send to %(count)s people") % {"count": people}), back]
        if state == State.ARMED:
            return [Button("call_off", gettext("Do not send it"), "bad")]
        if state in RUNNING:
            paused = campaign.stream.paused_at
            hold = Button("resume", gettext("Go on")) if paused else Button("pause", gettext("Pause"))
            return [hold, stop]
        if state == State.STOPPED:
            return [Button("go_on", gettext("Go on all the same"), "line"), stop] if campaign.started_at else [check]
        return []

    def _may_approve(self, request, campaign: Campaign) -> bool:
        authors = (campaign.created_by_id, campaign.edited_by_id, campaign.asked_by_id)
        return request.user.has_perm("campaigns.approve_campaign") and request.user.pk not in authors

    def _misses(self, campaign: Campaign) -> list[tuple[str, str]]:
        """Why some did not get it, the most frequent first."""
        states = ["skipped", "expired", "failed", "unknown", "bounced", "complained"]
        rows = mailing.messages_of(campaign).filter(state__in=states).exclude(reason="").order_by()
        found = rows.values_list("reason", "reason_values").annotate(n=Count("pk")).order_by("-n")[:12]
        return [(in_words(text, values), number(n)) for text, values, n in found]

    def _messages_url(self, campaign: Campaign) -> str:
        return f"{reverse('admin:messaging_message_changelist')}?stream__id__exact={campaign.stream_id}"

    def _refreshes(self, campaign: Campaign) -> int:
        """Seconds after which the page shows what has become of it; 0: nothing moves by itself."""
        return 4 if campaign.state in (State.CHECKING, *RUNNING) else 0

    # --- Deeds

    @deed("campaigns.change_campaign")
    def look(self, request, campaign):
        mailing.check(campaign)

    @deed("campaigns.change_campaign")
    def confirm(self, request, campaign):
        mailing.confirm_host(campaign, request.POST.get("host", ""), request.user)

    @deed("campaigns.send_campaign")
    def send(self, request, campaign):
        mailing.send(campaign, request.user, timezone.now())

    @deed("campaigns.approve_campaign")
    def approve(self, request, campaign):
        mailing.approve(campaign, request.user, timezone.now())

    @deed("campaigns.change_campaign")
    def call_off(self, request, campaign):
        mailing.call_off(campaign)
        return gettext("Nothing was sent.")

    @deed("campaigns.change_campaign")
    def pause(self, request, campaign):
        mailing.pause(campaign, request.user, timezone.now())

    @deed("campaigns.change_campaign")
    def resume(self, request, campaign):
        mailing.resume(campaign, request.user, timezone.now())

    @deed("campaigns.send_campaign")
    def go_on(self, request, campaign):
        mailing.go_on(campaign, request.user, timezone.now())

    @deed("campaigns.change_campaign")
    def cancel(self, request, campaign):
        mailing.cancel(campaign, request.user, timezone.now())
        return gettext("Cancelled: what had not left stays here.")

    @deed("campaigns.change_campaign")
    def save(self, request, campaign):
        raise NotImplementedError  # act() shows the form again when it is refused

    def act(self, request, campaign) -> HttpResponse:
        wanted: Callable[..., HttpResponse] = self._saved if request.POST.get("deed") == "save" else super().act
        try:
            return wanted(request, campaign)
        except Refusal as refusal:
            self.message_user(request, in_words(refusal.reason.text, refusal.reason.values), level="error")
            return HttpResponseRedirect(request.path)

    def _saved(self, request, campaign) -> HttpResponse:
        if not self.allowed(request, "save"):
            return super().act(request, campaign)
        form = CampaignForm(request.POST, instance=campaign)
        if form.is_valid():
            mailing.edit(form.instance, request.user)
            return HttpResponseRedirect(request.path)
        campaign.refresh_from_db()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "thing": campaign,
            "title": campaign.name,
            **self.page(request, campaign, form),
        }
        return TemplateResponse(request, "admin/campaigns/campaign/page.html", context, status=422)

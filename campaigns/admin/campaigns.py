"""Campaigns: written as a form, looked at before they leave, stopped at any moment."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import mailing
from campaigns.admin.calendar import CalendarPages
from campaigns.admin.campaign_forms import CampaignForm, VariantForm
from campaigns.desk import (
    CAMPAIGN_TONES,
    foreseen_in_words,
    guards_of,
    hosts_to_confirm,
    in_words,
    outcome_of_wordings,
    progress_of,
    steps_of_campaign,
    time_in_words,
    wordings_of,
)
from campaigns.mailing.checking import is_fresh
from campaigns.mailing.dry_run import foresee
from campaigns.mailing.guards import worst
from campaigns.mailing.verbs import EDITABLE, MEANWHILE, RUNNING
from campaigns.models import Campaign
from messaging.actions.replay import outcome_of
from messaging.models import Message
from messaging.states import DEAD
from shelf.reasons import Refusal
from staff.display import number, page_of, pill, when
from staff.lists import ReadingRoom, deed

State = Campaign.State
TESTS = ("add_variant", "drop_variant", "rehearse_misses", "retry")


@dataclass(frozen=True, slots=True)
class Button:
    deed: str
    label: str
    tone: str = ""


@admin.register(Campaign)
class Campaigns(CalendarPages, ReadingRoom):
    place = ("talk", 1)
    symbol = "flag"
    subject = "campaign"
    change_list_template = "admin/campaigns/campaign/list.html"
    keyset = ("-created_at", "-pk")
    form = CampaignForm
    list_display = ("name", "state_pill", "leaves", "store", "reached", "made")
    list_filter = ("state", "store")
    list_select_related = ("store", "segment__segment")
    empty_text = _("No campaign yet.")
    deeds = ("look", "save", "confirm", "send", "approve", "call_off", "pause", "resume", "go_on", "cancel", *TESTS)

    @admin.display(description=_("state"))
    def state_pill(self, campaign):
        return pill(campaign.get_state_display(), CAMPAIGN_TONES[campaign.state])

    @admin.display(description=_("people who get it"))
    def reached(self, campaign):
        return number(campaign.recipients) if campaign.checked_at else ""

    @admin.display(description=_("when it leaves"))
    def leaves(self, campaign):
        return time_in_words(campaign)

    @admin.display(description=_("created at"))
    def made(self, campaign):
        return when(campaign.created_at)

    # --- Writing one

    def has_add_permission(self, request):
        return request.user.has_perm("campaigns.add_campaign")

    def get_fieldsets(self, request, obj=None):
        about = {"fields": ("name", "template", "store")}
        whom = {"fields": ("segment", "language", "since_on", "until_on", "min_orders")}
        when_ = {"fields": ("goes", "goes_on", "goes_at")}
        measure = {"fields": ("holdout_percent",)}
        return ((None, about), (_("Who gets it"), whom), (_("When it leaves"), when_), (_("Measuring"), measure))

    def get_form(self, request, obj=None, change=False, **kwargs):
        return CampaignForm

    def save_model(self, request, obj, form, change):
        mailing.create(obj, request.user)

    def response_add(self, request, obj, post_url_continue=None):
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_change", args=[obj.pk]))

    def get_urls(self):
        people = path(
            "<int:pk>/people/", self.admin_site.admin_view(self.people_view), name="campaigns_campaign_people"
        )
        return [*self.calendar_urls(), people, *super().get_urls()]

    def people_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who would get it now, who not, and why; fifty at a time, by the gate itself."""
        campaign = self.get_object(request, str(pk))
        if campaign is None:
            raise Http404
        if not self.has_view_permission(request, campaign):
            raise PermissionDenied
        after = request.GET.get("after", "")
        found, following = foresee(campaign, int(after) if after.isdecimal() and len(after) < 18 else 0, timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "thing": campaign,
            "title": gettext("Who would get it now, who not, and why"),
            "people": foreseen_in_words(found),
            "following": following,
            "is_first": not after,
        }
        return TemplateResponse(request, "admin/campaigns/campaign/people.html", context)

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
            "segment_url": page_of("segment", campaign.segment.segment_id) if campaign.segment else "",
            "template_url": page_of("template", campaign.template_id),
            "messages_url": self._messages_url(campaign),
            "refreshes": self._refreshes(campaign),
            "leaves": time_in_words(campaign),
            "people_url": reverse("admin:campaigns_campaign_people", args=[campaign.pk]),
            "calendar_url": reverse("admin:campaigns_campaign_calendar"),
            "wordings": wordings_of(campaign),
            "outcomes": outcome_of_wordings(campaign) if campaign.started_at else [],
            "variant_form": VariantForm(campaign=campaign) if may_change else None,
            "retry": self._retry(request, campaign),
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

    def _retry(self, request: HttpRequest, campaign: Campaign) -> dict[str, Any] | None:
        """The second try: its button, or what its rehearsal said."""
        if campaign.state not in (State.DONE, State.SENDING) or not self.allowed(request, "retry"):
            return None
        job = campaign.retry
        if job is None:
            missed = mailing.messages_of(campaign).filter(state__in=DEAD).exclude(variant=Message.HOLDOUT)
            return {"asks": True} if missed.exists() else None
        outcome = outcome_of(job)
        rows = sorted(outcome.refused, key=lambda row: -row[2])
        return {
            "is_over": job.finished_at is not None,
            "go": outcome.go,
            "go_text": number(outcome.go),
            "wait": number(outcome.wait) if outcome.wait else "",
            "refused": [(in_words(text, values), number(n)) for text, values, n in rows],
        }

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
    def add_variant(self, request, campaign):
        form = VariantForm(request.POST, campaign=campaign)
        if campaign.state not in EDITABLE:
            raise mailing.CampaignRefused(MEANWHILE, state=campaign.state)
        if not form.is_valid():
            raise mailing.CampaignRefused("\n".join(str(e) for many in form.errors.values() for e in many))
        data = form.cleaned_data
        mailing.add_variant(campaign, data["percent"], data["template"], form.subjects(), request.user)
        mailing.edit(campaign, request.user)
        return gettext("Added. Then it has to be checked again.")

    @deed("campaigns.change_campaign")
    def drop_variant(self, request, campaign):
        if campaign.state not in EDITABLE:
            raise mailing.CampaignRefused(MEANWHILE, state=campaign.state)
        mailing.drop_variant(campaign, request.POST.get("variant", ""))
        mailing.edit(campaign, request.user)

    @deed("campaigns.send_campaign")
    def rehearse_misses(self, request, campaign):
        mailing.rehearse_misses(campaign, request.user, timezone.now())

    @deed("campaigns.send_campaign")
    def retry(self, request, campaign):
        mailing.retry_misses(campaign, request.user, timezone.now())
        return gettext("They are on their way.")

    def act(self, request, campaign) -> HttpResponse:
        try:
            return super().act(request, campaign)
        except Refusal as refusal:
            self.message_user(request, in_words(refusal.reason.text, refusal.reason.values), level="error")
            return HttpResponseRedirect(request.path)

    @deed("campaigns.change_campaign")
    def save(self, request, campaign) -> HttpResponse | None:
        """The form again, with its mistakes, where it has any."""
        form = CampaignForm(request.POST, instance=campaign)
        if form.is_valid():
            mailing.edit(form.instance, request.user)
            return None
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

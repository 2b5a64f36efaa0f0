"""Journeys as marketers see them: read aloud, edited as a definition, paused and resumed."""

import json

from django import forms
from django.contrib import admin
from django.db.models import Max
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.actions import publish, set_state
from campaigns.desk import ENROLMENT_TONES, JOURNEY_TONES, steps_of
from campaigns.engine import JourneyRefused, read_plan
from campaigns.models import Enrolment, Journey, JourneyVersion
from campaigns.read_aloud import read_aloud
from messaging.models import Template
from shelf.reasons import Refusal
from staff.display import capped, link, page_of, pill, when
from staff.lists import CAP, ReadingRoom, deed


class DefinitionForm(forms.Form):
    definition = forms.CharField(
        label=_("definition"),
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code"}),
        strip=False,
    )

    def clean_definition(self) -> dict:
        try:
            return json.loads(self.cleaned_data["definition"])
        except ValueError as error:
            raise forms.ValidationError(_("This is not JSON: %(error)s."), params={"error": error}) from None


@admin.register(Journey)
class Journeys(ReadingRoom):
    place = ("talk", 1)
    symbol = "route"
    subject = "journey"
    keyset = ("name", "pk")
    list_display = ("name", "state_pill", "version", "inside")
    deeds = ("go_live", "pause", "save")
    empty_text = _("No journey yet.")

    def decorate(self, request, page):
        newest = JourneyVersion.objects.filter(journey__in=page).values_list("journey").annotate(n=Max("number"))
        numbers = dict(newest.order_by())
        for journey in page:
            journey.newest = numbers.get(journey.pk)
            # a handful of journeys, each count stops at CAP
            journey.active = capped(journey.enrolments.filter(state="active")[: CAP + 1].count(), CAP)
        return page

    @admin.display(description=_("state"))
    def state_pill(self, journey):
        return pill(journey.get_state_display(), JOURNEY_TONES[journey.state])

    @admin.display(description=_("version"))
    def version(self, journey):
        return f"v{journey.newest}" if journey.newest else ""

    @admin.display(description=_("people inside"))
    def inside(self, journey):
        return journey.active

    def page(self, request, journey, form=None):
        versions = list(journey.versions.select_related("published_by").order_by("-number")[:8])
        newest = versions[0] if versions else None
        definition = json.dumps(newest.definition, ensure_ascii=False, indent=2) if newest else ""
        may = request.user.has_perm("campaigns.change_journey")
        wanted = "pause" if journey.state == Journey.State.LIVE else "go_live"
        rows = Enrolment.objects.filter(journey=journey).select_related("customer", "order")
        enrolments = list(rows.order_by("-entered_at", "-pk")[:20])
        for enrolment in enrolments:
            enrolment.pill = pill(enrolment.get_state_display(), ENROLMENT_TONES[enrolment.state])
            enrolment.order_url = page_of("order", enrolment.order_id)
        return {
            "pill": self.state_pill(journey),
            "lines": spoken(newest),
            "versions": versions,
            "form": form or DefinitionForm(initial={"definition": definition}),
            "may_change": may,
            "deeds": [wanted] if may and newest else [],
            "enrolments": enrolments,
        }

    @deed("campaigns.change_journey")
    def go_live(self, request, journey):
        set_state(journey, Journey.State.LIVE)
        return gettext("The journey is live.")

    go_live.short_description = _("Let it run")

    @deed("campaigns.change_journey")
    def pause(self, request, journey):
        set_state(journey, Journey.State.PAUSED)
        return gettext("The journey is paused: nobody enters and nothing leaves.")

    pause.short_description = _("Pause")

    @deed("campaigns.change_journey")
    def save(self, request, journey):
        raise NotImplementedError  # act() shows the form again when it is refused

    def act(self, request, journey):
        if request.POST.get("deed") != "save" or not self.allowed(request, "save"):
            return super().act(request, journey)
        form = DefinitionForm(request.POST)
        if form.is_valid():
            try:
                version = publish(journey, form.cleaned_data["definition"], by=request.user)
            except Refusal as refusal:
                form.add_error("definition", str(refusal))
            else:
                self.message_user(request, gettext("Version %(number)s is live.") % {"number": version.number})
                return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "thing": journey,
            "title": journey.name,
            **self.page(request, journey, form),
        }
        return TemplateResponse(request, "admin/campaigns/journey/page.html", context, status=422)


def spoken(version: JourneyVersion | None) -> list:
    if version is None:
        return []
    try:
        return read_aloud(read_plan(version.definition), dict(Template.objects.values_list("slug", "name")))
    except JourneyRefused:
        return []


@admin.register(Enrolment)
class Enrolments(ReadingRoom):
    place = ("talk", 3)
    symbol = "person"
    subject = "enrolment"
    menu_title = _("People on journeys")
    keyset = ("-entered_at", "-pk")
    list_display = ("who", "journey", "state_pill", "step", "wakes", "order_number", "entered")
    list_filter = ("journey", "state")
    list_select_related = ("journey", "customer", "order")

    @admin.display(description=_("customer"))
    def who(self, enrolment):
        return str(enrolment.customer) if enrolment.customer else enrolment.entry_key

    @admin.display(description=_("state"))
    def state_pill(self, enrolment):
        return pill(enrolment.get_state_display(), ENROLMENT_TONES[enrolment.state])

    @admin.display(description=_("wakes at"))
    def wakes(self, enrolment):
        return when(enrolment.wake_at) if enrolment.state == Enrolment.State.ACTIVE else ""

    @admin.display(description=_("order"))
    def order_number(self, enrolment):
        return link(page_of("order", enrolment.order_id), enrolment.order.number) if enrolment.order else ""

    @admin.display(description=_("entered at"))
    def entered(self, enrolment):
        return when(enrolment.entered_at)

    def page(self, request, enrolment):
        return {
            "title": f"{enrolment.journey} · {self.who(enrolment)}",
            "pill": self.state_pill(enrolment),
            "steps": steps_of(enrolment),
            "customer_url": page_of("customer", enrolment.customer_id),
            "journey_url": page_of("journey", enrolment.journey_id),
            "order_url": page_of("order", enrolment.order_id),
        }

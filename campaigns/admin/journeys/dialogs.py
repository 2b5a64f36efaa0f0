"""Before a version runs, and before a paused journey goes on: what will become of whom."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.actions import drafting, people_inside
from campaigns.actions.drafting import Working
from campaigns.actions.pausing import CONTINUE, DROP, SHIFT, resume
from campaigns.actions.publishing import END, FINISH, MOVE
from campaigns.admin.journeys.known import known_for
from campaigns.desk import AHEAD, shown_ahead, why_ahead
from campaigns.flow import Flow
from campaigns.flow.differences import differences
from campaigns.flow.problems import problems_of
from campaigns.flow.speech import spoken
from campaigns.forecast import Dry, who_now
from campaigns.models import Enrolment, Journey
from customers.models import Customer
from shelf.reasons import Refusal
from staff.display import page_of, pill

if TYPE_CHECKING:
    from campaigns.admin.journeys.room import Journeys

MAY = "campaigns.change_journey"
LOOKED_AT, SHOWN = 1000, 30
FATES = (
    (FINISH, _("They finish the version that they entered.")),
    (MOVE, _("They move to the new version, to the step of the same name; their times are computed anew.")),
    (END, _("They are let go where they stand.")),
)
WAYS = (
    (CONTINUE, _("Times ran on: what came due meanwhile leaves now, unless it is too late.")),
    (SHIFT, _("Everything is put off by the length of the pause.")),
    (DROP, _("Whoever came due during the pause is let go; the others go on.")),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A step with people at it. ``gone``: the new version has no such step."""

    version: int
    step: str
    sentence: str
    people: int
    gone: bool


class PublishForm(forms.Form):
    choice = forms.ChoiceField(
        label=_("what becomes of the people inside"), choices=FATES, initial=FINISH, widget=forms.RadioSelect
    )
    goes_live = forms.BooleanField(label=_("let it run at once"), required=False, initial=True)

    def __init__(self, *args: Any, gone: list[Place], flow: Flow, inside: int, is_live: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        targets = [("", _("they are let go")), *((name, name) for name in flow.steps)]
        self.steps = sorted({place.step for place in gone})
        for step in self.steps:
            label = gettext("people at “%(step)s” go on at") % {"step": step}
            self.fields[f"landing-{step}"] = forms.ChoiceField(label=label, choices=targets, required=False)
        if not inside:
            del self.fields["choice"]
        if is_live:
            del self.fields["goes_live"]

    @property
    def landings(self) -> list[forms.BoundField]:
        return [self[f"landing-{step}"] for step in self.steps]

    def chosen_landings(self) -> dict[str, str]:
        return {step: self.cleaned_data[f"landing-{step}"] for step in self.steps}


def publish(room: "Journeys", request: HttpRequest, pk: int) -> HttpResponse:
    journey = _found(room, request, pk)
    state = drafting.working(journey)
    if state.draft is None:
        return HttpResponseRedirect(_page_of(journey))
    return _published(room, request, journey, state)


def _published(room: "Journeys", request: HttpRequest, journey: Journey, state: Working) -> HttpResponse:
    flow = Flow(state.definition)
    known = known_for(flow.subject)
    places = _places(journey, flow, state, known.templates)
    inside = sum(place.people for place in places)
    shape = {
        "gone": [place for place in places if place.gone],
        "flow": flow,
        "inside": inside,
        "is_live": journey.state != Journey.State.DRAFT,
    }
    form = PublishForm(request.POST if request.method == "POST" else None, **shape)
    said, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            version = drafting.publish_draft(
                journey,
                request.POST.get("token", ""),
                request.user,
                form.cleaned_data.get("choice", FINISH),
                form.chosen_landings(),
                goes_live=form.cleaned_data.get("goes_live", False),
            )
        except Refusal as refusal:
            said, status = str(refusal), 422
            state = drafting.working(journey)
        else:
            room.message_user(request, gettext("Version %(number)s is live.") % {"number": version.number})
            return HttpResponseRedirect(_page_of(journey))
    newest = state.newest
    context = {
        **_around(room, request, journey),
        "heading": gettext("Publish"),
        "said": said,
        "form": form,
        "token": state.token,
        "places": places,
        "inside": inside,
        "problems": problems_of(state.definition, known.templates, timezone.now()),
        "changes": differences(newest.definition, state.definition, known.templates) if newest else [],
        "newest": newest,
        "number": (newest.number if newest else 0) + 1,
    }
    return TemplateResponse(request, "admin/campaigns/journey/publish.html", context, status=status)


def _places(journey: Journey, flow: Flow, state: Working, templates: dict[str, str]) -> list[Place]:
    old = Flow(state.newest.definition) if state.newest else flow
    found = []
    for row in people_inside(journey):
        step = flow.steps.get(row.step) or old.steps.get(row.step)
        sentence = spoken(step, flow.subject, templates).text if step else ""
        gone = bool(row.step) and row.step not in flow.steps
        found.append(Place(row.version, row.step, sentence, row.people, gone))
    return found


def go_on(room: "Journeys", request: HttpRequest, pk: int) -> HttpResponse:
    """A paused journey goes on: how?"""
    journey = _found(room, request, pk)
    if journey.state != Journey.State.PAUSED:
        return HttpResponseRedirect(_page_of(journey))
    now, since = timezone.now(), journey.stream.paused_at
    if request.method == "POST":
        try:
            resume(journey, request.POST.get("how", ""), now)
        except Refusal as refusal:
            room.message_user(request, str(refusal), level="error")
            return HttpResponseRedirect(request.path)
        room.message_user(request, gettext("The journey is live."))
        return HttpResponseRedirect(_page_of(journey))
    due = Q(wake_at__lte=now)
    counts = Enrolment.objects.filter(journey=journey, state=Enrolment.State.ACTIVE).aggregate(
        inside=Count("pk"), due=Count("pk", filter=due)
    )
    context = {**_around(room, request, journey), "heading": gettext("Let it go on"), "ways": WAYS, "since": since}
    return TemplateResponse(request, "admin/campaigns/journey/resume.html", {**context, **counts})


def dry_run(room: "Journeys", request: HttpRequest, pk: int) -> HttpResponse:
    """Who would get it now, who not, and why: the newest thousand who would have started.

    Asked of the newest version; with ``?of=draft``, or when nothing is published yet, of the draft.
    """
    journey = room.get_object(request, str(pk))
    if journey is None:
        raise Http404
    if not room.has_view_permission(request, journey):
        raise PermissionDenied
    state, now = drafting.working(journey), timezone.now()
    draft = state.draft if request.GET.get("of") == "draft" or state.newest is None else None
    problems = problems_of(draft.definition, known_for(Flow(draft.definition).subject).templates, now) if draft else []
    asked = None if problems else who_now(journey, LOOKED_AT, now, SHOWN, draft.definition if draft else None)
    found = asked or Dry([], [], 0)
    names = {one.pk: str(one) for one in Customer.objects.filter(pk__in={p.customer_id for p in found.people})}
    people = [
        (names.get(one.customer_id, "–"), page_of("customer", one.customer_id), shown)
        for one, shown in zip(found.people, shown_ahead(found.people), strict=True)
    ]
    counts = [(pill(str(AHEAD[verdict][0]), AHEAD[verdict][1]), why_ahead(why), n) for verdict, why, n in found.counts]
    context = {
        **_around(room, request, journey),
        "counts": counts,
        "people": people,
        "looked_at": found.looked_at,
        "is_draft": draft is not None,
        "problems": problems,
        "has_both": state.draft is not None and state.newest is not None,
    }
    return TemplateResponse(request, "admin/campaigns/journey/dry_run.html", context)


def _found(room: "Journeys", request: HttpRequest, pk: int) -> Journey:
    journey = room.get_object(request, str(pk))
    if journey is None:
        raise Http404
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    return journey


def _page_of(journey: Journey) -> str:
    return reverse("admin:campaigns_journey_change", args=[journey.pk])


def _around(room: "Journeys", request: HttpRequest, journey: Journey) -> dict[str, Any]:
    return {
        **room.admin_site.each_context(request),
        "opts": room.opts,
        "room": room,
        "thing": journey,
        "title": journey.name,
        "pill": room.state_pill(journey),
        "page_url": _page_of(journey),
        "edit_url": reverse("admin:campaigns_journey_edit", args=[journey.pk]),
    }

"""The editor: one page, every button a form that works without a script, every change saved as a draft at once."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import fields
from campaigns.actions import drafting
from campaigns.actions.drafting import SavedByAnother, Working
from campaigns.admin.journeys.cards import Card, frame_lines, lay, places
from campaigns.admin.journeys.forms import FORMS, BranchForm, FrameForm, SplitForm, StepForm
from campaigns.admin.journeys.forms.frame import OWN, initial_of
from campaigns.admin.journeys.known import Known, known_for
from campaigns.flow import Flow, add, copy, move, remove, rename
from campaigns.flow.changes import replace
from campaigns.flow.differences import differences
from campaigns.flow.figures import figures_of
from campaigns.flow.links import lead, ways_of
from campaigns.flow.picture import draw
from campaigns.flow.problems import problems_of
from campaigns.flow.speech import NAMES, SYMBOLS
from campaigns.models import Journey
from campaigns.segments import editing as conditions
from shelf.conditions import ConditionRefused
from shelf.reasons import Refusal

if TYPE_CHECKING:
    from campaigns.admin.journeys.room import Journeys

FRAME = "@frame"  # stands in ``?step=`` for beginning and end
MAY = "campaigns.change_journey"


def edit(room: "Journeys", request: HttpRequest, pk: int) -> HttpResponse:
    journey = room.get_object(request, str(pk))
    if journey is None:
        raise Http404
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    state = drafting.working(journey)
    if request.method == "POST":
        return _changed(room, request, journey, state)
    return page(room, request, journey, state, opened=request.GET.get("step", ""))


# --- What a button does -------------------------------------------------------------------------------------------


def _changed(room: "Journeys", request: HttpRequest, journey: Journey, state: Working) -> HttpResponse:
    verb, _colon, rest = request.POST.get("deed", "").partition(":")
    flow = Flow(state.definition)
    if verb in ("save", "frame"):
        return _filled(room, request, journey, state, flow, rest)
    try:
        if verb == "discard":
            drafting.discard_draft(journey, request.POST.get("token", ""))
            room.message_user(request, _("The draft is gone: this is the version that runs."))
            return HttpResponseRedirect(request.path)
        if verb == "undo":
            drafting.undo_draft(journey, request.POST.get("token", ""), request.user, timezone.now())
            room.message_user(request, _("The last change is undone. Once more, and it is back."))
            return HttpResponseRedirect(request.path)
        before = flow.definition()
        goes_to = _rearranged(request, flow, verb, rest)
        _save(request, journey, flow, before)
    except Refusal as refusal:
        return page(room, request, journey, state, said=str(refusal), status=_status(refusal))
    return HttpResponseRedirect(f"{request.path}{goes_to}")


def _rearranged(request: HttpRequest, flow: Flow, verb: str, rest: str) -> str:
    """One press of a button; where the page goes on."""
    first, _colon, more = rest.partition(":")
    if verb == "add":
        name = add(flow, first, more)
        return f"?step={name}#step-{name}"
    if verb == "copy":
        name = copy(flow, first)
        return f"?step={name}#step-{name}"
    if verb == "remove":
        remove(flow, first, more)
        return "#flow"
    if verb in ("up", "down"):
        move(flow, first, verb)
    if verb == "move":
        move(flow, first, more or request.POST.get("place", ""))
    return f"#step-{first}"


def _filled(
    room: "Journeys", request: HttpRequest, journey: Journey, state: Working, flow: Flow, name: str
) -> HttpResponse:
    """A form of a step, or of beginning and end."""
    known = known_for(flow.subject)
    form: StepForm | FrameForm
    if not name:
        form = FrameForm(request.POST, known=known, initial=initial_of(state.definition, flow.subject))
    elif name in flow.steps:
        form = _form(request.POST, flow, name, known)
    else:
        gone = _("The step “%(step)s” is gone: somebody took it out meanwhile.") % {"step": name}
        return page(room, request, journey, state, said=gone, status=409)
    order = request.POST.get("do", "")
    if order and isinstance(form, BranchForm):
        return page(room, request, journey, state, opened=name, form=_asked(request, form, order))
    before = flow.definition()
    try:
        drafting.check_token(state, request.POST.get("token", ""))
        if not form.is_valid():
            return page(room, request, journey, state, opened=name or FRAME, form=form, status=422)
        if isinstance(form, FrameForm):
            flow.top = {**{key: value for key, value in flow.top.items() if key not in OWN}, **form.as_raw()}
        else:
            name = _apply(flow, name, form)
        _save(request, journey, flow, before)
    except Refusal as refusal:
        why, status = str(refusal), _status(refusal)
        if isinstance(refusal, SavedByAnother):
            why += " " + _("What you typed stands below: save it again to put it on top of theirs.")
        return page(
            room, request, journey, drafting.working(journey), said=why, opened=name or FRAME, form=form, status=status
        )
    if not name:
        return HttpResponseRedirect(f"{request.path}#flow")
    wrong = any(p.step == name for p in problems_of(flow.definition(), known.templates, timezone.now()))
    return HttpResponseRedirect(f"{request.path}{f'?step={name}' if wrong else ''}#step-{name}")


def _form(data: Any, flow: Flow, name: str, known: Known) -> StepForm:
    step = flow.steps[name]
    made = FORMS[step["do"]](data, step, known, [(other, other) for other in flow.steps], set(flow.steps))
    if isinstance(made, SplitForm):
        made.meeting = flow.block(name).goes_on
    return made


def _asked(request: HttpRequest, form: BranchForm, order: str) -> StepForm:
    """The form again after one press of a button of its conditions."""
    path, _colon, added = order.removeprefix("add:").partition(":")
    if order.startswith("add:") and not added:
        order = f"add:{path}:{request.POST.get(f'new-{path}', '')}"
    form.tree = conditions.change(form.tree, order)
    return form


def _apply(flow: Flow, name: str, form: StepForm) -> str:
    replace(flow, name, form.as_raw())
    for key, target in form.links().items():
        if key in dict(ways_of(flow.steps[name])) and (not target or target in flow.steps):
            lead(flow.steps[name], key, target)
    new = form.cleaned_data["name"]
    rename(flow, name, new)
    return new


def _save(request: HttpRequest, journey: Journey, flow: Flow, before: dict[str, Any]) -> None:
    """A press that changed nothing makes no draft."""
    definition = flow.definition()
    if definition != before:
        drafting.save_draft(journey, definition, request.POST.get("token", ""), request.user, timezone.now())


def _status(refusal: Refusal) -> int:
    return 409 if isinstance(refusal, SavedByAnother) else 422


# --- The page -----------------------------------------------------------------------------------------------------


def page(
    room: "Journeys",
    request: HttpRequest,
    journey: Journey,
    state: Working,
    said: str = "",
    opened: str = "",
    form: Any = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    if status == 409:
        state = drafting.working(journey)
    flow = Flow(state.definition)
    known = known_for(flow.subject)
    problems = problems_of(state.definition, known.templates, now)
    figures = figures_of(journey, now)
    laid = lay(flow, known.templates, problems, figures, opened)
    begins, ends = frame_lines(state.definition)
    card = _find(laid.cards, opened) or next((one for one in laid.lost if one.id == opened), None)
    frame = None
    if opened == FRAME:
        frame = form or FrameForm(known=known, initial=initial_of(state.definition, flow.subject))
    elif card is not None:
        card.form = form or _form(None, flow, opened, known)
        if isinstance(card.form, BranchForm):
            _mark(card.form.tree, known)
    draft = state.draft
    changes = differences(state.newest.definition, draft.definition, known.templates) if draft and state.newest else []
    context = {
        **room.admin_site.each_context(request),
        "opts": room.opts,
        "room": room,
        "thing": journey,
        "title": journey.name,
        "pill": room.state_pill(journey),
        "said": said,
        "token": state.token,
        "draft": draft,
        "newest": state.newest,
        "problems": problems,
        "laid": laid,
        "begins": begins,
        "ends": ends,
        "frame": frame,
        "frame_problems": [problem.sentence for problem in problems if not problem.step],
        "kinds": [(kind, str(name), SYMBOLS[kind]) for kind, name in NAMES.items()],
        "menu": known.fields if card is not None and card.kind == "branch" else [],
        "places": places(flow, opened) if card is not None and not card.lost else [],
        "changes": changes,
        "picture": draw(flow, laid.sentences, figures, {problem.step for problem in problems}),
        "figures": figures,
        "may_change": True,
        "edit_url": request.path,
        "page_url": reverse("admin:campaigns_journey_change", args=[journey.pk]),
        "dry_run_url": reverse("admin:campaigns_journey_dry_run", args=[journey.pk]),
        "publish_url": reverse("admin:campaigns_journey_publish", args=[journey.pk]),
    }
    return TemplateResponse(request, "admin/campaigns/journey/edit.html", context, status=status)


def _find(cards: list[Card], name: str) -> Card | None:
    for card in cards:
        if card.id == name:
            return card
        for way in card.ways:
            found = _find(way.cards, name)
            if found:
                return found
    return None


def _mark(part: Any, known: Known) -> None:
    """What is wrong with a condition, beside it; an empty tree is only unfinished."""
    if part.is_group:
        for inner in part.parts:
            _mark(inner, known)
        return
    try:
        fields.read(part.as_json(), *known.asked_of)
    except ConditionRefused as refused:
        part.error = str(refused)

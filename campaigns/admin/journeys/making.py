"""New journeys: blank, from a preset, as a copy, from a file that is looked at first."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from campaigns.actions import drafting
from campaigns.admin.journeys.cards import lay
from campaigns.admin.journeys.known import known_for
from campaigns.files import LARGEST, FileRefused, Written, read_file
from campaigns.flow import Flow
from campaigns.flow.differences import Difference, differences
from campaigns.flow.figures import Figures
from campaigns.flow.problems import Problem, problems_of
from campaigns.models import Journey
from campaigns.ready_made import read_presets
from shelf.reasons import Refusal

if TYPE_CHECKING:
    from campaigns.admin.journeys.room import Journeys

TOO_LARGE = gettext_noop("The file is larger than any journey.")
NOT_TEXT = gettext_noop("The file is no text in UTF-8.")


class NewForm(forms.Form):
    name = forms.CharField(label=_("name"), max_length=120)
    start = forms.ChoiceField(label=_("start with"), required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        code = get_language() or "en"
        presets = [(f"preset:{p.slug}", p.named(code)) for p in read_presets() if not p.missing]
        copies = [(f"copy:{pk}", name) for pk, name in Journey.objects.order_by("name").values_list("pk", "name")]
        choices: list[Any] = [("", _("an empty journey")), (_("Ready-made journeys"), presets)]
        self.fields["start"].choices = [*choices, (_("A copy of"), copies)] if copies else choices

    def definition(self) -> dict[str, Any]:
        kind, _colon, which = self.cleaned_data["start"].partition(":")
        if kind == "preset":
            return next(preset.definition for preset in read_presets() if preset.slug == which)
        if kind == "copy":
            return drafting.working(Journey.objects.get(pk=which)).definition
        return dict(drafting.BLANK)


class FileForm(forms.Form):
    """The file, or its text: the second step sends the text that was looked at."""

    file = forms.FileField(label=_("file"), required=False)
    text = forms.CharField(
        label=_("or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "code", "spellcheck": "false"}),
    )

    def body(self) -> str:
        """Raises FileRefused."""
        file = self.cleaned_data["file"]
        if file is None:
            return self.cleaned_data["text"]
        if file.size > LARGEST:
            raise FileRefused(TOO_LARGE)
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise FileRefused(NOT_TEXT) from None


@dataclass(frozen=True, slots=True)
class Look:
    """What taking a file would do. ``journey``: the one that gets a draft; None: a new one."""

    written: Written
    text: str
    journey: Journey | None
    changes: list[Difference]
    problems: list[Problem]
    cards: list[Any]


def make(room: "Journeys", request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("campaigns.add_journey"):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    from_file = posted is not None and posted.get("deed") in ("look", "take")
    form = NewForm(None if from_file else posted)
    file_form = FileForm(posted if from_file else None, request.FILES or None)
    look, said = None, ""
    try:
        if from_file and file_form.is_valid():
            look = _look(file_form.body())
            if posted is not None and posted.get("deed") == "take":
                return HttpResponseRedirect(_edit_of(_taken(request, look)))
        elif posted is not None and form.is_valid():
            made = drafting.create_journey(form.cleaned_data["name"], form.definition(), request.user, timezone.now())
            return HttpResponseRedirect(_edit_of(made))
    except Refusal as refusal:
        said = str(refusal)
    context = {
        **room.admin_site.each_context(request),
        "opts": room.opts,
        "room": room,
        "title": gettext("A new journey"),
        "form": form,
        "file_form": file_form,
        "look": look,
        "said": said,
    }
    wrong = said or (posted is not None and not look)
    return TemplateResponse(request, "admin/campaigns/journey/make.html", context, status=422 if wrong else 200)


def _look(text: str) -> Look:
    """Nothing is written."""
    written = read_file(text)
    flow = Flow(written.definition)
    known = known_for(flow.subject)
    problems = problems_of(written.definition, known.templates, timezone.now())
    journey = Journey.objects.filter(slug=written.slug).first()
    changes = []
    if journey:
        changes = differences(drafting.working(journey).definition, written.definition, known.templates)
    cards = lay(flow, known.templates, problems, Figures()).cards
    return Look(written, text, journey, changes, problems, cards)


def _taken(request: HttpRequest, look: Look) -> Journey:
    now, written = timezone.now(), look.written
    if look.journey is None:
        return drafting.create_journey(written.name, written.definition, request.user, now, slug=written.slug)
    token = drafting.working(look.journey).token
    drafting.save_draft(look.journey, written.definition, token, request.user, now)
    return look.journey


def _edit_of(journey: Journey) -> str:
    return reverse("admin:campaigns_journey_edit", args=[journey.pk])


def copy_name(journey: Journey) -> str:
    return str(format_lazy("{} ({})", journey.name, _("copy")))[:120]

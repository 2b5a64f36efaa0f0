"""The map of touchpoints, the report of each point, and the merchant's own points with their codes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path as address
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Touchpoint
from campaigns.touchpoints import drawing, own
from campaigns.touchpoints.built_in import TITLES
from campaigns.touchpoints.choosing import Chosen, choose
from campaigns.touchpoints.path import PHASES, count_path, point_of, trend
from campaigns.touchpoints.questions import question_in, word_for
from orders.models import Store
from shelf import qr
from shelf.charts import bars
from shelf.tables import write_csv
from shelf.touchpoints import Counted
from staff import display
from staff.display import number, percent, pill
from staff.lists import ReadingRoom, deed
from staff.models import User

COMMENTS = 30
HEADINGS = (
    _("Where on the path"),
    _("Touchpoint"),
    _("How many"),
    _("Asked"),
    _("Answered"),
    _("Response"),
    _("Rated"),
    _("Satisfied"),
    _("Left"),
    _("How they left"),
    _("Not here yet"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A point as the table under the map writes it."""

    title: str
    url: str
    volume: str
    response: str
    satisfaction: str
    left: str
    left_as: str
    waiting: str
    is_aside: bool
    trouble: str


def row_of(point: Counted, url: str) -> Row:
    if point.trouble:
        return Row(str(point.title), url, "–", "", "", "", "", "", point.is_aside, str(point.trouble))
    answered, asked = number(point.answered or 0), number(point.asked or 0)
    return Row(
        str(point.title),
        url,
        number(point.volume),
        "" if point.response is None else f"{percent(point.response)} ({answered} / {asked})",
        "" if point.satisfaction is None else percent(point.satisfaction),
        number(point.left) if point.left else "",
        str(point.left_as) if point.left else "",
        number(point.waiting) if point.waiting else "",
        point.is_aside,
        "",
    )


class TouchpointForm(forms.ModelForm):
    class Meta:
        model = Touchpoint
        fields = ("name", "store", "place", "stands_after", "owner", "scale", "again_minutes")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        after = [("", _("at the beginning")), *TITLES.items()]
        self.fields["stands_after"] = forms.ChoiceField(
            label=Touchpoint._meta.get_field("stands_after").verbose_name, choices=after, required=False
        )
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("name")
        self.fields["owner"].required = True
        if self.instance.pk and self.instance.answers.exists():
            self.fields["scale"].disabled = True  # a four of five is no four of ten
            self.fields["scale"].help_text = _("It was answered already: another scale needs another touchpoint.")
        for code, name in settings.LANGUAGES:
            self.fields[f"question_{code}"] = forms.CharField(
                label=_("The question in %(language)s") % {"language": gettext(name)},
                max_length=140,
                required=False,
                initial=self.instance.questions.get(code, ""),
                help_text=_("Left empty: “%(question)s”")
                % {"question": question_in(Touchpoint(scale=self.instance.scale), code)},
            )

    def clean_again_minutes(self) -> int:
        wanted = self.cleaned_data["again_minutes"]
        if not 1 <= wanted <= 60 * 24 * 30:
            raise forms.ValidationError(_("From 1 minute to 30 days (43,200 minutes)."))
        return wanted

    def save(self, commit=True):
        point = super().save(commit=False)
        said = {code: self.cleaned_data.get(f"question_{code}", "").strip() for code, _name in settings.LANGUAGES}
        point.questions = {code: words for code, words in said.items() if words}
        return point


@admin.register(Touchpoint)
class Touchpoints(ReadingRoom):
    place = ("day", 6)
    symbol = "route"
    subject = "touchpoint"
    menu_title = _("The customer's path")
    form = TouchpointForm
    deeds = ("close", "reopen", "change_link", "save")

    # --- The map

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        chosen = choose(request.GET, now)
        found = count_path(chosen.scope(now, display.zone()))
        if request.GET.get("export") == "csv":
            return self._as_csv(found.points, chosen)

        def where(point: Counted) -> str:
            return self._address(point, chosen)

        by_phase = [
            (drawing.phase_title(phase), [row_of(p, where(p)) for p in found.points if p.phase == phase])
            for phase in PHASES
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "title": gettext("The customer's path"),
            "chosen": chosen,
            "export": chosen.query(export="csv"),
            "path": found,
            "lying": drawing.lying(found, where),
            "standing": drawing.standing(found, where),
            "by_phase": [(title, rows) for title, rows in by_phase if rows],
            "may_add": self.has_add_permission(request),
            "has_own": any(p.name.startswith("own-") for p in found.points),
        }
        return TemplateResponse(request, "admin/campaigns/touchpoint/map.html", context)

    def _address(self, point: Counted, chosen: Chosen) -> str:
        if point.name.startswith("own-"):
            return point.url + chosen.query(store=None, segment=None)
        return reverse("admin:campaigns_touchpoint_point", args=[point.name]) + chosen.query()

    def _as_csv(self, points: list[Counted], chosen: Chosen) -> StreamingHttpResponse:
        pieces = write_csv([str(h) for h in HEADINGS], _cells(points), get_language() or "en", display.zone())
        answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="path-{chosen.since}-{chosen.until}.csv"'
        return answer

    # --- The report of a built-in point

    def get_urls(self):
        site = self.admin_site
        return [
            address("point/<slug:name>/", site.admin_view(self.point_view), name="campaigns_touchpoint_point"),
            address("<int:pk>/qr.svg", site.admin_view(self.svg_view), name="campaigns_touchpoint_svg"),
            address("<int:pk>/qr.png", site.admin_view(self.png_view), name="campaigns_touchpoint_png"),
            *super().get_urls(),
        ]

    def point_view(self, request: HttpRequest, name: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        chosen = choose(request.GET, now)
        scope = chosen.scope(now, display.zone())
        known = point_of(name, scope)
        if known is None:
            raise Http404
        point, count = known
        stretches = trend(name, scope, count)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "title": point.title,
            "point": point,
            "row": row_of(point, point.url),
            "chosen": chosen,
            "back": reverse("admin:campaigns_touchpoint_changelist") + chosen.query(),
            "stretches": [
                (display_days(s.since, s.until), row_of(p, "") if p else None, p.volume if p else 0)
                for s, p in stretches
            ],
            "bars": bars(
                [p.volume if p else 0 for _s, p in stretches],
                gettext("How many, by stretch of the period"),
                [display_days(s.since, s.until) for s, _p in stretches],
            ),
        }
        return TemplateResponse(request, "admin/campaigns/touchpoint/point.html", context)

    # --- Codes

    def svg_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        point = self._readable(request, pk)
        return _file(point.qr.encode(), "image/svg+xml", f"qr-{point.pk}.svg")

    def png_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        point = self._readable(request, pk)
        return _file(qr.png(point.qr_link), "image/png", f"qr-{point.pk}.png")

    def _readable(self, request: HttpRequest, pk: int) -> Touchpoint:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Touchpoint, pk=pk)

    # --- Opening one

    def has_add_permission(self, request):
        return request.user.has_perm("campaigns.add_touchpoint")

    def get_fieldsets(self, request, obj=None):
        questions = tuple(f"question_{code}" for code, _name in settings.LANGUAGES)
        return (
            (None, {"fields": ("name", "store", "owner")}),
            (_("Where it stands"), {"fields": ("place", "stands_after")}),
            (_("What it asks"), {"fields": ("scale", *questions, "again_minutes")}),
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        return TouchpointForm

    def get_changeform_initial_data(self, request):
        stores = list(Store.objects.values_list("pk", flat=True)[:2])
        return {"owner": request.user.pk, **({"store": stores[0]} if len(stores) == 1 else {})}

    def save_model(self, request, obj, form, change):
        own.save(obj)

    def response_add(self, request, obj, post_url_continue=None):
        return HttpResponseRedirect(reverse("admin:campaigns_touchpoint_change", args=[obj.pk]))

    # --- Its page

    def page(self, request, point, form=None):
        now = timezone.now()
        chosen = choose(request.GET, now)
        scope = chosen.scope(now, display.zone())
        counted = next((p for p in count_path(scope, [own.count_own]).points if p.name == f"own-{point.pk}"), None)
        may = request.user.has_perm("campaigns.change_touchpoint")
        said = point.answers.filter(at__gte=scope.since, at__lt=scope.until)
        comments = list(said.exclude(comment="").order_by("-at", "-pk")[:COMMENTS])
        for answer in comments:
            answer.word = word_for(point.scale, str(answer.score))
            answer.tone = tone_of(point.scale, answer.score)
        return {
            "pill": self.state_pill(point),
            "deeds": ["reopen" if point.closed_at else "close"] if may else [],
            "chosen": chosen,
            "back": reverse("admin:campaigns_touchpoint_changelist") + chosen.query(),
            "row": row_of(counted, "") if counted else None,
            "spread": spread_of(point, said),
            "comments": comments,
            "questions": [(code, name, question_in(point, code)) for code, name in settings.LANGUAGES],
            "form": form or (TouchpointForm(instance=point) if may else None),
            "may_change": may,
        }

    def state_pill(self, point):
        is_open = point.closed_at is None
        word = pgettext("touchpoint", "open") if is_open else pgettext("touchpoint", "closed")
        return pill(word, "good" if is_open else "plain")

    @deed("campaigns.change_touchpoint")
    def close(self, request, point):
        own.close(point, timezone.now())
        return gettext("Closed: its page says so, and what was said stays.")

    close.short_description = _("Close it")

    @deed("campaigns.change_touchpoint")
    def reopen(self, request, point):
        own.reopen(point)
        return gettext("It is open again.")

    reopen.short_description = _("Open it again")

    @deed("campaigns.change_touchpoint")
    def change_link(self, request, point):
        own.change_link(point)
        return gettext("The link is new. Codes that were printed before lead nowhere.")

    change_link.short_description = _("Make a new link")

    @deed("campaigns.change_touchpoint")
    def save(self, request, point) -> HttpResponse | None:
        """The form again, with its mistakes, where it has any."""
        form = TouchpointForm(request.POST, instance=point)
        if form.is_valid():
            own.save(form.save())
            return None
        point.refresh_from_db()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "thing": point,
            "title": point.name,
            **self.page(request, point, form),
        }
        return TemplateResponse(request, "admin/campaigns/touchpoint/page.html", context, status=422)


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _cells(points: list[Counted]) -> Iterator[list]:
    for p in points:
        numbers = [""] * 9 if p.trouble else _numbers(p)
        yield [drawing.phase_title(p.phase), str(p.title), *numbers]


def _numbers(p: Counted) -> list:
    """In the order of HEADINGS; what we cannot know is empty, none is 0."""
    response = None if p.response is None else percent(p.response)
    left_as = str(p.left_as) if p.left else None
    cells = [p.volume, p.asked, p.answered, response, p.rated, p.satisfied, p.left, left_as, p.waiting]
    return ["" if cell is None else cell for cell in cells]


def spread_of(point: Touchpoint, said) -> list[tuple[str, int, int]]:
    """(word, answers, per cent of the most frequent) for every answer of the scale, the best first."""
    counts = dict(said.order_by().values_list("score").annotate(n=Count("pk")))
    lowest, highest, _good = own.SCALES[point.scale]
    most = max(counts.values(), default=0) or 1
    scores = range(highest, lowest - 1, -1)
    return [(word_for(point.scale, str(n)), counts.get(n, 0), round(100 * counts.get(n, 0) / most)) for n in scores]


def tone_of(scale: str, score: int) -> str:
    lowest, highest, good = own.SCALES[scale]
    if score >= good:
        return "good"
    return "bad" if score <= (lowest + highest) / 2 - 0.5 else "wait"


def display_days(since, until) -> str:
    """``1 Nov – 4 Nov``: the last day is inside."""
    first, last = timezone.localtime(since), timezone.localtime(until - timedelta(seconds=1))
    days = [display.day(day, "d MMM") for day in (first, last)]
    return days[0] if days[0] == days[1] else " – ".join(days)

"""Segments as marketers see them: read aloud, counted while one builds them, with some of their people by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from campaigns import fields, segments
from campaigns.models import Segment, SegmentVersion
from campaigns.segments import asking, editing, exports
from campaigns.segments.editing import Branch
from shelf.conditions import ConditionRefused, aloud
from shelf.reasons import Refusal
from staff.display import number, page_of, pill, when
from staff.lists import ReadingRoom, deed

SHOWN = 12
VERSIONS = 8

# Where a new segment may start from.
STARTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "regulars": (
        _("Regulars: three orders or more, the last within 90 days"),
        {
            "all": [
                {"field": "customer.orders", "op": ">=", "value": 3},
                {"field": "customer.last_order", "op": "within_days", "value": 90},
            ]
        },
    ),
    "first": (
        _("First order in the last 30 days"),
        {
            "all": [
                {"field": "customer.first_order", "op": "within_days", "value": 30},
                {"field": "customer.orders", "op": "=", "value": 1},
            ]
        },
    ),
    "asleep": (
        _("At risk or lapsed, and may be written to"),
        {
            "all": [
                {"field": "customer.lifecycle", "op": "any_of", "value": ["at_risk", "lapsed"]},
                {"field": "customer.marketing", "op": "any_of", "value": ["yes"]},
            ]
        },
    ),
    "best": (
        _("The best: recent, often and much"),
        {
            "all": [
                {"field": "customer.recency", "op": "any_of", "value": ["5", "4"]},
                {"field": "customer.frequency", "op": "any_of", "value": ["5", "4"]},
                {"field": "customer.monetary", "op": "any_of", "value": ["5", "4"]},
            ]
        },
    ),
}


@dataclass(slots=True)
class Shown:
    """What a tree finds now, for the side of the editor."""

    sentence: str = ""
    people: str = ""
    everyone: bool = False
    sample: list[Any] | None = None
    said: str = ""


def shown(top: Branch, now: datetime) -> Shown:
    if not top.parts:
        return Shown()
    node = editing.check(top)
    if node is None:
        return Shown(said=gettext("Mend what is marked: then the people are counted."))
    counted = asking.count_of(node, now)
    people = number(counted.people)
    if counted.about:
        people = gettext("about %(count)s") % {"count": people}
    sample = asking.sample_of(node, SHOWN, now)
    for row in sample:
        row.page_url = page_of("customer", row.pk)
    return Shown(aloud(node), people, asking.matches_everyone(node, now), sample)


def menu() -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, [(field, label)]): what can be added, in the order of the tables."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in fields.fields_of("customer"):
        label = f"{one.label} ({one.help})" if one.help else str(one.label)
        found.setdefault(str(one.group), []).append((one.name, label))
    return list(found.items())


@admin.register(Segment)
class Segments(ReadingRoom):
    place = ("talk", 1)
    symbol = "people"
    subject = "segment"
    keyset = ("-created_at", "-pk")
    list_display = ("name", "told", "version", "followed_pill", "owner", "made")
    list_filter = ("is_followed",)
    list_select_related = ("owner",)
    search_fields = ("name",)
    search_hint = _("Name of the segment")
    empty_text = _("No segment yet. A segment describes people: regulars, those at risk, those who bought tea.")
    deeds = ("follow", "unfollow", "delete", "export")

    def get_search_results(self, request, queryset, search_term):
        typed = search_term.strip()[:120].replace("\x00", "")
        return (queryset.filter(name__icontains=typed) if typed else queryset), False  # segments are few

    def decorate(self, request, page):
        newest = SegmentVersion.objects.filter(segment__in=page).order_by("segment_id", "-number")
        versions = {version.segment_id: version for version in newest.distinct("segment_id")}
        for segment in page:
            segment.live = versions.get(segment.pk)
        return page

    @admin.display(description=_("who is in it"))
    def told(self, segment):
        return spoken(segment.live)[:160] if segment.live else ""

    @admin.display(description=_("version"))
    def version(self, segment):
        return f"v{segment.live.number}" if segment.live else ""

    @admin.display(description=_("journeys"))
    def followed_pill(self, segment):
        if not segment.is_followed:
            return ""
        return pill(gettext("may start"), "good") if segment.filled_at else pill(gettext("being written down"), "wait")

    @admin.display(description=_("created at"))
    def made(self, segment):
        return when(segment.created_at)

    def has_add_permission(self, request):
        return request.user.has_perm("campaigns.add_segment")

    # --- The editor

    def get_urls(self):
        look = self.admin_site.admin_view(require_POST(self.look))
        download = self.admin_site.admin_view(self.download)
        own = [
            path("look/", look, name="campaigns_segment_look"),
            path("export/<int:pk>/", download, name="campaigns_segment_export"),
        ]
        return own + super().get_urls()

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self.edited(request, None)
        start = STARTS.get(request.GET.get("start", ""))
        draft = editing.draft_of(start[1] if start else {"all": []})
        name = str(start[0]).partition(":")[0] if start else ""
        return self.editor(request, None, draft, name, "")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method == "POST" and "node" in request.POST:
            segment = self.get_object(request, object_id)
            if segment is None or not request.user.has_perm("campaigns.change_segment"):
                raise PermissionDenied
            return self.edited(request, segment)
        return super().change_view(request, object_id, form_url, extra_context)

    def page(self, request, segment):
        live = segments.live_version(segment)
        draft = editing.draft_of(live.definition if live else {"all": []})
        return self.context(request, segment, draft, segment.name, segment.about)

    def edited(self, request: HttpRequest, segment: Segment | None) -> HttpResponse:
        draft, order = editing.draft_in(request.POST), request.POST.get("do", "")
        name, about = request.POST.get("name", "").strip()[:120], request.POST.get("about", "").strip()[:2000]
        if order != "publish":
            path, _colon, added = order.removeprefix("add:").partition(":")
            if order.startswith("add:") and not added:
                order = f"add:{path}:{request.POST.get(f'new-{path}', '')}"
            return self.editor(request, segment, editing.change(draft, order), name, about)
        now = timezone.now()
        said = "" if name else gettext("Give the segment a name.")
        if not said and editing.check(draft) is not None:
            try:
                return self.published(request, segment, draft, name, about, now)
            except Refusal as refusal:
                said = str(refusal)
        return self.editor(request, segment, draft, name, about, said or gettext("Mend what is marked."), status=422)

    def published(self, request, segment, draft: Branch, name: str, about: str, now: datetime) -> HttpResponse:
        everyone = request.POST.get("everyone") == "yes"
        if segment is None:
            segment = segments.create(name, draft.as_json(), now, by=request.user, about=about, everyone=everyone)
        else:
            segments.publish(segment, draft.as_json(), now, by=request.user, everyone=everyone)
            segments.rename(segment, name, about)
        version = segments.live_version(segment)
        self.message_user(request, gettext("Version %(number)s is live.") % {"number": version.number})
        return HttpResponseRedirect(reverse("admin:campaigns_segment_change", args=[segment.pk]))

    def editor(self, request, segment, draft: Branch, name: str, about: str, said: str = "", status: int = 200):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "room": self,
            "thing": segment,
            "title": segment.name if segment else gettext("A new segment"),
            **self.context(request, segment, draft, name, about),
            "said": said,
            "changed": segment is not None,
        }
        return TemplateResponse(request, "admin/campaigns/segment/page.html", context, status=status)

    def context(self, request, segment: Segment | None, draft: Branch, name: str, about: str) -> dict[str, Any]:
        may = request.user.has_perm("campaigns.change_segment" if segment else "campaigns.add_segment")
        found: dict[str, Any] = {
            "draft": draft,
            "name": name,
            "about": about,
            "menu": menu(),
            "may_change": may,
            "shown": shown(draft, timezone.now()),
            "look_url": reverse("admin:campaigns_segment_look"),
            "starts": [] if segment or draft.parts else [(code, label) for code, (label, _tree) in STARTS.items()],
            "deeds": [],
        }
        if segment:
            found |= {
                "pill": self.followed_pill(segment),
                "versions": list(segment.versions.select_related("published_by").order_by("-number")[:VERSIONS]),
                "uses": [(use, page_of(use.kind, use.pk)) for use in segments.used_by(segment)],
                "exports": exports.of_segment(segment),
                "forms": exports.FORMS.items(),
                "may_export": request.user.has_perm("campaigns.export_segment"),
            }
        return found

    def look(self, request: HttpRequest) -> HttpResponse:
        """The side of the editor for what the form holds, while somebody types."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"shown": shown(editing.draft_in(request.POST), timezone.now())}
        return TemplateResponse(request, "admin/campaigns/segment/shown.html", context)

    # --- Deeds

    def act(self, request, segment) -> HttpResponse:
        try:
            answer = super().act(request, segment)
            if request.POST.get("deed") == "delete":
                return HttpResponseRedirect(reverse("admin:campaigns_segment_changelist"))
            return answer
        except Refusal as refusal:
            self.message_user(request, str(refusal), level="error")
            return HttpResponseRedirect(request.path)

    @deed("campaigns.change_segment")
    def follow(self, request, segment):
        segments.set_followed(segment, True)
        return gettext("The people inside are being written down; then journeys may start with it.")

    @deed("campaigns.change_segment")
    def unfollow(self, request, segment):
        segments.set_followed(segment, False)
        return gettext("Nobody is written down any more.")

    @deed("campaigns.export_segment")
    def export(self, request, segment):
        exports.start(segment, request.POST.get("form", ""), get_language() or "en", timezone.now(), by=request.user)
        return gettext("The file is being written. It appears here when it is done.")

    @deed("campaigns.delete_segment")
    def delete(self, request, segment):
        segments.delete(segment)
        return gettext("The segment is gone.")

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("campaigns.export_segment"):
            raise PermissionDenied
        return exports.download(pk)


def spoken(version: SegmentVersion) -> str:
    """The sentence of a version, or what is wrong with it."""
    try:
        return aloud(asking.read_version(version))
    except ConditionRefused as refused:
        return str(refused)

"""The list of journeys, and the page of one."""

from datetime import timedelta

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, Max, OuterRef
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import files
from campaigns.actions import drafting, set_state
from campaigns.admin.journeys import dialogs, editing, making
from campaigns.admin.journeys.cards import frame_lines, lay
from campaigns.admin.journeys.known import known_for
from campaigns.desk import ENROLMENT_TONES, JOURNEY_TONES
from campaigns.flow import Flow
from campaigns.flow.figures import figures_of
from campaigns.flow.picture import draw
from campaigns.models import Enrolment, Journey, JourneyDraft, JourneyVersion
from shelf.reasons import Refusal
from staff.display import capped, page_of, pill
from staff.lists import CAP, Find, ReadingRoom, deed

LATELY = timedelta(days=30)


def _counted(rows) -> Func:
    """How many rows, at most CAP and one more: each count stops there."""
    ids = ArraySubquery(rows.order_by().values("pk")[: CAP + 1])
    return Func(ids, function="CARDINALITY", output_field=IntegerField())


@admin.register(Journey)
class Journeys(ReadingRoom):
    place = ("talk", 1)
    symbol = "route"
    subject = "journey"
    keyset = ("name", "pk")
    list_display = ("name", "state_pill", "version", "draft_pill", "inside", "entered")
    list_filter = ("state",)
    search_fields = ("name",)
    finds = (Find("name", prefix=True),)
    search_hint = _("Name of the journey")
    deeds = ("go_live", "pause", "rename", "duplicate", "delete")
    empty_text = _("No journey yet.")

    def get_search_results(self, request, queryset, search_term):
        typed = search_term.strip()[:120].replace("\x00", "")
        return (queryset.filter(name__icontains=typed) if typed else queryset), False  # journeys are few

    def has_add_permission(self, request):
        return request.user.has_perm("campaigns.add_journey")

    def get_urls(self):
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/edit/", wrap(self.edit_view), name="campaigns_journey_edit"),
            path("<int:pk>/publish/", wrap(self.publish_view), name="campaigns_journey_publish"),
            path("<int:pk>/resume/", wrap(self.resume_view), name="campaigns_journey_resume"),
            path("<int:pk>/dry-run/", wrap(self.dry_run_view), name="campaigns_journey_dry_run"),
            path("<int:pk>/file/", wrap(self.file_view), name="campaigns_journey_file"),
        ]
        return own + super().get_urls()

    def edit_view(self, request, pk):
        return editing.edit(self, request, pk)

    def publish_view(self, request, pk):
        return dialogs.publish(self, request, pk)

    def resume_view(self, request, pk):
        return dialogs.go_on(self, request, pk)

    def dry_run_view(self, request, pk):
        return dialogs.dry_run(self, request, pk)

    def add_view(self, request, form_url="", extra_context=None):
        return making.make(self, request)

    def file_view(self, request, pk):
        """What runs, or what is being written, as a file."""
        journey = self.get_object(request, str(pk))
        if journey is None or not self.has_view_permission(request, journey):
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        body = files.as_file(journey, drafting.working(journey).definition)
        answer = HttpResponse(body, content_type="application/yaml; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{journey.slug}{files.SUFFIX}"'
        return answer

    # --- The list

    def decorate(self, request, page):
        now = timezone.now()
        newest = JourneyVersion.objects.filter(journey__in=page).values_list("journey").annotate(n=Max("number"))
        numbers = dict(newest.order_by())
        drafts = set(JourneyDraft.objects.filter(journey__in=page).values_list("journey", flat=True))
        people = Enrolment.objects.filter(journey=OuterRef("pk"))
        counted = Journey.objects.filter(pk__in=[journey.pk for journey in page]).annotate(
            inside=_counted(people.filter(state=Enrolment.State.ACTIVE)),
            lately=_counted(people.filter(entered_at__gte=now - LATELY)),
        )
        counts = {row.pk: row for row in counted.order_by()}
        for journey in page:
            journey.newest = numbers.get(journey.pk)
            journey.is_written = journey.pk in drafts
            journey.active = capped(counts[journey.pk].inside, CAP)
            journey.lately = capped(counts[journey.pk].lately, CAP)
        return page

    @admin.display(description=_("state"))
    def state_pill(self, journey):
        return pill(journey.get_state_display(), JOURNEY_TONES[journey.state])

    @admin.display(description=_("version"))
    def version(self, journey):
        return f"v{journey.newest}" if journey.newest else ""

    @admin.display(description=_("being written"))
    def draft_pill(self, journey):
        return pill(gettext("changes not published"), "wait") if journey.is_written else ""

    @admin.display(description=_("people inside"))
    def inside(self, journey):
        return journey.active

    @admin.display(description=_("entered in 30 days"))
    def entered(self, journey):
        return journey.lately

    # --- The page

    def page(self, request, journey):
        now, state = timezone.now(), drafting.working(journey)
        definition = state.newest.definition if state.newest else state.definition
        flow = Flow(definition)
        known = known_for(flow.subject)
        figures = figures_of(journey, now)
        laid = lay(flow, known.templates, [], figures)
        begins, ends = frame_lines(definition)
        rows = Enrolment.objects.filter(journey=journey).select_related("customer", "order")
        enrolments = list(rows.order_by("-entered_at", "-pk")[:20])
        for enrolment in enrolments:
            enrolment.pill = pill(enrolment.get_state_display(), ENROLMENT_TONES[enrolment.state])
            enrolment.order_url = page_of("order", enrolment.order_id)
        may = request.user.has_perm("campaigns.change_journey")
        return {
            "pill": self.state_pill(journey),
            "laid": laid,
            "begins": begins,
            "ends": ends,
            "figures": figures,
            "picture": draw(flow, laid.sentences, figures),
            "versions": list(journey.versions.select_related("published_by").order_by("-number")[:8]),
            "newest": state.newest,
            "draft": state.draft,
            "deeds": self._buttons(journey, state) if may else [],
            "may_change": False,  # here it is read; the editor has a page of its own
            "may_edit": may,
            "may_add": request.user.has_perm("campaigns.add_journey"),
            "may_delete": request.user.has_perm("campaigns.delete_journey")
            and journey.state != Journey.State.LIVE
            and not enrolments,
            "enrolments": enrolments,
            "copy_name": making.copy_name(journey),
            **{
                f"{name}_url": reverse(f"admin:campaigns_journey_{name}", args=[journey.pk])
                for name in ("edit", "publish", "resume", "dry_run", "file")
            },
        }

    def _buttons(self, journey, state) -> list[str]:
        if journey.state == Journey.State.LIVE:
            return ["pause"]
        return ["go_live"] if journey.state == Journey.State.DRAFT and state.newest else []

    # --- Deeds

    def act(self, request, journey):
        try:
            answer = super().act(request, journey)
        except Refusal as refusal:
            self.message_user(request, str(refusal), level="error")
            return HttpResponseRedirect(request.path)
        return getattr(request, "goes_to", answer)

    @deed("campaigns.change_journey")
    def go_live(self, request, journey):
        if not journey.versions.exists():
            raise Refusal(drafting.NEVER_PUBLISHED)
        set_state(journey, Journey.State.LIVE)
        return gettext("The journey is live.")

    go_live.short_description = _("Let it run")

    @deed("campaigns.change_journey")
    def pause(self, request, journey):
        set_state(journey, Journey.State.PAUSED)
        return gettext("The journey is paused: nobody enters and nothing leaves.")

    pause.short_description = _("Pause")

    @deed("campaigns.change_journey")
    def rename(self, request, journey):
        drafting.rename_journey(journey, request.POST.get("name", ""))
        return gettext("It is called “%(name)s” now.") % {"name": journey.name}

    @deed("campaigns.add_journey")
    def duplicate(self, request, journey):
        made = drafting.copy_journey(journey, request.POST.get("name", ""), request.user, timezone.now())
        request.goes_to = HttpResponseRedirect(reverse("admin:campaigns_journey_edit", args=[made.pk]))
        return gettext("This is the copy; nobody is in it, and it does not run.")

    @deed("campaigns.delete_journey")
    def delete(self, request, journey):
        drafting.delete_journey(journey)
        request.goes_to = HttpResponseRedirect(reverse("admin:campaigns_journey_changelist"))
        return gettext("The journey is gone.")

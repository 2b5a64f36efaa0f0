"""Codes of carriers that we do not know: what came, how often, and what the owner says that they mean."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from staff.display import link, page_of, pill, when
from staff.lists import Find, ReadingRoom, deed
from tracking.actions import CodeRefused, explain, foresee
from tracking.carriers.names import display_name
from tracking.desk import milestone_pill
from tracking.models import UnknownCode
from tracking.templatetags.parcels import LABELS, REASONS


class Explained(admin.SimpleListFilter):
    title = _("explained")
    parameter_name = "explained"

    def lookups(self, request, model_admin):
        return [("no", _("not yet")), ("yes", _("explained"))]

    def queryset(self, request, queryset):
        if self.value() in ("no", "yes"):
            return queryset.filter(explained_at__isnull=self.value() == "no")
        return queryset


@admin.register(UnknownCode)
class Codes(ReadingRoom):
    place = ("engine", 7)
    symbol = "label"
    subject = "unknown_code"
    keyset = ("-last_seen_at", "-pk")
    list_display = ("code_told", "source", "carried_by", "count", "first_seen", "last_seen", "means")
    list_filter = (Explained, "source")
    finds = (Find("code", prefix=True), Find("source"), Find("carrier"))
    search_hint = _("Code, source or carrier")
    deeds = ("try_out", "decide")
    empty_text = _("Every code that carriers have told so far is known here.")
    export = (
        ("source", _("source")),
        ("code", _("code")),
        ("carrier", _("carrier")),
        ("count", _("scans")),
        ("first_seen_at", _("first seen")),
        ("last_seen_at", _("last seen")),
        ("milestone", _("means")),
        ("reason", _("reason")),
    )

    @admin.display(description=_("code"))
    def code_told(self, code):
        return code.code

    @admin.display(description=_("carrier"))
    def carried_by(self, code):
        return display_name(code.carrier) if code.carrier else ""

    @admin.display(description=_("first seen"))
    def first_seen(self, code):
        return when(code.first_seen_at)

    @admin.display(description=_("last seen"))
    def last_seen(self, code):
        return when(code.last_seen_at)

    @admin.display(description=_("means"))
    def means(self, code):
        return milestone_pill(code.milestone) if code.explained_at else pill(gettext("not yet known"), "wait")

    def page(self, request, code):
        return {
            "pill": self.means(code),
            "why": REASONS.get(code.reason, ""),
            "carrier_named": self.carried_by(code),
            "example": link(page_of("receipt", code.receipt_id), gettext("the delivery")) if code.receipt_id else "",
            "milestones": list(LABELS.items()),
            "reasons": list(REASONS.items()),
            "chosen": (code.milestone, code.reason),
            "may_decide": self.allowed(request, "decide"),
            "deeds": [],  # the buttons stand in the form
        }

    @deed("tracking.change_unknowncode")
    def try_out(self, request, code):
        """A rehearsal, shown on the page with the button that means it."""
        milestone, reason = _chosen(request)
        try:
            seen = foresee(code, milestone, reason, timezone.now())
        except CodeRefused as refused:
            return self.drawn(request, code, status=422, refused=str(refused))
        changed = [(link(page_of("shipment", s.pk), str(s)), LABELS[a], LABELS[b]) for s, a, b in seen.first]
        return self.drawn(request, code, foreseen=seen, changed=changed, chosen=(milestone, reason))

    @deed("tracking.change_unknowncode")
    def decide(self, request, code):
        milestone, reason = _chosen(request)
        try:
            read = explain(code, milestone, reason, timezone.now(), by=request.user.pk)
        except CodeRefused as refused:
            return self.drawn(request, code, status=422, refused=str(refused))
        said = ngettext(
            "It means “%(what)s” from now on; %(count)s old scan was read again.",
            "It means “%(what)s” from now on; %(count)s old scans were read again.",
            read,
        )
        return said % {"what": LABELS[milestone], "count": read}


def _chosen(request) -> tuple[str, str]:
    return request.POST.get("milestone", ""), request.POST.get("reason", "")

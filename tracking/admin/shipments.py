"""Shipments as agents see them."""

from collections import defaultdict
from datetime import date

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from staff import timeline
from staff.display import day, link, page_of, pill, when
from staff.lists import ReadingRoom, deed
from tracking import actions
from tracking.admin.report import report
from tracking.desk import BY_HAND, FINDS, carrier_name, contents_of, is_late, milestone_pill, scans_of
from tracking.forms import ScanForm
from tracking.models import Shipment, ShipmentFlag
from tracking.templatetags.parcels import LABELS, REASONS


class ByMilestone(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "milestone"

    def lookups(self, request, model_admin):
        return list(LABELS.items())

    def queryset(self, request, queryset):
        return queryset.filter(milestone=self.value()) if self.value() else queryset


class Late(admin.SimpleListFilter):
    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request, model_admin):
        flags = [choice for choice in ShipmentFlag.Kind.choices if choice[0] != "late"]
        return [("late", _("late")), *flags, ("disputed", _("delivery disputed"))]

    def queryset(self, request, queryset):
        if self.value() == "late":
            return queryset.late(timezone.localdate())
        if self.value() == "disputed":
            return queryset.filter(disputed=True)
        if self.value() in ShipmentFlag.Kind.values:
            up = ShipmentFlag.objects.filter(kind=self.value(), cleared_at__isnull=True)
            return queryset.filter(pk__in=up.values("shipment_id"))
        return queryset


class Leg(admin.SimpleListFilter):
    title = _("way")
    parameter_name = "leg"

    def lookups(self, request, model_admin):
        return [("out", _("to the customer")), ("return", _("back to the shop"))]

    def queryset(self, request, queryset):
        return queryset.filter(returned__isnull=self.value() == "out") if self.value() else queryset


@admin.register(Shipment)
class Shipments(ReadingRoom):
    place = ("day", 2)
    symbol = "truck"
    subject = "shipment"
    change_list_template = "admin/tracking/shipment/list.html"
    keyset = ("-created_at", "-pk")
    list_display = ("number_or_id", "status", "order_number", "carried_by", "moved", "expected")
    list_filter = (ByMilestone, Late, Leg)
    list_select_related = ("order",)
    finds = FINDS
    search_hint = _("Tracking number")
    deeds = ("set_stage", "hand_over", "add_scan", "take_back", "change_number", "plan_day")
    empty_text = _("Parcels appear here when a shop or a carrier speaks of them.")
    export = (
        ("number", _("tracking number")),
        ("carrier", _("carrier")),
        ("order__number", _("order")),
        ("milestone", _("status")),
        ("shipped_at", _("first scan")),
        ("estimated_on", _("expected on")),
        ("delivered_at", _("delivered at")),
    )

    def decorate(self, request, page):
        """The flags that are up, for the whole page at once."""
        up = ShipmentFlag.objects.filter(shipment__in=[parcel.pk for parcel in page], cleared_at__isnull=True)
        flags = defaultdict(list)
        for flag in up.order_by("pk"):
            flags[flag.shipment_id].append(flag)
        for parcel in page:
            parcel.flags_up = flags[parcel.pk]
        return page

    def get_urls(self):
        return [
            path("report/", self.admin_site.admin_view(self.report), name="tracking_shipment_report"),
            *super().get_urls(),
        ]

    def report(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return report(request, self)

    @admin.display(description=_("tracking number"))
    def number_or_id(self, shipment):
        return shipment.number or _("without a number")

    @admin.display(description=_("status"))
    def status(self, shipment):
        """Its stage, and what we say of it ourselves; that it is late stands beside its day."""
        told = [flag for flag in shipment.flags_up if flag.kind in ("stalled", "at_risk", "storage")]
        back = [pill(str(_("comes back")), "plain")] if shipment.leg == "return" else []
        pills = [milestone_pill(shipment.milestone), *back, *(pill(flag.get_kind_display(), "wait") for flag in told)]
        return format_html_join(" ", "{}", ((each,) for each in pills))

    @admin.display(description=_("order"))
    def order_number(self, shipment):
        return link(page_of("order", shipment.order_id), shipment.order.number)

    @admin.display(description=_("status since"))
    def moved(self, shipment):
        return when(shipment.since or shipment.created_at)

    @admin.display(description=_("expected on"))
    def expected(self, shipment):
        if is_late(shipment, timezone.now()):
            return pill(str(_("late")), "bad")
        return day(shipment.estimated_on, "d MMM y") if shipment.estimated_on else ""

    @admin.display(description=_("carrier"))
    def carried_by(self, shipment):
        return carrier_name(shipment)

    @deed("tracking.change_shipment")
    def set_stage(self, request, shipment):
        told = request.POST
        actions.set_stage(
            shipment.pk,
            told.get("stage", ""),
            request.user.pk,
            timezone.now(),
            told.get("name", ""),
            told.get("reason", ""),
        )
        return _("The stage is set.")

    @deed("tracking.change_shipment")
    def hand_over(self, request, shipment):
        actions.hand_over(shipment.pk, request.user.pk, timezone.now())
        return _("Handed over: order %(number)s.") % {"number": shipment.order.number}

    @deed("tracking.change_shipment")
    def add_scan(self, request, shipment):
        form = ScanForm(request.POST)
        if not form.is_valid():
            return self.drawn(request, shipment, status=400, scan_form=form)
        actions.add_scan(shipment.pk, form.seen(), request.user.pk, timezone.now())
        return _("The scan is added.")

    @deed("tracking.change_shipment")
    def take_back(self, request, shipment):
        scan = request.POST.get("scan", "")
        actions.take_back(shipment.pk, int(scan) if scan.isdecimal() else 0, request.user.pk, timezone.now())
        return _("The scan is taken back.")

    @deed("tracking.change_shipment")
    def change_number(self, request, shipment):
        actions.change_number(shipment.pk, request.POST.get("number", ""), request.user.pk, timezone.now())
        return _("The number is changed.")

    @deed("tracking.change_shipment")
    def plan_day(self, request, shipment):
        try:
            on = date.fromisoformat(request.POST.get("day", ""))
        except ValueError:
            return None
        actions.plan_day(shipment.pk, on, request.user.pk, timezone.now())
        return _("The day is set.")

    def act(self, request, thing):
        try:
            return super().act(request, thing)
        except actions.ParcelRefused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def page(self, request, shipment):
        return {
            "deeds": (),  # they need more than a button each: by_hand.html
            "by_hand": self.allowed(request, "set_stage"),
            "stages": [(stage, BY_HAND[stage]) for stage in actions.STAGES_OF.get(shipment.carrier, ())],
            "own_pickup": shipment.carrier == actions.OWN_PICKUP,
            "own_courier": "on_the_way" in actions.STAGES_OF.get(shipment.carrier, ()),
            "reasons": REASONS.items(),
            "scan_form": ScanForm(),
            "pill": milestone_pill(shipment.milestone),
            "reason": REASONS.get(shipment.reason, ""),
            "late": is_late(shipment, timezone.now()),
            "carrier_named": carrier_name(shipment),
            "order_url": page_of("order", shipment.order_id),
            "return_url": page_of("return", shipment.returned_id) if shipment.returned_id else "",
            "checkpoints": scans_of([shipment])[shipment.pk],
            "contents": contents_of(shipment),
            "entries": timeline.of_subject("shipment", shipment.pk, shipment.order.customer_id),
        }

"""Shipments as agents see them."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff import timeline
from staff.display import day, link, page_of, pill, when
from staff.lists import ReadingRoom
from tracking.desk import FINDS, OVER, carrier_name, contents_of, is_late, milestone_pill, scans_of
from tracking.models import Shipment
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
        return [("late", _("late")), ("disputed", _("delivery disputed"))]

    def queryset(self, request, queryset):
        if self.value() == "late":
            return queryset.filter(estimated_on__lt=timezone.localdate()).exclude(milestone__in=OVER)
        if self.value() == "disputed":
            return queryset.filter(disputed=True)
        return queryset


@admin.register(Shipment)
class Shipments(ReadingRoom):
    place = ("day", 2)
    symbol = "truck"
    subject = "shipment"
    keyset = ("-created_at", "-pk")
    list_display = ("number_or_id", "status", "order_number", "carried_by", "moved", "expected")
    list_filter = (ByMilestone, Late)
    list_select_related = ("order",)
    finds = FINDS
    search_hint = _("Tracking number")
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

    @admin.display(description=_("tracking number"))
    def number_or_id(self, shipment):
        return shipment.number or _("without a number")

    @admin.display(description=_("status"))
    def status(self, shipment):
        return milestone_pill(shipment.milestone)

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

    def page(self, request, shipment):
        return {
            "pill": milestone_pill(shipment.milestone),
            "reason": REASONS.get(shipment.reason, ""),
            "late": is_late(shipment, timezone.now()),
            "carrier_named": carrier_name(shipment),
            "order_url": page_of("order", shipment.order_id),
            "checkpoints": scans_of([shipment])[shipment.pk],
            "contents": contents_of(shipment),
            "entries": timeline.of_subject("shipment", shipment.pk, shipment.order.customer_id),
        }

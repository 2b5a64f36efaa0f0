"""What tracking lends: fields of conditions; to the agent's room sentences, search, tiles, an order's parcels."""

from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from shelf import formats
from shelf.conditions import Field, Rows, Type
from staff import display
from staff.home import Tile
from staff.lists import CAP
from staff.lists import search as find_in
from staff.panels import Panel
from staff.search import Hit
from staff.timeline import Sentence
from tracking.carriers.names import display_name
from tracking.desk import BY_HAND, FINDS, MOVING, carrier_name, is_late, milestone_pill, scans_of
from tracking.models import Shipment, ShipmentFlag
from tracking.templatetags.parcels import LABELS, REASONS

# --- Conditions -----------------------------------------------------------------------------------------------------

PARCEL = gettext_lazy("The parcel")
MILESTONES = tuple(LABELS.items())

FIELDS = (
    Field("customer.parcels", gettext_lazy("has a parcel that is"), Type.SET, choices=MILESTONES,
          rows=Rows(lambda: Shipment.objects.outward().filter(cancelled_at=None), "order__customer", "milestone"),
          group=PARCEL),
    Field("shipment.milestone", gettext_lazy("parcel's status"), Type.CHOICE, "milestone", choices=MILESTONES,
          group=PARCEL),
    Field("shipment.carrier", gettext_lazy("parcel's carrier"), Type.TEXT, "carrier", group=PARCEL),
    Field("shipment.shipped", gettext_lazy("parcel's first scan"), Type.MOMENT, "shipped_at", group=PARCEL),
    Field("shipment.delivered", gettext_lazy("parcel delivered"), Type.MOMENT, "delivered_at", group=PARCEL),
    Field("shipment.flags", gettext_lazy("flags of the parcel"), Type.SET, choices=ShipmentFlag.Kind.choices,
          rows=Rows(lambda: ShipmentFlag.objects.filter(cleared_at__isnull=True), "shipment", "kind"), group=PARCEL),
    Field("shipment.reason", gettext_lazy("why the parcel stands still"), Type.CHOICE, "reason",
          choices=tuple(REASONS.items()), group=PARCEL),
    Field("shipment.disputed", gettext_lazy("disputed delivery"), Type.FLAG, "disputed", group=PARCEL),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------


def _milestone(data: dict) -> dict:
    return {"status": str(LABELS.get(data.get("milestone", ""), data.get("milestone", "")))}


def _carrier(data: dict) -> dict:
    return {**data, "carrier": display_name(data.get("carrier", ""), get_language() or "en") or data.get("carrier", "")}


def _by_hand(data: dict) -> dict:
    return {"what": str(BY_HAND.get(data.get("what", ""), data.get("what", "")))}


def _reason(data: dict) -> dict:
    return {"reason": str(REASONS.get(data.get("reason", ""), data.get("reason", "")))}


def _why(data: dict) -> dict:
    return {"why": str(dict(ShipmentFlag.Kind.choices).get(data.get("why", ""), data.get("why", "")))}


def _day(data: dict) -> dict:
    return {"on": formats.day(date.fromisoformat(data["on"]), display.language()) if data.get("on") else ""}


SENTENCES = {
    "shipment.shipped": Sentence(gettext_noop("The carrier has the parcel (%(carrier)s)"), "truck", "now", _carrier),
    "shipment.progressed": Sentence(gettext_noop("Parcel: %(status)s"), "truck", "plain", _milestone),
    "shipment.delivered": Sentence(gettext_noop("Parcel delivered"), "check", "good"),
    "shipment.attempt_failed": Sentence(gettext_noop("The courier could not hand the parcel over"), "alert", "wait"),
    "shipment.held": Sentence(gettext_noop("The parcel is held: %(reason)s"), "alert", "wait", _reason),
    "shipment.return_started": Sentence(gettext_noop("The parcel is on its way back"), "truck", "bad"),
    "shipment.returned": Sentence(gettext_noop("The parcel is back at the shop"), "truck", "bad"),
    "shipment.delayed": Sentence(gettext_noop("Parcel: %(why)s"), "clock", "bad", _why),
    "shipment.endangered": Sentence(gettext_noop("The parcel will hardly come by the promised day"), "clock", "wait"),
    "shipment.storage_end_announced": Sentence(
        gettext_noop("Storage of the parcel: until %(on)s"), "clock", "wait", _day
    ),
    "shipment.corrected": Sentence(gettext_noop("By hand: %(what)s"), "edit", "plain", _by_hand),
    "shipment.disputed": Sentence(
        gettext_noop("The carrier scanned a parcel again after reporting it delivered"), "alert", "bad"
    ),
}


def search(typed: str, limit: int) -> list[Hit]:
    """Parcels by tracking number."""
    found = find_in(Shipment.objects.select_related("order"), FINDS, typed).order_by("-created_at")[:limit]
    return [
        Hit(
            shipment.number,
            " · ".join(
                filter(None, [shipment.order.number, carrier_name(shipment), str(LABELS.get(shipment.milestone, ""))])
            ),
            display.page_of("shipment", shipment.pk),
            gettext_lazy("Parcels"),
            "tracking.view_shipment",
        )
        for shipment in found
    ]


def tiles(now: datetime) -> list[Tile]:
    """Parcels on the way; those late or disputed are trouble."""
    url = reverse("admin:tracking_shipment_changelist")
    moving = Shipment.objects.outward().filter(milestone__in=MOVING)[: CAP + 1].count()
    late = Shipment.objects.late(timezone.localdate(now))[: CAP + 1].count()
    may = "tracking.view_shipment"
    tiles = [Tile(_("Parcels on the way"), display.capped(moving, CAP), url, permission=may)]
    if late:
        note = _("past the day the carrier promised")
        late_url = f"{url}?trouble=late"
        tiles.append(Tile(_("Late parcels"), display.capped(late, CAP), late_url, note, None, "wait", "trouble", may))
    return tiles


def subjects_of_order(order_id: int) -> list[tuple[str, int]]:
    """The order and its parcels, as the subjects that messages speak of."""
    parcels = Shipment.objects.filter(order_id=order_id).values_list("pk", flat=True)
    return [("order", order_id), *(("shipment", pk) for pk in parcels)]


def order_panel(order_id: int) -> Panel | None:
    """The order's parcels with every scan, and those that come back."""
    return _panel(Shipment.objects.filter(order_id=order_id), _("Parcels"))


def return_panel(return_id: int) -> Panel | None:
    """The parcel by which the goods come back."""
    return _panel(Shipment.objects.filter(returned=return_id), _("The parcel that comes back"))


def _panel(rows: QuerySet[Shipment], title: str) -> Panel | None:
    parcels = list(rows.order_by("created_at", "pk"))
    if not parcels:
        return None
    scans, now = scans_of(parcels), timezone.now()
    for parcel in parcels:
        parcel.scans = scans[parcel.pk]
        parcel.pill = milestone_pill(parcel.milestone)
        parcel.late = is_late(parcel, now)
        parcel.carrier_named = carrier_name(parcel)
        parcel.return_url = display.page_of("return", parcel.returned_id) if parcel.returned_id else ""
        parcel.page_url = display.page_of("shipment", parcel.pk)
    return Panel("parcels", title, "admin/panels/parcels.html", {"parcels": parcels}, count=str(len(parcels)))

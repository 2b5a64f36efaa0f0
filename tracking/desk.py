"""How agents find and see a parcel: what search looks at, the colour of each milestone, its scans and contents."""

from datetime import datetime

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from orders.models import OrderLine
from staff.display import pill
from staff.lists import Find
from tracking.carriers.names import display_name
from tracking.models import Checkpoint, Shipment
from tracking.templatetags.parcels import LABELS, REASONS

OVER = ("delivered", "returned", "cancelled")
MOVING = ("picked_up", "in_transit", "out_for_delivery", "ready_for_pickup", "attempt_failed", "exception")
# What people do with a parcel, as buttons and on its timeline.
BY_HAND = {
    "preparing": _("being prepared"),
    "ready": _("ready to collect"),
    "handed_over": _("handed over"),
    "on_the_way": _("the courier is on the way"),
    "delivered": _("delivered"),
    "failed": _("the courier could not hand it over"),
    "scan": _("a scan was added"),
    "scan_taken_back": _("a scan was taken back"),
    "number": _("the tracking number was changed"),
    "day": _("the day was changed"),
}
TONES = {
    "delivered": "good",
    "ready_for_pickup": "wait",
    "attempt_failed": "wait",
    "exception": "bad",
    "returning": "bad",
    "returned": "bad",
    "cancelled": "bad",
    "pending": "plain",
    "info_received": "plain",
    "expired": "wait",
}


def milestone_pill(milestone: str) -> SafeString | str:
    return pill(str(LABELS.get(milestone, milestone)), TONES.get(milestone, "now"))


def is_late(shipment: Shipment, now: datetime) -> bool:
    """Past its day and still on the way; a parcel that waits to be collected was on time."""
    due = shipment.estimated_on if shipment.leg == "out" else None
    return bool(due and shipment.milestone not in (*OVER, "ready_for_pickup") and due < timezone.localdate(now))


def carrier_name(shipment: Shipment) -> str:
    return display_name(shipment.carrier, get_language() or "en") or shipment.carrier


def number_spellings(typed: str) -> list[str]:
    """Carriers print numbers in groups, people copy the blanks."""
    bare = "".join(typed.split())
    return list(dict.fromkeys([typed, bare, bare.upper()]))


FINDS = (Find("number", number_spellings, prefix=True),)


def scans_of(shipments: list[Shipment]) -> dict[int, list[Checkpoint]]:
    """Checkpoints newest first, by shipment, in one query; each carries its ``pill``."""
    scans: dict[int, list[Checkpoint]] = {shipment.pk: [] for shipment in shipments}
    for scan in Checkpoint.objects.filter(shipment__in=shipments).order_by("-occurred_at", "-pk"):
        scan.label = LABELS.get(scan.milestone, scan.milestone)
        scan.why = REASONS.get(scan.reason, "") if scan.reason else ""
        scan.tone = TONES.get(scan.milestone, "now")
        scans[scan.shipment_id].append(scan)
    # A summary repeats what some scan says already; alone it is all we know.
    return {pk: [s for s in seen if not s.summary] or seen for pk, seen in scans.items()}


def contents_of(shipment: Shipment) -> list[tuple[int, str]]:
    """(pieces, title) of what lies in the parcel; empty when the shop did not say."""
    shares = list(shipment.lines.all())
    ids = [share.line_external_id for share in shares]
    titles = dict(
        OrderLine.objects.filter(order_id=shipment.order_id, external_id__in=ids).values_list("external_id", "title")
    )
    return [(share.quantity, titles.get(share.line_external_id, share.line_external_id)) for share in shares]

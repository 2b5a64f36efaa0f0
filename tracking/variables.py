"""The variables of parcels in words, for those who write mails, and parcels to show a mail with."""

from django.utils.translation import gettext_lazy as _

from staff.lists import search
from tracking.desk import FINDS, carrier_name
from tracking.models import Shipment

WORDS = {
    "shipment.carrier_name": _("the carrier's name, in the reader's language"),
    "shipment.number": _("the tracking number"),
    "shipment.tracking_url": _("link to the page that shows the way of the parcel"),
    "shipment.estimated_on": _("day of delivery, once the carrier has named it"),
    "shipment.milestone": _("how far it is: in_transit, delivered and so on"),
    "shipment.reason": _("why it stands still: customs, address and so on; may be empty"),
    "shipment.storage_until": _("the day on which storage ends, or begins to cost; may be empty"),
    "shipment.lines": _("the products in the parcel: title, quantity"),
}


def examples(typed: str, limit: int) -> list[tuple[int, str]]:
    """The newest parcels, or those whose number was typed."""
    rows = search(Shipment.objects.all(), FINDS, typed) if typed else Shipment.objects.all()
    rows = rows.select_related("order").order_by("-pk")[:limit]
    return [(s.pk, " · ".join(filter(None, [s.order.number, carrier_name(s), s.number]))) for s in rows]

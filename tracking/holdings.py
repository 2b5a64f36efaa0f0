"""What parcels hold of people."""

from django.utils.translation import gettext_noop as _

from customers.holdings import Holding

WAY = _("How the parcel travelled: towns, days and numbers.")

HOLDINGS = (
    Holding("tracking.Checkpoint", "shipment__order__customer", empties={"message": ""}, stays=("city",), why=WAY),
    Holding("tracking.ShipmentAlias", "shipment__order__customer", stays=("number",), why=WAY),
    Holding("tracking.ShipmentLine", "shipment__order__customer", why=WAY),
    Holding("tracking.ShipmentFlag", "shipment__order__customer", why=WAY),
    Holding(
        "tracking.Shipment",
        "order__customer",
        empties={"signed_by": "", "proof_url": "", "pickup_point": {}, "possible": [], "url": "", "ask_at": None},
        stays=("number", "service", "origin", "destination", "return_number", "told"),
        why=WAY,
    ),
)

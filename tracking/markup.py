"""A parcel as schema.org describes it (JSON-LD ``ParcelDelivery``): https://developers.google.com/gmail/markup."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from messaging.markup import written
from orders.actions import zone_of
from orders.markup import Node, is_discreet, neutral_item, reference
from orders.models import Order
from tracking.models import Shipment


def of_shipment(shipment: Shipment, carrier: str, lines: list[dict]) -> str | None:
    """None while something is missing without which Gmail shows nothing: the carrier or a whole address."""
    order = shipment.order
    address = _address(order)
    if not carrier or not all(address.values()):
        return None
    node = {
        "@context": "http://schema.org",
        "@type": "ParcelDelivery",
        "carrier": {"@type": "Organization", "name": carrier},
        "deliveryAddress": {"@type": "PostalAddress", **address},
        "itemShipped": _items(order, lines),
        "partOfOrder": reference(order),
    }
    if shipment.number:
        node["trackingNumber"] = shipment.number
    if shipment.url:
        node |= {"trackingUrl": shipment.url, "potentialAction": {"@type": "TrackAction", "target": shipment.url}}
    if shipment.estimated_on:
        zone = ZoneInfo(zone_of(order))
        first, last = (datetime.combine(shipment.estimated_on, at, zone) for at in (time.min, time(23, 59, 59)))
        node |= {"expectedArrivalFrom": first.isoformat(), "expectedArrivalUntil": last.isoformat()}
    return written(node)


def _address(order: Order) -> dict[str, str]:
    known = {key: str(value or "").strip() for key, value in order.address.items()}
    return {
        "name": known.get("name") or f"{order.first_name} {order.last_name}".strip(),
        "streetAddress": ", ".join(filter(None, [known.get("line1"), known.get("line2")])),
        "addressLocality": known.get("city", ""),
        "addressRegion": known.get("region") or known.get("city", ""),  # a capital is its own region
        "postalCode": known.get("postcode", ""),
        "addressCountry": known.get("country", ""),
    }


def _items(order: Order, lines: list[dict]) -> list[Node]:
    """What is in the parcel; where the shop did not say, all of the order."""
    titles = [line["title"] for line in lines] or [line.title for line in order.lines.all()]
    if is_discreet(order) or not titles:
        titles = [neutral_item(order)]
    return [{"@type": "Product", "name": title} for title in titles]

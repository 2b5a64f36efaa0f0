"""Tracking's block of the order's page, and parcels whose order came later."""

from collections import defaultdict
from datetime import date, datetime

from django.db.models import Q

from events.models import Event
from orders.models import OrderLine
from orders.page_blocks import write_blocks
from shelf.pages import OURS
from tracking.actions.unexplained import shown_as
from tracking.carriers.names import display_name, tracking_url
from tracking.models import Shipment

ON_THE_WAY = ("pending", "info_received", "picked_up", "in_transit", "out_for_delivery", "attempt_failed", "exception")


def redraw(by_order: dict[int, list[Shipment]]) -> None:
    """Write tracking's block of these orders' pages: parcels with their scans, newest first."""
    titles = {
        (order_id, key): title
        for order_id, key, title in OrderLine.objects.filter(order__in=by_order).values_list(
            "order_id", "external_id", "title"
        )
    }
    shown: dict[int, list[dict]] = {pk: [] for pk in by_order}
    back: dict[int, dict[int, dict]] = defaultdict(dict)
    for shipment in (s for parcels in by_order.values() for s in parcels if s.milestone != "cancelled"):
        if shipment.returned_id:
            back[shipment.order_id][shipment.returned_id] = block_of(shipment, titles)
        else:
            shown[shipment.order_id].append(block_of(shipment, titles))
    write_blocks("parcels", shown)
    write_blocks("ways_back", back)  # {return's id: its parcel}


def adopt(order_ids: set[int]) -> None:
    """Placeholders got their orders: what happened to their parcels before belongs to the customer's timeline."""
    parcels = Shipment.objects.filter(order__in=order_ids, order__customer__isnull=False)
    by_order = defaultdict(list)
    for pk, order_id, customer_id in parcels.values_list("pk", "order_id", "order__customer_id"):
        by_order[order_id, customer_id].append(pk)
    for (order_id, customer_id), pks in by_order.items():
        of_order = Q(subject_type="order", subject_id=order_id)
        of_parcels = Q(subject_type="shipment", subject_id__in=pks)
        Event.objects.filter(of_order | of_parcels, customer_id=None).update(customer_id=customer_id)


def redraw_orders(order_ids: set[int]) -> None:
    """Tracking's block of these orders anew."""
    by_order = defaultdict(list)
    for shipment in (
        Shipment.objects.filter(order__in=order_ids).prefetch_related("checkpoints", "lines").order_by("pk")
    ):
        by_order[shipment.order_id].append(shipment)
    if by_order:
        redraw(by_order)


def block_of(shipment: Shipment, titles: dict[tuple[int, str], str]) -> dict:
    """One parcel as plain data. The carrier's own words may name people: they stay with the agent."""
    scans = sorted(
        (c for c in shipment.checkpoints.all() if not (c.retracted or c.suspect)),
        key=lambda c: c.occurred_at,
        reverse=True,
    )
    unexplained = shown_as(scans)
    return {
        "id": shipment.pk,
        "carrier": shipment.carrier,
        "carrier_names": {language: display_name(shipment.carrier, language) for language in OURS},
        "number": shipment.number,
        "url": shipment.url,
        "urls": _pages(shipment),
        "milestone": shipment.milestone,
        "reason": shipment.reason,
        "since": _iso(shipment.since),
        "estimated_on": _iso(shipment.estimated_on),
        # The day after which it is late; a parcel that waits to be collected was on time.
        "late_after": _iso(shipment.estimated_on) if shipment.milestone in ON_THE_WAY else None,
        "promised_on": _iso(shipment.promised_on),
        "moved_by_recipient": shipment.moved_by_recipient,
        "pickup_point": shipment.pickup_point or None,
        "stored_until": _iso(shipment.stored_until_on),
        "storage_paid_from": _iso(shipment.storage_paid_from_on),
        "proof": _proof(shipment),
        "possible": shipment.possible,
        "disputed": shipment.disputed,
        "fulfilled_at": _iso(shipment.fulfilled_at),
        "delivered_at": _iso(shipment.delivered_at),
        "checkpoints": [
            {
                "at": _iso(c.occurred_at),
                "local": c.occurred_local,
                "tz_known": c.tz_known,
                "milestone": unexplained.get(c.pk) or c.milestone,
                "place": c.city,
                "country": c.country,
            }
            for c in scans
            if (not c.summary or len(scans) == 1) and unexplained.get(c.pk) != ""
        ],
        "lines": [
            {"title": titles[shipment.order_id, line.line_external_id], "quantity": line.quantity}
            for line in shipment.lines.all()
            if (shipment.order_id, line.line_external_id) in titles
        ],
    }


def _pages(shipment: Shipment) -> dict[str, str]:
    """The carrier's page by language, where it is the carrier's and not one that the shop named."""
    if not shipment.url or shipment.url != tracking_url(shipment.carrier, shipment.number):
        return {}
    pages = {language: tracking_url(shipment.carrier, shipment.number, language) for language in OURS}
    return {language: url for language, url in pages.items() if url != shipment.url}


def _proof(shipment: Shipment) -> dict | None:
    """That it was handed over, and to whom as initials: the page can be forwarded, names stay with the agent."""
    if not (shipment.signed_by or shipment.proof_at):
        return None
    initials = " ".join(f"{word[0].upper()}." for word in shipment.signed_by.split()[:3] if word[0].isalpha())
    return {"by": initials, "at": _iso(shipment.proof_at or shipment.delivered_at)}


def _iso(at: datetime | date | None) -> str | None:
    return at.isoformat() if at else None

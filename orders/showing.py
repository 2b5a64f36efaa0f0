"""What each visitor of an order's page is shown: fields that are let through, and what of a person is masked.

Three tiers (docs/decisions/0049-who-sees-what-of-an-order.md). *stub*, by the public id: where it is. *view*, by the
signed link of a mail, which people pass on: everything but what leads to a door or a telephone. *verified*: everything.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from orders.models import ProductLink
from shelf import hints

PIPELINE = ["placed", "packing", "shipped", "on_the_way", "delivered"]
OF_SERVICES = ["placed", "done"]  # nothing of it travels
OWN_PICKUP = ["placed", "packing", "ready_for_pickup", "collected"]
GOES_BACK = ["placed", "packing", "shipped", "going_back", "back"]
LAST_LEG = ("out_for_delivery", "ready_for_pickup")
ENDED = ("cancelled", "refunded")
SUGGESTED = 3
STUB, VIEW, VERIFIED = "stub", "view", "verified"
OF_STUB = ("number", "placed_at", "stage", "cancelled_at", "dispatched_at", "delivered_at")
PROMISE = ("estimated_on", "promised_on", "late", "moved")
PARCEL_OF_STUB = ("id", "carrier", "carrier_name", "milestone", "reason", "since", *PROMISE, "delivered_at")
CARD_DIGITS = re.compile(r"[•*·.xXхХ\s]*\d{4}\b")


def order_for(tier: str, order: Mapping[str, Any], zone: str) -> dict[str, Any]:
    ours = {"zone": zone, "travels": travels(order)}
    if tier == STUB:
        return {**{name: order.get(name) for name in OF_STUB}, **ours}
    if tier == VERIFIED:
        return {**order, **ours}
    payment = CARD_DIGITS.sub("", order.get("payment_method") or "")
    return {**order, **ours, "payment_method": payment, "address": masked(order.get("address"))}


def travels(order: Mapping[str, Any]) -> bool:
    """Whether anything of it comes in a parcel: services, files and subscriptions do not."""
    lines = order.get("lines") or ()
    return not lines or not all(line.get("kind") for line in lines)


def masked(address: Mapping[str, str] | None) -> dict[str, str] | None:
    """The place, and whose it is in short: no street, no postcode, no company, two digits of the number."""
    if not address:
        return None
    kept = {name: address.get(name) or "" for name in ("city", "region", "country")}
    who = {"name": hints.name(address.get("name") or ""), "phone": hints.phone(address.get("phone") or "")}
    return {**kept, **who, "line1": hints.DOTS if address.get("line1") else ""}


def parcels_for(tier: str, parcels: Sequence[Mapping[str, Any]], language: str, zone: str, now: datetime) -> list[dict]:
    today = now.astimezone(ZoneInfo(zone)).date().isoformat()
    told = [_speaking(parcel, language, today) for parcel in parcels]
    return [{name: parcel.get(name) for name in PARCEL_OF_STUB} for parcel in told] if tier == STUB else told


def _speaking(parcel: Mapping[str, Any], language: str, today: str) -> dict[str, Any]:
    """The parcel with its carrier called as the reader calls it.

    Late: its day (ISO, as ``today``) has passed. Moved: a later day than the promised one is told now, and not because
    the customer wished it.
    """
    name = parcel.get("carrier_names", {}).get(language, "")
    url = parcel.get("urls", {}).get(language) or parcel.get("url", "")
    late = bool(parcel.get("late_after") and parcel["late_after"] < today)
    promised, expected = parcel.get("promised_on") or "", parcel.get("estimated_on") or ""
    is_coming = bool(parcel.get("late_after")) and not parcel.get("moved_by_recipient")
    moved = is_coming and bool(promised) and expected[:10] > promised[:10]
    return {"carrier": "", **parcel, "carrier_name": name, "url": url, "late": late, "moved": moved}


def steps_of(order: Mapping[str, Any], parcels: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """The way of an order as steps: done, now, todo. The last leg shows only while the parcel is on it."""
    stage = order.get("stage", "placed")
    if stage in ENDED:
        return [
            {"key": "placed", "state": "done", "at": order.get("placed_at")},
            {"key": stage, "state": "now", "at": order.get("cancelled_at")},
        ]
    way, now = _way_of(order, stage, parcels)
    here = way.index(now)
    at = {
        "placed": order.get("placed_at"),
        "shipped": order.get("dispatched_at"),
        **dict.fromkeys(("delivered", "collected", "done"), order.get("delivered_at")),
    }
    states = ["done" if i < here or stage == "delivered" else "now" if i == here else "todo" for i in range(len(way))]
    return [{"key": key, "state": state, "at": at.get(key)} for key, state in zip(way, states, strict=True)]


def _way_of(order: Mapping[str, Any], stage: str, parcels: Sequence[Mapping[str, Any]]) -> tuple[list[str], str]:
    """(its steps, the one it is at)."""
    here = {"paid": "placed"}.get(stage, stage)
    milestones = {parcel.get("milestone") for parcel in parcels}
    if not travels(order):
        return OF_SERVICES, "done" if stage == "delivered" else "placed"
    if parcels and all(parcel.get("carrier") == "own_pickup" for parcel in parcels):
        here = {"delivered": "collected"}.get(here, here)
        return OWN_PICKUP, here if here in OWN_PICKUP else "packing"
    if stage != "delivered" and milestones and milestones <= {"returning", "returned"}:
        return GOES_BACK, "back" if milestones == {"returned"} else "going_back"
    return ([*PIPELINE[:4], stage, "delivered"] if stage in LAST_LEG else PIPELINE), here


def links_of(block: Mapping[str, Any], language: str, is_calm: bool) -> dict[str, list[ProductLink]]:
    """How to care for what was bought, and what goes with it: {"care": …, "goes_with": …}, by the merchant's own rules.

    Nothing is offered to somebody whose order was called off, or with whom something is not settled (not ``is_calm``).
    """
    bought = {line["product"] for line in block.get("lines", ()) if line.get("product")}
    if not bought:
        return {}
    rows = ProductLink.objects.filter(product__in=sorted(bought), language__in=["", language])
    found: dict[str, dict[str, ProductLink]] = {ProductLink.Kind.CARE: {}, ProductLink.Kind.GOES_WITH: {}}
    for row in rows.order_by("position", "pk")[:50]:
        found[row.kind].setdefault(row.url, row)
    if not is_calm or block.get("stage") in ENDED:
        found[ProductLink.Kind.GOES_WITH] = {}
    return {kind: list(many.values())[:SUGGESTED] for kind, many in found.items() if many}

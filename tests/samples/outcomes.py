"""Real bodies that others published, each with what must become of it. Read from SAMPLES_DIR, never copied here.

One row per file: ``Accepted`` with the facts to be found, ``Ignored`` or ``Parked`` with the reason, or
``NO_READER_YET``. A file that stands in no row, or a row without its file, fails the suite.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from orders.stores.seen import FulfilmentSeen, OrderSeen
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.status import status_of

SAMPLES = Path(os.environ.get("SAMPLES_DIR") or "/nonexistent")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Accepted:
    topic: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ignored:
    topic: str
    reason: str


@dataclass(frozen=True)
class Parked:
    topic: str
    reason: str


NO_READER_YET = "no reader yet"

OUTCOMES: dict[str, Accepted | Ignored | Parked | str] = {
    # The number of the order was rounded on its way into this file; its gid was not.
    "shopify/orders_create.json": Accepted(
        "orders/create",
        {
            "external_id": "820982911946154508",
            "number": "#9999",
            "total": Decimal("388.00"),
            "subtotal": Decimal("398.00"),
            "discount": Decimal("20.00"),
            "shipping": Decimal("10.00"),
            "currency": "USD",
            "line_ids": ("866550311766439020", "141249953214522974"),
            "placed_at": datetime(2022, 1, 1, tzinfo=UTC),
            "cancelled_at": datetime(2022, 1, 1, tzinfo=UTC),
            "cancel_reason": "customer",
            "financial": "voided",
            "customer_id": "115310627314723954",
            "email": "jon@example.com",
            "language": "en",
            "test": True,
        },
    ),
    "shopify/fulfillments_create.json": Accepted(
        "fulfillments/create",
        {
            "external_id": "123456",
            "order_external_id": "820982911946154500",
            "status": "pending",
            "carrier": "UPS",
            "numbers": ("1z827wk74630",),
            "lines": (("866550311766439020", 1), ("141249953214522974", 1)),
            "milestone": "",
        },
    ),
    "shopify/refunds_create.json": Ignored("refunds/create", "No money moved with this refund."),
    "shopify/fulfillment_events_create.json": Accepted(
        "fulfillment_events/create",
        {
            "external_id": "123456",
            "order_external_id": "820982911946154500",
            "status": "moved",
            "milestone": "in_transit",
            "updated_at": datetime(2022, 1, 1, tzinfo=UTC),
            "numbers": (),
        },
    ),
    "shopify/fulfillment_orders_line_items_prepared_for_pickup.json": Ignored(
        "fulfillment_orders/line_items_prepared_for_pickup",
        "Shopify's “fulfillment_orders/line_items_prepared_for_pickup” is not read: only orders, fulfillments, refunds"
        " and privacy requests are.",
    ),
    "shopify/orders_edited.json": Ignored(
        "orders/edited",
        "An edit of an order tells lines without prices. The order itself follows as “orders/updated”.",
    ),
    "shopify/customers_delete.json": Ignored(
        "customers/delete",
        "Shopify's “customers/delete” is not read: only orders, fulfillments, refunds and privacy requests are.",
    ),
    "woocommerce/order_created.json": Accepted(
        "order.created",
        {
            "external_id": "205",
            "number": "205",
            "total": Decimal("17.70"),
            "tax": Decimal("2.70"),
            "currency": "INR",
            "line_ids": ("424",),
            "placed_at": datetime(2021, 11, 30, 7, 32, 10, tzinfo=UTC),
            "financial": "pending",
            "customer_id": "1",
            "email": "strange@erpnext.com",
            "phone": "1234567890",
            "shipping_method": "",
        },
    ),
    "woocommerce/order_v3_reference.json": Accepted(
        "order.updated",
        {
            "external_id": "727",
            "number": "727",
            "total": Decimal("29.35"),
            "currency": "USD",
            "line_ids": ("315", "316"),
            "placed_at": datetime(2017, 3, 22, 19, 28, 2, tzinfo=UTC),
            "paid_at": datetime(2017, 3, 22, 19, 28, 8, tzinfo=UTC),
            "financial": "paid",
            "customer_id": "",
            "email": "john.doe@example.com",
        },
    ),
    # A refund has no topic of its own: WooCommerce sends the order again, with the refund in it.
    "woocommerce/order_refund_v3_reference.json": Ignored(
        "", "Neither a topic nor the fields of an order: nothing to read here."
    ),
    "easypost/tracker_updated_signed.json": Accepted(
        "tracker.updated",
        {
            "number": "1",
            "carrier": "fedex",
            "scans": 7,
            "milestone": "in_transit",
            "since": datetime(2024, 7, 31, 19, 27, tzinfo=UTC),
            "shipped_at": datetime(2024, 7, 31, 19, 27, tzinfo=UTC),
            "delivered_at": None,
            "estimated_on": date(2024, 8, 5),
        },
    ),
    "easypost/tracker_updated_out_of_order_scans.json": Accepted(
        "tracker.updated",
        {
            "number": "EZ4000000004",
            "carrier": "ups",
            "scans": 6,
            "milestone": "delivered",
            "delivered_at": datetime(2014, 11, 19, 10, 51, 54, tzinfo=UTC),
            "disputed": False,
            "estimated_on": date(2014, 11, 27),
        },
    ),
    "easypost/batch_created_not_a_tracker.json": Ignored(
        "batch.created", "EasyPost's “batch.created” is not read: only trackers are."
    ),
    "easypost/event_without_result.json": Ignored(
        "tracker.created", "The event holds no tracker. The next one will hold the parcel's whole history."
    ),
    "easypost/tracker_object.json": Ignored(
        "", "This is no event of EasyPost: it has no description. Nothing to read here."
    ),
    "aftership/tracking_update_delivered.json": Accepted(
        "tracking_update",
        {
            "number": "123456789",
            "carrier": "tnt",
            "scans": 0,
            "milestone": "delivered",
            "delivered_at": datetime(2021, 8, 24, 10, 40, 8, tzinfo=UTC),
            "estimated_on": None,
        },
    ),
    "aftership/get_tracking_result.json": Ignored(
        "", "This is no event of AfterShip: it has no event name. Nothing to read here."
    ),
    # What the API answers; a push wraps the same tracking, see PUSHED.
    "17track/gettrackinfo_v2_2.json": Ignored(
        "", "This is no event of 17TRACK: it has no event name. Nothing to read here."
    ),
    "shippo/track_object_delivered.json": Ignored(
        "", "This is no event of Shippo: it has no event name. Nothing to read here."
    ),
    # The manual's own sample: delivered, with a substatus that belongs to another status, and dates of three years.
    "shippo/track_updated_webhook_schema_example.json": Accepted(
        "track_updated",
        {
            "number": "9205590164917312751089",
            "carrier": "usps",
            "order_number": "Order 000123",
            "service": "Priority Mail Express",
            "scans": 1,
            "milestone": "delivered",
            "delivered_at": datetime(2016, 7, 23, tzinfo=UTC),
            "estimated_on": date(2019, 8, 24),
            "promised_on": date(2021, 7, 23),
            "unknown": 0,
        },
    ),
    "karrio/tracker_updated_data.json": Ignored(
        "", "This is no event of Karrio: it has no event name. Nothing to read here."
    ),
    "cdek/order_status.json": Accepted(
        "ORDER_STATUS",
        {
            "number": "1106321645",
            "carrier": "cdek",
            "aliases": (("", "72753031-2801-4186-a091-0be58cedfee7"),),
            "scans": 1,
            "milestone": "picked_up",
            "shipped_at": datetime(2020, 8, 10, 14, 32, 12, tzinfo=UTC),
            "unknown": 0,
        },
    ),
    # Two documents: the first is not found, which is no news; the facts are the second's.
    "nova_poshta/getStatusDocuments.json": Accepted(
        "getStatusDocuments",
        {
            "parcels": 2,
            "number": "20400048799001",
            "carrier": "nova_poshta",
            "scans": 2,
            "milestone": "delivered",
            "shipped_at": datetime(2023, 4, 7, 10, 35, 58, tzinfo=UTC),
            "delivered_at": datetime(2023, 4, 7, 10, 35, 58, tzinfo=UTC),
            "estimated_on": date(2023, 4, 6),
            "storage_paid_from": date(2023, 4, 14),
            "unknown": 0,
        },
    ),
    "nova_poshta/getStatusDocuments_error.json": Parked(
        "getStatusDocuments", "Nova Poshta answered with an error: “Document number is not correct”."
    ),
}
# Files that are only a part of what arrives: how the source wraps them, by its documentation, and what is found.
PUSHED: dict[str, tuple[Any, Accepted]] = {
    "17track/gettrackinfo_v2_2.json": (
        lambda part: {"event": "TRACKING_UPDATED", "data": part["data"]["accepted"][0]},
        Accepted(
            "TRACKING_UPDATED",
            {
                "number": "RR123456789CN",
                "carrier": "china_post",
                "scans": 4,
                "milestone": "delivered",
                "shipped_at": datetime(2022, 4, 26, 6, 30, tzinfo=UTC),
                "delivered_at": datetime(2022, 5, 2, 18, 34, tzinfo=UTC),
                "disputed": False,
                "estimated_on": date(2022, 5, 3),
                "unknown": 0,
            },
        ),
    ),
    "shippo/track_object_delivered.json": (
        lambda part: {"event": "track_updated", "test": False, "data": part},
        Accepted(
            "track_updated",
            {
                "number": "9205590164917312751089",
                "carrier": "usps",
                "service": "Priority Mail",
                "origin": "Las Vegas",
                "destination": "Spotsylvania",
                "scans": 2,
                "milestone": "delivered",
                "shipped_at": datetime(2023, 7, 21, 15, 33, tzinfo=UTC),
                "delivered_at": datetime(2023, 7, 23, 13, 3, tzinfo=UTC),
                "estimated_on": date(2023, 7, 23),
                "promised_on": date(2023, 7, 23),
                "unknown": 0,
            },
        ),
    ),
    # Its scans have the carrier's codes only, which Karrio did not translate: kept, and nothing follows from them.
    "karrio/tracker_updated_data.json": (
        lambda part: {"event": "tracker_updated", "data": part},
        Accepted(
            "tracker_updated",
            {
                "number": "1Z999AA10123456784",
                "carrier": "ups",
                "scans": 2,
                "milestone": "in_transit",
                "since": datetime(2026, 3, 10, tzinfo=UTC),
                "estimated_on": date(2026, 3, 15),
                "unknown": 2,
            },
        ),
    ),
}
# Mails have a table of their own; reviews, purchases and business cards belong to later issues.
LATER = ("email/", "feedback/", "loyalty/", "vcard/")
ABOUT = ("SOURCES", ".gitattributes")

READ = {path: outcome for path, outcome in OUTCOMES.items() if outcome != NO_READER_YET}


def facts_of(outcome: tuple) -> dict[str, Any]:
    seen = outcome[-1]
    if isinstance(seen, OrderSeen):
        return _fields(seen) | {"line_ids": tuple(line.external_id for line in seen.lines)}
    if isinstance(seen, FulfilmentSeen):
        return _fields(seen)
    assert isinstance(seen, ParcelSeen)
    stored = [Stored.of(checkpoint) for checkpoint in seen.checkpoints]
    scans = sum(not checkpoint.summary for checkpoint in seen.checkpoints)
    unknown = sum(checkpoint.unknown for checkpoint in seen.checkpoints)
    return (
        _fields(seen) | _fields(status_of(stored, NOW)) | {"scans": scans, "unknown": unknown, "parcels": len(outcome)}
    )


def _fields(seen: Any) -> dict[str, Any]:
    return {name: getattr(seen, name) for name in seen.__slots__}


@dataclass(frozen=True)
class Stored:
    """A checkpoint as it would be read back from the database: all of one message."""

    occurred_at: datetime
    milestone: str
    reason: str
    summary: bool
    received_at: datetime = NOW
    retracted: bool = False
    suspect: bool = False
    retracts: bool = False
    returning: bool = False
    raw_code: str = ""
    source: str = "carrier"

    @classmethod
    def of(cls, seen: CheckpointSeen) -> "Stored":
        return cls(
            seen.occurred_at,
            seen.milestone,
            seen.reason,
            seen.summary,
            retracts=seen.retracts,
            returning=seen.returning,
            raw_code=seen.raw_code,
        )

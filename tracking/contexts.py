"""What a mail may say about a parcel: the order's namespaces, and ``shipment``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from messaging.contexts import Context
from messaging.gate import Decision
from messaging.models import Message
from orders.actions import speak
from orders.contexts import asks_refused, of_order
from shelf.reasons import Reason
from tracking import markup, variables
from tracking.carriers.names import display_name
from tracking.models import Shipment

DESCRIBE = {
    "shipment": {
        "carrier_name": "text",
        "number": "text",
        "tracking_url": "url",
        "estimated_on": "date",
        "milestone": "text",
        "reason": "text",
        "storage_until": "date",
        "lines": [{"title": "text", "quantity": "number"}],
    }
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Three queries for any number of parcels."""
    shipments = (
        Shipment.objects.filter(pk__in=ids)
        .select_related("order__store", "order__customer")
        .prefetch_related("lines", "order__lines")
    )
    return {s.pk: of_parcel(s) for s in shipments}


def of_parcel(shipment: Shipment) -> dict[str, Any]:
    order = of_order(shipment.order, list(shipment.order.lines.all()), {})
    parcel = of_shipment(shipment)
    node = markup.of_shipment(shipment, parcel["carrier_name"], parcel["lines"])
    about = {**order["about"], "shipment": shipment.pk}
    return {**order, "about": about, "shipment": parcel, "markup": [*order["markup"], *filter(None, [node])]}


def of_shipment(shipment: Shipment) -> dict[str, Any]:
    titles = {line.external_id: line.title for line in shipment.order.lines.all()}
    return {
        "carrier_name": display_name(shipment.carrier, speak(shipment.order)) or shipment.carrier,
        "number": shipment.number,
        "tracking_url": shipment.url,
        "estimated_on": shipment.estimated_on,
        "milestone": shipment.milestone,
        "reason": shipment.reason,
        "storage_until": min(filter(None, (shipment.stored_until_on, shipment.storage_paid_from_on)), default=None),
        "lines": [
            {"title": titles[line.line_external_id], "quantity": line.quantity}
            for line in shipment.lines.all()
            if line.line_external_id in titles
        ],
    }


CONTEXT = Context(load, DESCRIBE, variables.WORDS, variables.examples)


def of_orders(context: Context) -> Context:
    """What a lower floor says of orders, said of their parcels: one query more."""

    def load_by_parcel(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
        orders = dict(Shipment.objects.filter(pk__in=ids).values_list("pk", "order_id"))
        told = context.load(sorted(set(orders.values())), now)
        return {pk: told[order_id] for pk, order_id in orders.items() if order_id in told}

    return Context(load_by_parcel, context.describe, context.words)


def object_to_asks(messages: Sequence[Message], now: datetime) -> dict[int, Reason | Decision]:
    """The gate's late objection, as for orders."""
    return asks_refused(messages, now, Shipment.objects.all())

"""An order as schema.org describes it (JSON-LD), for the heads of mails: Gmail and Yandex show it above the letter.

Fields: https://developers.google.com/gmail/markup/reference/order. Money is text, moments carry their offset.
"""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from orders.actions import zone_of
from orders.models import Order

Node = dict[str, Any]

S = Order.Stage
STATUS = {
    S.PLACED: "OrderProcessing",
    S.PAID: "OrderProcessing",
    S.PACKING: "OrderProcessing",
    S.SHIPPED: "OrderInTransit",
    S.ON_THE_WAY: "OrderInTransit",
    S.OUT_FOR_DELIVERY: "OrderInTransit",
    S.READY_FOR_PICKUP: "OrderPickupAvailable",
    S.DELIVERED: "OrderDelivered",
    S.CANCELLED: "OrderCancelled",
    S.REFUNDED: "OrderReturned",
}
ITEM = {"en": "Item", "uk": "Товар", "ru": "Товар"}


def of_order(order: Order, lines: Sequence[Any], url: str) -> Node:
    """The whole order; ``lines`` have title, image_url, price and quantity.

    A discreet one names no product: its sum stands for all of it.
    """
    return {
        "@context": "http://schema.org",
        **reference(order),
        "orderDate": order.placed_at.astimezone(ZoneInfo(zone_of(order))).isoformat(timespec="seconds"),
        "priceCurrency": order.currency,
        "price": f"{order.total:.2f}",
        "acceptedOffer": [offer for offer in _offers(order, lines) if offer["itemOffered"]["name"]],
        "url": url,
        "potentialAction": {"@type": "ViewAction", "target": url},
    }


def reference(order: Order) -> Node:
    """The order as a parcel refers to it."""
    return {
        "@type": "Order",
        "merchant": {"@type": "Organization", "name": order.store.name},
        "orderNumber": order.number,
        "orderStatus": f"http://schema.org/{'OrderCancelled' if order.cancelled_at else STATUS[order.stage]}",
    }


def is_discreet(order: Order) -> bool:
    return order.is_discreet or order.store.is_discreet


def neutral_item(order: Order) -> str:
    return ITEM.get(order.language or order.store.language, ITEM["en"])


def _offers(order: Order, lines: Sequence[Any]) -> list[Node]:
    if is_discreet(order):
        return [_offer(order, neutral_item(order), "", order.total, 1)]
    return [_offer(order, line.title, line.image_url, line.price, line.quantity) for line in lines]


def _offer(order: Order, name: str, image: str, price, quantity: int) -> Node:
    return {
        "@type": "Offer",
        "itemOffered": {"@type": "Product", "name": name} | ({"image": image} if image else {}),
        "price": f"{price:.2f}",
        "priceCurrency": order.currency,
        "eligibleQuantity": {"@type": "QuantitativeValue", "value": quantity},
    }

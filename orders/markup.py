"""An order as schema.org describes it (JSON-LD), for the heads of mails: Gmail and Yandex show it above the letter.

Fields: https://developers.google.com/gmail/markup/reference/order. Money is text, moments carry their offset.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from messaging.markup import pattern, quoted
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


WHOLE = pattern(
    {
        "@context": "http://schema.org",
        "@type": "Order",
        "merchant": {"@type": "Organization", "name": "%(store)s"},
        "orderNumber": "%(number)s",
        "orderStatus": "%(status)s",
        "orderDate": "%(placed)s",
        "priceCurrency": "%(currency)s",
        "price": "%(price)s",
        "acceptedOffer": ["%(offers)s"],
        "url": "%(url)s",
        "potentialAction": {"@type": "ViewAction", "target": "%(url)s"},
    }
)
OFFER = pattern(
    {
        "@type": "Offer",
        "itemOffered": {"@type": "Product", "name": "%(name)s"},
        "price": "%(price)s",
        "priceCurrency": "%(currency)s",
        "eligibleQuantity": {"@type": "QuantitativeValue", "value": "%(quantity)s"},
    }
)
PICTURED = OFFER.replace("%(name)s", '%(name)s,"image":%(image)s')


def of_order(order: Order, lines: Sequence[Any], url: str, zone: str) -> str:
    """The whole order as JSON; ``lines`` have title, image_url, price and quantity.

    A discreet one names no product: its sum stands for all of it.
    """
    return WHOLE % {
        "store": quoted(order.store.name),
        "number": quoted(order.number),
        "status": quoted(status_of(order)),
        "placed": quoted(order.placed_at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")),
        "currency": quoted(order.currency),
        "price": f'"{order.total:.2f}"',
        "offers": ",".join(_offers(order, lines)),
        "url": quoted(url),
    }


def reference(order: Order) -> Node:
    """The order as a parcel refers to it."""
    return {
        "@type": "Order",
        "merchant": {"@type": "Organization", "name": order.store.name},
        "orderNumber": order.number,
        "orderStatus": status_of(order),
    }


def status_of(order: Order) -> str:
    return f"http://schema.org/{'OrderCancelled' if order.cancelled_at else STATUS[order.stage]}"


def is_discreet(order: Order) -> bool:
    return order.is_discreet or order.store.is_discreet


def neutral_item(order: Order) -> str:
    return ITEM.get(order.language or order.store.language, ITEM["en"])


def _offers(order: Order, lines: Sequence[Any]) -> list[str]:
    if is_discreet(order):
        return [_offer(order.currency, neutral_item(order), "", order.total, 1)]
    return [
        _offer(order.currency, line.title, line.image_url, line.price, line.quantity) for line in lines if line.title
    ]


def _offer(currency: str, name: str, image: str, price: Decimal, quantity: int) -> str:
    return (PICTURED if image else OFFER) % {
        "name": quoted(name),
        "image": quoted(image),
        "price": f'"{price:.2f}"',
        "currency": quoted(currency),
        "quantity": quantity,
    }

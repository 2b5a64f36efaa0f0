"""What shops and carriers would send about the demo's orders, in their own words, and signed as they sign."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from campaigns.demo.shapes import Goods, Person, Shop, Tale, Way
from shelf.signatures import hmac_base64, hmac_hex

ID = 6_200_000_000_000  # Shopify's ids are beyond 32 bits

# Our scan → AfterShip's tag and subtag; EasyPost's status and detail.
AFTERSHIP = {
    "label": ("InfoReceived", "InfoReceived_001"),
    "picked_up": ("InTransit", "InTransit_002"),
    "moving": ("InTransit", "InTransit_001"),
    "arrived": ("InTransit", "InTransit_003"),
    "out": ("OutForDelivery", "OutForDelivery_001"),
    "ready": ("AvailableForPickup", "AvailableForPickup_001"),
    "attempt": ("AttemptFail", "AttemptFail_002"),
    "weather": ("Exception", "Exception_017"),
    "address": ("Exception", "Exception_002"),
    "delivered": ("Delivered", "Delivered_001"),
}
EASYPOST = {
    "label": ("pre_transit", "label_created"),
    "picked_up": ("in_transit", "received_at_origin_facility"),
    "moving": ("in_transit", "departed_facility"),
    "arrived": ("in_transit", "arrived_at_facility"),
    "out": ("out_for_delivery", "out_for_delivery"),
    "ready": ("available_for_pickup", "arrived_at_pickup_location"),
    "attempt": ("failure", "delivery_exception"),
    "weather": ("in_transit", "weather_delay"),
    "address": ("in_transit", "address_correction"),
    "delivered": ("delivered", "arrived_at_destination"),
}


@dataclass(frozen=True, slots=True)
class Sale:
    """One order of a shop: the tale with its number and its time."""

    shop: Shop
    tale: Tale
    number: int
    placed_at: datetime

    @property
    def person(self) -> Person:
        return self.shop.people[self.tale.who]

    @property
    def way(self) -> Way:
        return self.shop.ways[self.tale.to]

    @property
    def lines(self) -> list[tuple[int, Goods, int]]:
        """(place in the shop's shelf, goods, pieces)"""
        shelf = list(self.shop.goods)
        return [(shelf.index(key), self.shop.goods[key], n) for key, n in self.tale.what.items()]

    @property
    def worth(self) -> Decimal:
        return sum((Decimal(goods.price) * n for _at, goods, n in self.lines), Decimal(0))

    @property
    def shipping(self) -> Decimal:
        return Decimal(0) if self.worth >= self.shop.free_from else Decimal(self.way.price)

    @property
    def external_id(self) -> str:
        return str(self.number if self.shop.platform == "woocommerce" else ID + self.number)

    @property
    def name(self) -> str:
        return f"{self.shop.slug}/{self.number}"

    @property
    def wants_news(self) -> bool:
        """Two of three with an account ticked the box of the checkout."""
        return not self.person.guest and self.person.number % 3 != 0

    @property
    def phone(self) -> str:
        given = self.person.phone or self.shop.dial.format(self.person.number)
        return "" if given == "-" else given

    @property
    def country(self) -> str:
        return self.person.country or self.shop.country


@dataclass(frozen=True, slots=True)
class Scan:
    kind: str
    at: datetime
    words: str
    town: str


# --- Shopify ------------------------------------------------------------------------------------------------------


def shopify_order(sale: Sale, at: datetime, end: str = "") -> dict[str, Any]:
    """``end``: "", "cancelled" or "refunded"."""
    person, total = sale.person, sale.worth + sale.shipping
    financial = "refunded" if end and sale.tale.paid else "voided" if end else "paid" if sale.tale.paid else "pending"
    locale = person.locale or sale.shop.language
    return {
        "id": ID + sale.number,
        "admin_graphql_api_id": f"gid://shopify/Order/{ID + sale.number}",
        "name": f"#{sale.number}",
        "order_number": sale.number,
        "email": person.email,
        "phone": None if person.email else sale.phone,
        "customer": None if person.guest else _shopify_customer(sale),
        "customer_locale": locale,
        "buyer_accepts_marketing": sale.wants_news,
        "created_at": sale.placed_at.isoformat(),
        "processed_at": sale.placed_at.isoformat(),
        "updated_at": at.isoformat(),
        "cancelled_at": at.isoformat() if end == "cancelled" else None,
        "cancel_reason": sale.shop.cancel_reason if end == "cancelled" else None,
        "financial_status": financial,
        "currency": sale.shop.currency,
        "total_line_items_price": str(sale.worth),
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "total_shipping_price_set": {"shop_money": {"amount": str(sale.shipping), "currency_code": sale.shop.currency}},
        "total_price": str(total),
        "taxes_included": True,
        "payment_gateway_names": [sale.shop.pays[0 if sale.tale.paid else 1]],
        "shipping_address": _shopify_address(sale),
        "shipping_lines": [{"id": 1, "title": sale.way.title, "price": str(sale.shipping)}],
        "line_items": [_shopify_line(sale, *line) for line in sale.lines],
        "fulfillments": [],
        "refunds": [],
        "test": False,
    }


def _shopify_customer(sale: Sale) -> dict[str, Any]:
    person = sale.person
    return {"id": ID + person.number, "email": person.email, "first_name": person.first, "last_name": person.last}


def _shopify_address(sale: Sale) -> dict[str, Any]:
    person = sale.person
    return {
        "first_name": person.first,
        "last_name": person.last,
        "address1": person.line1,
        "city": person.city,
        "zip": person.postcode,
        "country_code": sale.country,
        "phone": sale.phone or None,
    }


def _shopify_line(sale: Sale, place: int, goods: Goods, quantity: int) -> dict[str, Any]:
    return {
        "id": ID + sale.number * 100 + place,
        "product_id": product_id(place),
        "title": goods.title,
        "sku": goods.sku,
        "quantity": quantity,
        "price": goods.price,
        "total_discount": "0.00",
    }


def product_id(place: int) -> int:
    return 8_400_000_000_000 + place


def shopify_fulfilment(
    sale: Sale, part: int, at: datetime, number: str, lines: Sequence[tuple[int, Goods, int]], status: str
) -> dict[str, Any]:
    return {
        "id": (ID + sale.number) * 10 + part,
        "order_id": ID + sale.number,
        "status": status,
        "created_at": at.isoformat(),
        "updated_at": at.isoformat(),
        "tracking_company": sale.way.carrier if number else None,
        "tracking_numbers": [number] if number else [],
        "tracking_urls": [],
        "line_items": [_shopify_line(sale, *line) for line in lines],
    }


# --- WooCommerce --------------------------------------------------------------------------------------------------


def woo_order(sale: Sale, at: datetime, end: str = "", pictures: str = "", number: str = "") -> dict[str, Any]:
    """``pictures``: where their files are; ``number``: the parcel's, once it left at ``at``."""
    person = sale.person
    billing = {
        "first_name": person.first,
        "last_name": person.last,
        "address_1": person.line1,
        "city": person.city,
        "postcode": person.postcode,
        "country": sale.country,
        "phone": sale.phone,
    }
    return {
        "id": sale.number,
        "number": str(sale.number),
        "status": end or ("processing" if sale.tale.paid else "on-hold"),
        "currency": sale.shop.currency,
        "date_created_gmt": _gmt(sale.placed_at),
        "date_modified_gmt": _gmt(at),
        "date_paid_gmt": _gmt(sale.placed_at) if sale.tale.paid else None,
        "discount_total": "0.00",
        "shipping_total": str(sale.shipping),
        "total_tax": "0.00",
        "total": str(sale.worth + sale.shipping),
        "customer_id": 0 if person.guest else person.number,
        "billing": billing | {"email": person.email},
        "shipping": billing,
        "payment_method": "card" if sale.tale.paid else "cod",
        "payment_method_title": sale.shop.pays[0 if sale.tale.paid else 1],
        "line_items": [_woo_line(pictures, *line) for line in sale.lines],
        "shipping_lines": [{"id": 1, "method_title": sale.way.title, "total": str(sale.shipping)}],
        "refunds": [],
        "meta_data": [_woo_consent(sale), *([_woo_parcel(sale, at, number)] if number else [])],
    }


def _woo_consent(sale: Sale) -> dict[str, Any]:
    return {"id": 1, "key": "mailchimp_woocommerce_is_subscribed", "value": "1" if sale.wants_news else "0"}


def _woo_line(pictures: str, place: int, goods: Goods, quantity: int) -> dict[str, Any]:
    total = str(Decimal(goods.price) * quantity)
    return {
        "id": 1000 + place,
        "name": goods.title,
        "product_id": 300 + place,
        "quantity": quantity,
        "subtotal": total,
        "total": total,
        "sku": goods.sku,
        "image": {"id": str(place), "src": f"{pictures}{goods.picture}.svg"},
    }


def _woo_parcel(sale: Sale, at: datetime, number: str) -> dict[str, Any]:
    item = {
        "tracking_provider": sale.way.carrier,
        "tracking_number": number,
        "date_shipped": str(int(at.timestamp())),
        "tracking_id": f"t{number}",
    }
    return {"id": 1, "key": "_wc_shipment_tracking_items", "value": [item]}


def _gmt(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()


# --- Carriers -----------------------------------------------------------------------------------------------------


def aftership_event(
    number: str, way: Way, scans: Sequence[Scan], told_at: datetime, due: date | None, event_id: str
) -> dict[str, Any]:
    slug = way.carrier.lower().replace(" ", "-")
    tag, subtag = AFTERSHIP[scans[-1].kind]
    return {
        "event_id": event_id,
        "event": "tracking_update",
        "ts": int(told_at.timestamp()),
        "msg": {
            "id": f"trk{number}",
            "tracking_number": number,
            "slug": slug,
            "tag": tag,
            "subtag": subtag,
            "updated_at": told_at.isoformat(),
            "expected_delivery": due.isoformat() if due else None,
            "checkpoints": [
                {
                    "slug": slug,
                    "checkpoint_time": scan.at.isoformat(),
                    "tag": AFTERSHIP[scan.kind][0],
                    "subtag": AFTERSHIP[scan.kind][1],
                    "message": scan.words,
                    "city": scan.town,
                }
                for scan in scans
            ],
        },
    }


def easypost_event(
    number: str, way: Way, scans: Sequence[Scan], told_at: datetime, due: date | None, event_id: str
) -> dict[str, Any]:
    status, detail = EASYPOST[scans[-1].kind]
    return {
        "id": event_id,
        "object": "Event",
        "description": "tracker.updated",
        "created_at": told_at.isoformat(),
        "result": {
            "id": f"trk_{number}",
            "object": "Tracker",
            "tracking_code": number,
            "carrier": way.carrier,
            "status": status,
            "status_detail": detail,
            "updated_at": told_at.isoformat(),
            "est_delivery_date": f"{due.isoformat()}T00:00:00Z" if due else None,
            "tracking_details": [
                {
                    "object": "TrackingDetail",
                    "datetime": scan.at.isoformat(),
                    "status": EASYPOST[scan.kind][0],
                    "status_detail": EASYPOST[scan.kind][1],
                    "message": scan.words,
                    "tracking_location": {"city": scan.town},
                }
                for scan in scans
            ],
        },
    }


# --- Signatures ---------------------------------------------------------------------------------------------------


def signed(source: str, topic: str, key: str, payload: dict[str, Any] | bytes, secret: str) -> tuple[bytes, dict]:
    """Body and headers as the source sends them."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    if source == "shopify":
        headers = {"X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": key}
        return body, headers | {"X-Shopify-Hmac-Sha256": hmac_base64(secret, body)}
    if source == "woocommerce":
        headers = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-ID": "1"}
        return body, headers | {"X-WC-Webhook-Signature": hmac_base64(secret, body)}
    if source == "aftership":
        return body, {"aftership-hmac-sha256": hmac_base64(secret, body)}
    return body, {"X-Hmac-Signature": f"hmac-sha256-hex={hmac_hex(secret, body)}"}

"""What a document says, as plain data: taken once from the order and its seller, then kept.

Money is text, days are ISO. ``digest`` names the content, whatever becomes of order and seller later.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from orders.models import Order, OrderLine, Seller
from orders.papers.words import BANK_CODES, CODES, LANGUAGE_OF_LAW
from shelf.sums import in_words

CENT = Decimal("0.01")
Pairs = list[tuple[str, str]]


def content_of(
    kind: str, number: str, order: Order, lines: Sequence[OrderLine], seller: Seller, reader: str, issued_at: datetime
) -> dict[str, Any]:
    """``reader``: the customer's language."""
    zone = ZoneInfo(order.store.time_zone)
    language = language_of(seller, reader)
    return {
        "kind": kind,
        "number": number,
        "language": language,
        "second": reader if reader != language else "",
        "issued_on": issued_at.astimezone(zone).date().isoformat(),
        "store": {"name": order.store.name, "accent": order.store.accent},
        "seller": seller_of(seller),
        "buyer": buyer_of(order),
        "order": {"number": order.number, "placed_on": _day(order.placed_at, zone)},
        "paid_on": _day(order.paid_at, zone) if order.paid_at else "",
        "pay_url": getattr(order, "pay_url", "") if not order.paid_at else "",
        "currency": order.currency,
        "lines": [line_of(line) for line in lines],
        "sums": sums_of(order, lines),
        "total": str(order.total),
        "in_words": in_words(order.total, order.currency, language),
        "vat": vat_of(order, seller),
    }


def return_content(
    order: Order, lines: Sequence[OrderLine], seller: Seller, reader: str, now: datetime
) -> dict[str, Any]:
    """The application to take goods back: the customer's own paper, without a number, never kept."""
    return content_of("return", "", order, lines, seller, reader, now)


def language_of(seller: Seller, reader: str) -> str:
    return seller.language or LANGUAGE_OF_LAW.get(seller.country, "") or reader or "en"


def digest_of(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def seller_of(seller: Seller) -> dict[str, Any]:
    return {
        "name": seller.legal_name,
        "address": seller.address,
        "codes": [[label, value] for label, value in _codes(seller)],
        "account": seller.account,
        "bank": seller.bank,
        "bank_codes": [[label, value] for label, value in _bank_codes(seller)],
        "signatory": seller.signatory,
        "signatory_role": seller.signatory_role,
        "note": seller.note,
    }


def _codes(seller: Seller) -> Pairs:
    labels = CODES.get(seller.country, CODES[""])
    found = [(label, getattr(seller, name)) for name, label in labels.items()]
    special = {("UA", "ЄДРПОУ", 10): "РНОКПП", ("RU", "ОГРН", 15): "ОГРНИП"}
    return [(special.get((seller.country, label, len(value)), label), value) for label, value in found if value]


def _bank_codes(seller: Seller) -> Pairs:
    own = "к/с" if seller.country == "RU" else ""
    found = [(BANK_CODES.get(seller.country, BANK_CODES[""]), seller.bank_code), (own, seller.bank_account)]
    return [(label, value) for label, value in found if label and value]


def buyer_of(order: Order) -> dict[str, str]:
    known = order.address or {}
    name = known.get("name") or f"{order.first_name} {order.last_name}".strip()
    street = [known.get(part) or "" for part in ("line1", "line2")]
    town = " ".join(part for part in (known.get("postcode"), known.get("city")) if part)
    region = known.get("region") or ""
    parts = [*street, town, region if region != known.get("city") else ""]
    return {
        "name": known.get("company") or name,
        "person": name if known.get("company") else "",
        "address": ", ".join(part for part in parts if part),
        "country": known.get("country") or "",
        "phone": order.phone,
    }


def line_of(line: OrderLine) -> dict[str, Any]:
    """The price of a piece is what was paid for it: the line's total, shared by its pieces."""
    exact = line.total / line.quantity if line.quantity else line.price
    piece = line.price if line.price * line.quantity == line.total else exact.quantize(CENT, ROUND_HALF_UP)
    return {
        "title": line.title,
        "sku": line.sku,
        "quantity": line.quantity,
        "price": str(piece),
        "total": str(line.total),
    }


def sums_of(order: Order, lines: Sequence[OrderLine]) -> list[list[str]]:
    """[(word, amount)] that add up to the order's total, whatever the shop counts as a discount.

    Shops disagree on whether the lines already hold the discount and the tax: what lines and delivery do not explain
    is the tax where it is exactly that, else a discount, or (above) something else.
    """
    goods = sum((line.total for line in lines), Decimal(0))
    rest = order.total - goods - order.shipping
    sums: list[tuple[str, Decimal]] = [("goods", goods), ("shipping", order.shipping)]
    if order.tax and rest >= order.tax:
        sums.append(("tax", order.tax))
        rest -= order.tax
    elif order.tax and goods + order.shipping - order.discount + order.tax == order.total:
        sums += [("discount", -order.discount), ("tax", order.tax)]
        rest = Decimal(0)
    sums.append(("discount" if rest < 0 else "surcharge", rest))
    return [[name, str(amount)] for name, amount in sums if amount or name == "goods"]


def vat_of(order: Order, seller: Seller) -> dict[str, str]:
    """The tax inside the total: the shop's own figure, else counted from the rate. Empty for who pays no VAT."""
    if not seller.is_vat_payer:
        return {}
    rate = seller.vat_rate
    counted = (order.total * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
    amount = order.tax or counted
    shown = f"{rate.normalize():f}" if abs(amount - counted) <= Decimal("0.05") else ""
    return {"rate": shown, "amount": str(amount)}


def _day(at: datetime, zone: ZoneInfo) -> str:
    on: date = at.astimezone(zone).date()
    return on.isoformat()

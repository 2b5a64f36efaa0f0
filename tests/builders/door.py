"""Knocking at the doors for machines, and orders as an adapter would have seen them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from events.models import Receipt
from orders.stores.seen import AddressSeen, LineSeen, OrderSeen

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 11:00 in Kyiv


def knock(client, path: str, delivery: tuple[bytes, dict[str, str]], **more: Any):
    body, headers = delivery
    return client.post(path, data=body, content_type="application/json", headers=headers, **more)


def outcome(receipt: Receipt) -> tuple[str, str]:
    """State and reason of a receipt, as they stand in the database now."""
    receipt.refresh_from_db()
    return receipt.state, receipt.why


def line_seen(title: str = "Чайник", price: str = "1250.00", quantity: int = 1, **overrides: Any) -> LineSeen:
    known = {"external_id": f"line-{title}", "product_id": f"product-{title}"}
    total = Decimal(price) * quantity
    return LineSeen(title=title, price=Decimal(price), quantity=quantity, total=total, **(known | overrides))


def order_seen(number: int = 1042, at: datetime = MONDAY, **overrides: Any) -> OrderSeen:
    """Olena's paid order of one kettle, unless told otherwise; ``at`` is when it was placed and last changed."""
    known = {
        "external_id": str(number),
        "number": f"#{number}",
        "currency": "UAH",
        "total": Decimal("1330.00"),
        "subtotal": Decimal("1250.00"),
        "shipping": Decimal("80.00"),
        "placed_at": at,
        "updated_at": at,
        "lines": (line_seen(),),
        "financial": "paid",
        "customer_id": "77",
        "first_name": "Олена",
        "last_name": "Коваленко",
        "email": "olena@example.com",
        "phone": "+380501234567",
        "language": "uk",
        "address": AddressSeen(name="Олена Коваленко", line1="Хрещатик 22", city="Київ", country="UA"),
    }
    return OrderSeen(**(known | overrides))

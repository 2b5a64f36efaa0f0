"""The order's page as a row: apps write their block down in the transaction of their change, the view only draws."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from orders.models import Order


def block_of(order: Order, lines: Sequence[Any]) -> dict[str, Any]:
    """Orders' own block of the page, as plain data: times ISO in UTC, money as text."""
    return {
        "number": order.number,
        "placed_at": order.placed_at.isoformat(),
        **moving_parts(order),
        "currency": order.currency,
        **{name: str(getattr(order, name)) for name in ("subtotal", "shipping", "discount", "tax", "total")},
        "lines": [
            {
                "id": line.pk,
                "title": line.title,
                "sku": line.sku,
                "quantity": line.quantity,
                "total": str(line.total),
                "image_url": line.image_url,
            }
            for line in lines
        ],
        "payment_method": order.payment_method,
        "shipping_method": order.shipping_method,
        "address": order.address if any(order.address.values()) else None,
        "first_name": order.first_name,
        "language": order.language,
    }


def moving_parts(order: Order) -> dict[str, Any]:
    def iso(at):
        return at.isoformat() if at else None

    return {
        "stage": str(order.stage),
        "paid": order.financial in ("paid", "partly_refunded"),
        "paid_at": iso(order.paid_at),
        "cancelled_at": iso(order.cancelled_at),
        "dispatched_at": iso(order.dispatched_at),
        "delivered_at": iso(order.delivered_at),
    }


def write_blocks(name: str, blocks: Mapping[int, Any]) -> None:
    """Set one block of these orders' pages ({order id: plain data}) and raise their versions."""
    _patch("jsonb_set(p.blocks, ARRAY[%s], v.data::jsonb)", [name], blocks)


def write_fields(fields: Mapping[int, dict[str, Any]]) -> None:
    """Overwrite single fields of orders' own block."""
    _patch("jsonb_set(p.blocks, ARRAY['order'], coalesce(p.blocks->'order', '{}'::jsonb) || v.data::jsonb)", [], fields)


def _patch(expression: str, arguments: list, data: Mapping[int, Any]) -> None:
    if not data:
        return
    ids = sorted(data)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE orders_orderpage p SET blocks = {expression}, version = p.version + 1"  # noqa: S608
            " FROM unnest(%s::bigint[], %s::text[]) AS v(id, data) WHERE p.order_id = v.id",
            [*arguments, ids, [json.dumps(data[pk]) for pk in ids]],
        )

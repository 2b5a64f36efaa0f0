"""The order's page as a row: apps write their block down in the transaction of their change, the view only draws."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from orders.models import Order, OrderLine, Payment


def block_of(order: Order, lines: Sequence[Any], payments: Iterable[Payment] = ()) -> dict[str, Any]:
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
                "product": line.product_id,
                "title": line.title,
                "sku": line.sku,
                "quantity": line.quantity,
                "total": str(line.total),
                "image_url": line.image_url,
                **_without_parcel(line),
            }
            for line in lines
        ],
        "money": money_of(order, payments),
        "payment_method": order.payment_method,
        "shipping_method": order.shipping_method,
        "address": order.address if any(order.address.values()) else None,
        "first_name": order.first_name,
        "language": order.language,
    }


def _without_parcel(line: Any) -> dict[str, Any]:
    """What is told only of a line that travels in no parcel."""
    if line.kind == OrderLine.Kind.GOODS:
        return {}
    return {
        "kind": str(line.kind),
        "completed_at": iso(line.completed_at),
        "renews_on": iso(line.renews_on),
        "renewal_failed_at": iso(line.renewal_failed_at),
        "pause_asked_at": iso(line.pause_asked_at),
    }


def money_of(order: Order, payments: Iterable[Payment]) -> dict[str, Any]:
    """What is paid, due and on its way back. A failed payment shows while something is due, a failed refund
    until another one is on its way; one called off never."""
    told = sorted(payments, key=lambda p: (p.at, p.source, p.external_id))
    return {
        "paid": str(order.paid),
        "due": str(order.due),
        "cash": str(order.cash_state),
        "was_taken": order.cash_state == Order.Cash.DUE and _was_taken(told),
        "pay_url": order.pay_url,
        "fiscal_url": order.fiscal_url,
        "payments": [_payment(p, order) for p in told if p.kind != Payment.Kind.REFUND and _shows(p, order, told)],
        "refunds": [_payment(p, order) for p in told if p.kind == Payment.Kind.REFUND and _shows(p, order, told)],
    }


def _was_taken(payments: Iterable[Payment]) -> bool:
    """Whoever took the parcel paid for it at the door, though the carrier tells of the money days later."""
    asked = [p for p in payments if p.source == Payment.Source.CARRIER and p.state == Payment.State.PENDING]
    return bool(asked) and all(p.reason == "taken" for p in asked)


def _shows(payment: Payment, order: Order, told: Sequence[Payment]) -> bool:
    if payment.state == Payment.State.FAILED and payment.kind == Payment.Kind.REFUND:
        on_its_way = (Payment.State.PAID, Payment.State.PENDING)
        return not any(p.kind == payment.kind and p.state in on_its_way and p.at >= payment.at for p in told)
    if payment.state == Payment.State.FAILED:
        return bool(order.due)
    return payment.state != Payment.State.CANCELLED


def _payment(payment: Payment, order: Order) -> dict[str, Any]:
    return {
        "kind": str(payment.kind),
        "state": str(payment.state),
        "amount": str(payment.amount),
        "currency": payment.currency or order.currency,
        "method": payment.method,
        "at": iso(payment.at),
    }


def iso(at: date | None) -> str | None:
    """A day, or a moment."""
    return at.isoformat() if at else None


def moving_parts(order: Order) -> dict[str, Any]:
    return {
        "stage": str(order.stage),
        "paid": order.is_paid_up,
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


def rewrite(orders: Iterable[tuple[Order, Sequence[OrderLine]]]) -> None:
    """Orders' own block anew, of orders at hand with their lines."""
    orders = list(orders)
    told: dict[int, list[Payment]] = {order.pk: [] for order, _lines in orders}
    for payment in Payment.objects.filter(order__in=list(told)):
        told[payment.order_id].append(payment)
    write_blocks("order", {order.pk: block_of(order, lines, told[order.pk]) for order, lines in orders})


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

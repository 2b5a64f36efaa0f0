"""What a mail may say about a coupon: ``coupon``, the newest that its reader has and has not used.

It was given when a journey came to that step, or by an agent: rendering gives nothing away. A mail about an order
prefers what was given for that order. The balance needs no context: ``customer.points`` is in the registry.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.models import Coupon
from messaging.contexts import Context
from orders.models import Order
from tracking.models import Shipment

DESCRIBE = {
    "coupon": {
        "code": "text",
        "kind": "text",
        "amount": "money",
        "currency": "text",
        "percent": "number",
        "ends_on": "day",
    }
}
WORDS = {
    "coupon.code": _("the code of the coupon that the reader was given"),
    "coupon.kind": _("what it is: amount, percent, shipping"),
    "coupon.amount": _("the sum of money off; write it with coupon.currency"),
    "coupon.currency": _("the currency of that sum"),
    "coupon.percent": _("per cent off"),
    "coupon.ends_on": _("the last day on which the shop takes it"),
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by order; two queries for any number of orders. Whose reader has no coupon has no namespace."""
    people = dict(Order.objects.filter(pk__in=ids, customer__isnull=False).values_list("pk", "customer_id"))
    had = _unused(set(people.values())) if people else {}
    return {pk: {"coupon": of_coupon(_best(had[person], pk))} for pk, person in people.items() if person in had}


def load_for_parcels(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """By parcel; three queries."""
    orders = dict(Shipment.objects.filter(pk__in=ids).values_list("pk", "order_id"))
    told = load(sorted(set(orders.values())), now)
    return {pk: told[order_id] for pk, order_id in orders.items() if order_id in told}


def _unused(customer_ids: set[int]) -> dict[int, list[Coupon]]:
    """The newest first."""
    rows = Coupon.objects.filter(customer__in=customer_ids, state=Coupon.State.ISSUED).select_related("pool")
    found: dict[int, list[Coupon]] = {}
    for coupon in rows.order_by("-issued_at", "-pk"):
        found.setdefault(coupon.customer_id or 0, []).append(coupon)
    return found


def _best(coupons: list[Coupon], order_id: int) -> Coupon:
    return next(_of_order(coupons, order_id), coupons[0])


def _of_order(coupons: list[Coupon], order_id: int) -> Iterator[Coupon]:
    return (coupon for coupon in coupons if (coupon.subject_type, coupon.subject_id) == ("order", order_id))


def of_coupon(coupon: Coupon) -> dict[str, Any]:
    pool = coupon.pool
    return {
        "code": coupon.code,
        "kind": str(pool.kind),
        "amount": pool.worth if pool.kind == pool.Kind.AMOUNT else None,
        "currency": pool.currency,
        "percent": pool.worth if pool.kind == pool.Kind.PERCENT else None,
        "ends_on": pool.ends_on,
    }


OF_ORDER = Context(load, DESCRIBE, WORDS)
OF_PARCEL = Context(load_for_parcels, DESCRIBE, WORDS)

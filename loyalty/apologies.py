"""Coupons that no agent has to give by hand: for an order that was cancelled, for a return settled by store credit."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from loyalty.actions import Issue, issue_coupons
from loyalty.models import Coupon, Pool, Programme
from loyalty.worth import worth_said
from orders.models import Order
from orders.page_blocks import write_blocks
from shelf.pages import OURS

# In Shopify's words. Whom the shop or the bank took for a cheat is offered nothing.
NO_APOLOGY = ("fraud", "declined")


@transaction.atomic(savepoint=False)
def apologise(order_ids: Collection[int], now: datetime) -> int:
    """A coupon for each of these orders that was paid and is cancelled, once; how many were given.

    Who still has one from an earlier cancellation gets no second: cancelling is not to become a way to collect.
    """
    programme = Programme.objects.filter(cancel_pool__isnull=False).first()
    if programme is None:
        return 0
    unused = Coupon.objects.filter(
        customer=OuterRef("customer"), state=Coupon.State.ISSUED, cause=Coupon.Cause.CANCELLATION
    )
    orders = Order.objects.filter(
        pk__in=order_ids, cancelled_at__isnull=False, paid_at__isnull=False, customer__isnull=False, test=False
    ).exclude(cancel_reason__in=NO_APOLOGY)
    first_of_each = {order.customer_id: order for order in orders.exclude(Exists(unused)).order_by("-pk")}
    issues = [
        Issue(
            programme.cancel_pool_id or 0,
            customer_id,
            f"order:{order.pk}:cancelled",
            Coupon.Cause.CANCELLATION,
            ("order", order.pk),
        )
        for customer_id, order in first_of_each.items()
        if customer_id
    ]
    given = issue_coupons(issues, now) if issues else {}
    show_on_pages(list(given.values()))
    return len(given)


@transaction.atomic(savepoint=False)
def give_credit(returns: Mapping[int, tuple[int, int]], now: datetime) -> int:
    """A coupon for each of these returns ({its id: (customer, order)}), once; how many were given."""
    programme = Programme.objects.filter(credit_pool__isnull=False).first()
    if programme is None or not returns:
        return 0
    issues = [
        Issue(programme.credit_pool_id or 0, person, f"return:{pk}:credit", Coupon.Cause.RETURN, ("order", order_id))
        for pk, (person, order_id) in sorted(returns.items())
    ]
    return len(issue_coupons(issues, now))


def show_on_pages(coupons: Sequence[Coupon]) -> None:
    """The block of the order's page: the code at once, under the name of whoever writes for the store."""
    orders = Order.objects.select_related("store__sender").in_bulk([c.subject_id for c in coupons if c.subject_id])
    pools = Pool.objects.in_bulk({coupon.pool_id for coupon in coupons})
    write_blocks("goodwill", {o.pk: _block(c, pools[c.pool_id], o) for c in coupons if (o := orders.get(c.subject_id))})


def _block(coupon: Coupon, pool: Pool, order: Order) -> dict[str, Any]:
    sender = order.store.sender
    return {
        "code": coupon.code,
        "worth": {language: worth_said(pool, language) for language in OURS},
        "ends_on": pool.ends_on.isoformat() if pool.ends_on else None,
        "person": sender.person if sender and sender.person else order.store.name,
    }

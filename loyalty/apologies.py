"""A coupon for an order that was cancelled: the answer that no agent has to give by hand."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from loyalty.actions import Issue, issue_coupons
from loyalty.models import Coupon, Programme
from orders.models import Order

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
    return len(issue_coupons(issues, now)) if issues else 0

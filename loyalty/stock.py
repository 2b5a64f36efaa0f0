"""What is left in pools of coupons, and which of them a person should look at before a journey finds nothing."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from loyalty.models import Coupon, Pool


def with_stock(rows: QuerySet[Pool]) -> QuerySet[Pool]:
    """Pools with ``free``, ``given`` and ``used``: one query."""
    return rows.annotate(
        free=Count("coupons", filter=Q(coupons__state=Coupon.State.FREE)),
        given=Count("coupons", filter=Q(coupons__state=Coupon.State.ISSUED)),
        used=Count("coupons", filter=Q(coupons__state=Coupon.State.USED)),
    )


def runs_out(pool: Pool, now: datetime) -> bool:
    return pool.free <= pool.warns_at or pool.is_over(timezone.localdate(now))

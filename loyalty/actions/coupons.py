"""Coupons are given out, each code once, and their use is noted from orders."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from customers.actions import lock_customers
from events.facts import Recorded, record_all
from loyalty.actions.ledger import LoyaltyRefused
from loyalty.events import CouponIssued, CouponUsed
from loyalty.models import Coupon, Pool
from orders.models import Order
from shelf.rows import update_rows
from staff.models import User

EMPTY = _("The pool “%(pool)s” is empty: there is no code left to give. Import more of them.")
OVER = _("The codes of the pool “%(pool)s” were good until %(day)s. Import new ones into another pool.")
OFF = _("The pool “%(pool)s” gives no coupons at present.")


@dataclass(frozen=True, slots=True)
class Issue:
    """A coupon to be given. ``key`` is unique for ever: the same event again gives the same coupon."""

    pool_id: int
    customer_id: int
    key: str
    cause: Coupon.Cause
    subject: tuple[str, int]
    by: User | None = None
    reason: str = ""


@transaction.atomic
def issue_coupon(issue: Issue, now: datetime) -> Coupon:
    """Raises LoyaltyRefused, with a sentence that says what is the matter with the pool."""
    found = issue_coupons([issue], now).get(issue.key)
    if found is None:
        raise why_none(Pool.objects.get(pk=issue.pool_id), now)
    return found


@transaction.atomic
def issue_coupons(issues: Sequence[Issue], now: datetime) -> dict[str, Coupon]:
    """{key: its coupon}, given now or before. Absent: the pool had none to give.

    Under the customers' locks, so that one event gives one coupon; codes are taken from the top of the pool and past
    those that somebody else is taking, so that nobody waits and no code goes twice.
    """
    lock_customers({issue.customer_id for issue in issues})
    given = {coupon.key or "": coupon for coupon in Coupon.objects.filter(key__in=[issue.key for issue in issues])}
    missing: dict[int, dict[str, Issue]] = defaultdict(dict)
    for issue in issues:
        if issue.key not in given:
            missing[issue.pool_id][issue.key] = issue
    pools = Pool.objects.in_bulk(missing)
    fresh = {
        issue.key: coupon
        for pool_id, by_key in missing.items()
        if gives(pools[pool_id], now)
        for issue, coupon in zip(by_key.values(), _take(pool_id, len(by_key)), strict=False)
        if _give(coupon, issue, now)
    }
    update_rows(fresh.values(), ISSUED)
    _tell_issued(fresh.values(), pools)
    return given | fresh


ISSUED = ("state", "customer", "key", "cause", "subject_type", "subject_id", "by", "reason", "issued_at")


def _take(pool_id: int, count: int) -> list[Coupon]:
    free = Coupon.objects.filter(pool=pool_id, state=Coupon.State.FREE).order_by("pk")
    return list(free.select_for_update(skip_locked=True, of=("self",))[:count])


def _give(coupon: Coupon, issue: Issue, now: datetime) -> Coupon:
    coupon.state, coupon.customer_id, coupon.issued_at = Coupon.State.ISSUED, issue.customer_id, now
    coupon.key, coupon.cause, coupon.by = issue.key, issue.cause, issue.by
    coupon.subject_type, coupon.subject_id = issue.subject
    coupon.reason = issue.reason.replace("\0", "").strip()[:500]
    return coupon


def _tell_issued(coupons: Collection[Coupon], pools: Mapping[int, Pool]) -> None:
    record_all(
        [
            Recorded(
                CouponIssued(coupon.pk, pools[coupon.pool_id].slug, str(coupon.cause)),
                (coupon.subject_type, coupon.subject_id or 0),
                coupon.customer_id,
                coupon.issued_at,
                f"coupon.issued:{coupon.pk}",
                created_by_id=coupon.by_id,
            )
            for coupon in coupons
        ]
    )


def gives(pool: Pool, now: datetime) -> bool:
    return pool.is_active and not pool.is_over(timezone.localdate(now))


def why_none(pool: Pool, now: datetime) -> LoyaltyRefused:
    if pool.is_over(timezone.localdate(now)):
        return LoyaltyRefused(OVER, pool=pool.name, day=pool.ends_on.isoformat() if pool.ends_on else "")
    return LoyaltyRefused(EMPTY if pool.is_active else OFF, pool=pool.name)


# --- Use ------------------------------------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def note_uses(order_ids: Collection[int], now: datetime) -> int:
    """Coupons whose codes these orders carry are used; how many. One query where no order carries any.

    A code counts in its pool's store. One that was never given is used up as well: somebody has it, so nobody is given
    it. It belongs to whom it was given to, whoever used it.
    """
    orders = list(Order.objects.filter(pk__in=order_ids).exclude(discount_codes=[]).order_by("pk"))
    by_code = {(order.store_id, code.upper()): order for order in reversed(orders) for code in order.discount_codes}
    if not by_code:
        return 0
    rows = Coupon.objects.annotate(folded=Upper("code")).filter(folded__in={code for _store, code in by_code})
    used = []
    for coupon in rows.exclude(state=Coupon.State.USED).select_related("pool").select_for_update(of=("self",)):
        stores = [coupon.pool.store_id] if coupon.pool.store_id else [store for store, _code in by_code]
        order = next((found for store in stores if (found := by_code.get((store, coupon.folded)))), None)
        if order is not None:
            coupon.state, coupon.used_at, coupon.order = Coupon.State.USED, order.placed_at, order
            used.append(coupon)
    update_rows(used, ["state", "used_at", "order"])
    record_all(
        [
            Recorded(
                CouponUsed(coupon.pk, coupon.pool.slug),
                ("order", coupon.order_id or 0),
                coupon.customer_id or (coupon.order.customer_id if coupon.order else None),
                coupon.used_at,
                f"coupon.used:{coupon.pk}",
            )
            for coupon in used
        ]
    )
    return len(used)

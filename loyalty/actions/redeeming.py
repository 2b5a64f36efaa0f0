"""Points become a coupon."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from loyalty.actions.clocks import let_expire
from loyalty.actions.coupons import Issue, issue_coupon
from loyalty.actions.ledger import LoyaltyRefused, known_keys, open_purses, programme, write_down
from loyalty.models import Coupon, Pool, Transaction

TOO_FEW = _("You have %(balance)s points, and this coupon costs %(price)s.")
NOT_FOR_POINTS = _("This coupon is not to be had for points.")


@transaction.atomic
def redeem(customer_id: int, pool: Pool, key: str, now: datetime) -> Coupon:
    """A coupon for points, soonest expiry first, under the customer's lock. Raises LoyaltyRefused, and takes nothing.

    The same ``key`` again (a button pressed twice) gives the same coupon and takes nothing more.
    """
    if pool.price is None:
        raise LoyaltyRefused(NOT_FOR_POINTS)
    purse = open_purses([customer_id], programme(), now)[customer_id]
    if known_keys([key]):
        return Coupon.objects.get(key=key)
    let_expire(purse)
    balance = purse.balance
    if not purse.redeem(pool.price):
        raise LoyaltyRefused(TOO_FEW, balance=balance, price=pool.price)
    purse.close(Transaction.Kind.REDEEM, key, ("customer", customer_id))
    coupon = issue_coupon(Issue(pool.pk, customer_id, key, Coupon.Cause.POINTS, ("customer", customer_id)), now)
    write_down([purse])
    return coupon

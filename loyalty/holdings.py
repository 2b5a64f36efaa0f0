"""What the ledger of points and coupons holds of people."""

from django.utils.translation import gettext_noop as _

from customers.holdings import Holding

BOOKS = _("The ledger of points is kept whole; after this it leads to nobody.")

HOLDINGS = (
    Holding("loyalty.Entry", "transaction__account__customer", why=BOOKS),
    Holding("loyalty.Transaction", "account__customer", stays=("reason",), why=BOOKS, hides=("key",)),
    Holding("loyalty.Lot", "account__customer", stays=("rule",), why=BOOKS),
    Holding("loyalty.Account", "customer", why=BOOKS),
    Holding("loyalty.Coupon", "customer", stays=("code", "reason"), why=BOOKS, hides=("key",)),
)

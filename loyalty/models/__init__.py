"""Nouns of loyalty, by subject: the programme, the ledger, coupons."""

from loyalty.models.coupons import Coupon, Pool
from loyalty.models.ledger import PAIRS, Account, Bucket, Entry, Lot, Transaction
from loyalty.models.programme import EarnRule, Programme

__all__ = ["PAIRS", "Account", "Bucket", "Coupon", "EarnRule", "Entry", "Lot", "Pool", "Programme", "Transaction"]

"""The agent's pages of loyalty: the programme, the ledger, pools and coupons."""

from loyalty.admin.coupons import Coupons, Pools
from loyalty.admin.ledger import Ledger
from loyalty.admin.programme import Programmes

__all__ = ["Coupons", "Ledger", "Pools", "Programmes"]

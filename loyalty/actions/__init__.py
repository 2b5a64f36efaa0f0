"""Verbs of loyalty, by subject: earn, take back, give, redeem, let expire; coupons: issue, note that they were used."""

from loyalty.actions.clocks import expire_due, release_due
from loyalty.actions.coupons import Issue, issue_coupon, issue_coupons, note_uses
from loyalty.actions.earning import claw_back_orders, earn_for_orders, forecast
from loyalty.actions.giving import Award, award_points, give_goodwill, left_today
from loyalty.actions.importing import import_codes
from loyalty.actions.ledger import LoyaltyRefused
from loyalty.actions.redeeming import redeem

__all__ = [
    "Award",
    "Issue",
    "LoyaltyRefused",
    "award_points",
    "claw_back_orders",
    "earn_for_orders",
    "expire_due",
    "forecast",
    "give_goodwill",
    "import_codes",
    "issue_coupon",
    "issue_coupons",
    "left_today",
    "note_uses",
    "redeem",
    "release_due",
]

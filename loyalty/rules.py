"""How many points a sum of money is worth, by the rule that a lot keeps. Exact: fractions, never floats."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any


def points_for(money: Decimal, rule: Mapping[str, Any]) -> int:
    """``rule``: EarnRule.as_kept(). Half a point is a whole one where the rule rounds to the nearest."""
    if money <= 0:
        return 0
    exact = Fraction(money) * rule["points"] / Fraction(Decimal(rule["amount"]))
    return int(exact + Fraction(1, 2)) if rule["rounding"] == "nearest" else int(exact)


def worth_points(total: Decimal, shipping: Decimal, refunded: Decimal) -> Decimal:
    """The part of an order that earns: what was paid for goods and kept. Of a refund, goods come first."""
    return max(Decimal(0), total - shipping - refunded)

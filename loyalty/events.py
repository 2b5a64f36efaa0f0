"""Facts about points and coupons. A code is as good as money and stands in no fact."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from events.facts import Fact


@dataclass(frozen=True)
class PointsEarned(Fact):
    """``source``: order, goodwill, journey. ``balance`` is what can be spent afterwards, here and below."""

    kind: ClassVar[str] = "points.earned"
    points: int
    balance: int
    source: str
    available_at: datetime


@dataclass(frozen=True)
class PointsReleased(Fact):
    """They waited for the end of the return window, and can be spent now."""

    kind: ClassVar[str] = "points.available"
    points: int
    balance: int


@dataclass(frozen=True)
class PointsReclaimed(Fact):
    """An order was cancelled or refunded. ``owed``: what could not be taken and is repaid by the next points."""

    kind: ClassVar[str] = "points.clawed_back"
    points: int
    balance: int
    owed: int


@dataclass(frozen=True)
class PointsRedeemed(Fact):
    kind: ClassVar[str] = "points.redeemed"
    points: int
    balance: int


@dataclass(frozen=True)
class PointsExpired(Fact):
    kind: ClassVar[str] = "points.expired"
    points: int
    balance: int


@dataclass(frozen=True)
class CouponIssued(Fact):
    """``cause``: journey, agent, cancellation, points. Subject: the order that it was about, else the customer."""

    kind: ClassVar[str] = "coupon.issued"
    coupon_id: int
    pool: str
    cause: str


@dataclass(frozen=True)
class CouponUsed(Fact):
    """An order carried the code. Subject: that order."""

    kind: ClassVar[str] = "coupon.used"
    coupon_id: int
    pool: str

"""Did it help? The difference of two shares with its interval, against people who were left out on purpose.

Wilson's interval for one share, Newcombe's hybrid of two Wilson intervals for a difference (R. G. Newcombe, Statistics
in Medicine 17, 1998: 857-872 method 3, 873-890 method 10). It stays honest for few people and for shares near 0 and 1,
where the textbook's p ± 1.96·se does not.
"""

import math
from dataclasses import dataclass

Z = 1.959963984540054  # 95 % of the normal distribution, both sides


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``people``."""

    hits: int
    people: int

    @property
    def rate(self) -> float:
        return self.hits / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Lift:
    """``difference`` of the shares, got minus held out, as a part of 1; ``interval`` holds it with 95 %.

    ``verdict``: "up" or "down" once the interval excludes zero, until then "too few"; "nobody" to compare with.
    """

    got: Share
    held_out: Share
    difference: float
    interval: Interval
    verdict: str


def wilson(share: Share, z: float = Z) -> Interval:
    """Of nobody everything is possible: 0 to 1."""
    n = share.people
    if not n:
        return Interval(0.0, 1.0)
    p, zz = share.rate, z * z
    middle = 2 * n * p + zz
    width = z * math.sqrt(zz + 4 * n * p * (1 - p))
    low, high = (middle - width) / (2 * (n + zz)), (middle + width) / (2 * (n + zz))
    return Interval(max(0.0, low) if share.hits else 0.0, min(1.0, high) if share.hits < n else 1.0)


def newcombe(one: Share, other: Share, z: float = Z) -> Interval:
    """Of ``one.rate - other.rate``."""
    a, b, p, q = wilson(one, z), wilson(other, z), one.rate, other.rate
    difference = p - q
    low = difference - math.hypot(p - a.low, b.high - q)
    high = difference + math.hypot(a.high - p, q - b.low)
    return Interval(max(-1.0, low), min(1.0, high))


def lift(got: Share, held_out: Share) -> Lift:
    interval = newcombe(got, held_out)
    if not got.people or not held_out.people:
        verdict = "nobody"
    elif interval.low > 0:
        verdict = "up"
    elif interval.high < 0:
        verdict = "down"
    else:
        verdict = "too few"
    return Lift(got, held_out, got.rate - held_out.rate, interval, verdict)

"""Recency, frequency, monetary scores, the stage of life and the lifetime value: what they mean, written once.

Scores and stages are trees over the counted facts (shelf/conditions), so a changed threshold holds at once, for SQL
and for journeys alike, and time moves people between them without a nightly run. Thresholds: settings.py.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shelf import formats

Tree = dict[str, Any]

STAGES = (
    ("prospect", _("has not ordered")),
    ("new", _("new: one order, not long ago")),
    ("active", _("active: ordered again, not long ago")),
    ("at_risk", _("at risk: silent for a while")),
    ("lapsed", _("lapsed: silent for long")),
    ("lost", _("lost: silent for very long")),
)
SCORES = tuple((str(score), str(score)) for score in (5, 4, 3, 2, 1))


def countries() -> list[tuple[str, str]]:
    """All countries by name, in the reader's language."""
    return formats.countries(get_language() or "en")


def _leaf(field: str, op: str, value: Any) -> Tree:
    return {"field": f"customer.{field}", "op": op, "value": value}


def _ordered(within: int | None = None, before: int | None = None) -> list[Tree]:
    found = [_leaf("orders", ">=", 1)]
    if within is not None:
        found.append({"not": _leaf("last_order", "before_days", within)})
    if before is not None:
        found.append(_leaf("last_order", "before_days", before))
    return found


def stages() -> Mapping[str, Tree]:
    """Everybody is in exactly one."""
    active, at_risk, lapsed = settings.LIFECYCLE_DAYS
    return {
        "prospect": _leaf("orders", "<", 1),
        "new": {"all": [*_ordered(within=active), _leaf("orders", "=", 1)]},
        "active": {"all": [*_ordered(within=active), _leaf("orders", ">=", 2)]},
        "at_risk": {"all": _ordered(within=at_risk, before=active)},
        "lapsed": {"all": _ordered(within=lapsed, before=at_risk)},
        "lost": {"all": _ordered(before=lapsed)},
    }


def recency() -> Mapping[str, Tree]:
    """5 down to 1 by the days since the last order; who never ordered has no score."""
    a, b, c, d = settings.RFM_RECENCY_DAYS
    return {
        "5": {"all": _ordered(within=a)},
        "4": {"all": _ordered(within=b, before=a)},
        "3": {"all": _ordered(within=c, before=b)},
        "2": {"all": _ordered(within=d, before=c)},
        "1": {"all": _ordered(before=d)},
    }


def frequency() -> Mapping[str, Tree]:
    lowest = (1, *settings.RFM_FREQUENCY_ORDERS)
    return {
        str(score): {"all": [_leaf("orders", ">=", low), *([_leaf("orders", "<", high)] if high else [])]}
        for score, (low, high) in enumerate(zip(lowest, (*lowest[1:], None), strict=True), 1)
    }


def monetary() -> Mapping[str, Tree]:
    """Each currency by thresholds of its own; of several, the one with the best score counts."""
    reached = [
        {
            "any": [
                _leaf("spent", ">=", {"amount": str(limits[place]), "currency": currency})
                for currency, limits in settings.RFM_MONETARY.items()
            ]
        }
        for place in range(4)
    ]
    found: dict[str, Tree] = {"1": {"all": [_leaf("orders", ">=", 1), {"not": reached[0]}]}}
    for place in range(4):
        above = [{"not": reached[place + 1]}] if place < 3 else []
        found[str(place + 2)] = {"all": [_leaf("orders", ">=", 1), reached[place], *above]}
    return found


# --- Numbers kept with the counted facts ------------------------------------------------------------------------------

YEAR = 365
SOONEST_MISSED = timedelta(days=30)
SHORTEST_GAP = 7  # days: two orders in one evening do not make fifty a year


def usual_gap(orders: int, first: datetime | None, last: datetime | None) -> int | None:
    """Whole days between two orders, on average; None with fewer than two."""
    if orders < 2 or first is None or last is None:
        return None
    return round((last - first).total_seconds() / 86400 / (orders - 1))


def overdue_at(last: datetime | None, gap: int | None) -> datetime | None:
    """When one and a half usual gaps, and at least a month, have passed since the last order; None with fewer than two.

    Who buys once a year is not missed after two months, and who buys each week is not chased after ten days.
    """
    if last is None or gap is None:
        return None
    return last + max(timedelta(days=gap) * 1.5, SOONEST_MISSED)


def expected_value(spent: Mapping[str, str], orders: int, gap: int | None) -> dict[str, str]:
    """Per currency: what was spent, and what another year at the usual pace would bring."""
    more = Decimal(YEAR) / max(gap, SHORTEST_GAP) / orders if gap is not None and orders else Decimal(0)
    return {
        currency: str((Decimal(total) * (1 + more)).quantize(Decimal("0.01")))
        for currency, total in spent.items()
        if Decimal(total)
    }

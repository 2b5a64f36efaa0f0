"""The whole path for a scope: every lent point, counted within a time limit and put in order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction
from psycopg2.errors import QueryCanceled

from campaigns.touchpoints import TOUCHPOINTS
from shelf.touchpoints import AFTER, BEFORE, PURCHASE, Count, Counted, Scope

LONGEST = 366  # days of a period
USUAL = 30
SECONDS = 4  # for each question; a page that nobody waits for is no page
SLICES = 8  # stretches of the period in a point's own report
PHASES = (BEFORE, PURCHASE, AFTER)


@dataclass(frozen=True, slots=True)
class Path:
    """``is_cut``: some points are missing, because counting them took too long."""

    points: list[Counted]
    is_cut: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(point.volume for point in self.points)

    @property
    def way(self) -> list[Counted]:
        """The points that orders pass one after the other."""
        return [point for point in self.points if not point.is_aside]


def period(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """The first and the last day, in order, not in the future, at most LONGEST days; by default the last USUAL."""
    last = min(until or today, today)
    first = since or last - timedelta(days=USUAL - 1)
    if first > last:
        first, last = last, min(first, today)
    return max(first, last - timedelta(days=LONGEST - 1)), last


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def count_path(scope: Scope, counts: Sequence[Count] | None = None) -> Path:
    points: list[Counted] = []
    is_cut = False
    with transaction.atomic():
        _limit_time()
        for count in TOUCHPOINTS if counts is None else counts:
            try:
                with transaction.atomic():
                    points += count(scope)
            except OperationalError as error:
                if not isinstance(error.__cause__, QueryCanceled):
                    raise
                is_cut = True
    order = {phase: n for n, phase in enumerate(PHASES)}
    return Path(sorted(points, key=lambda p: (order[p.phase], p.place)), is_cut)


def slices(scope: Scope, of: int = SLICES) -> list[Scope]:
    """The period in stretches of whole days, oldest first; a short one has a stretch for each day."""
    days = max(1, (scope.until - scope.since).days)
    many = min(of, days)
    edges = [scope.since + timedelta(days=days * n // many) for n in range(many)] + [scope.until]
    return [replace(scope, since=a, until=b) for a, b in pairwise(edges)]


def point_of(name: str, scope: Scope) -> tuple[Counted, Count] | None:
    """One point of the path, and the function that knows it."""
    for count in TOUCHPOINTS:
        found = next((p for p in count_path(scope, [count]).points if p.name == name), None)
        if found:
            return found, count
    return None


def trend(name: str, scope: Scope, count: Count) -> list[tuple[Scope, Counted | None]]:
    """One point through the period: one question a stretch."""
    told = [(stretch, count_path(stretch, [count]).points) for stretch in slices(scope)]
    return [(stretch, next((p for p in points if p.name == name), None)) for stretch, points in told]


def _limit_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [round(SECONDS * 1000)])

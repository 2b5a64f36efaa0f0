"""What came of a card: readers and deeds by code, and by day. People only; machines stand apart."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from vcards.models import Activity, Card, ShareCode

Kind = Activity.Kind
DAYS = 30


@dataclass(frozen=True, slots=True)
class OfShare:
    """Readers of a code: each counts once a day. ``visits`` counts every time."""

    share: ShareCode
    readers: int
    visits: int
    scans: int
    saves: int
    clicks: int
    machines: int


def by_share(card: Card, today: date) -> list[OfShare]:
    """All codes of the card with their last thirty days; two queries."""
    since = today - timedelta(days=DAYS - 1)
    rows = Activity.objects.filter(share__card=card, seen_on__gte=since).order_by().values("share")
    people, seen = Q(is_machine=False), Q(is_machine=False, kind__in=(Kind.VIEW, Kind.SCAN))
    sums = {
        row["share"]: row
        for row in rows.annotate(
            readers=Count("visitor", filter=seen, distinct=True),
            visits=Sum("times", filter=seen, default=0),
            scans=Count("pk", filter=people & Q(kind=Kind.SCAN)),
            saves=Count("pk", filter=people & Q(kind=Kind.SAVE)),
            clicks=Sum("times", filter=people & Q(kind=Kind.CLICK), default=0),
            machines=Sum("times", filter=Q(is_machine=True), default=0),
        )
    }
    names = ("readers", "visits", "scans", "saves", "clicks", "machines")
    return [
        OfShare(share, *(sums.get(share.pk, {}).get(name, 0) for name in names))
        for share in card.shares.order_by("revoked_at", "placement", "label", "pk")
    ]


def by_day(card: Card, today: date) -> list[tuple[date, int]]:
    """Readers of each of the last thirty days, the oldest first."""
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    rows = Activity.objects.filter(share__card=card, seen_on__gte=days[0], is_machine=False)
    counted = rows.filter(kind__in=(Kind.VIEW, Kind.SCAN)).order_by().values("seen_on")
    found = dict(counted.annotate(n=Count("visitor", distinct=True)).values_list("seen_on", "n"))
    return [(day, found.get(day, 0)) for day in days]


def clicked(card: Card, today: date) -> list[tuple[str, int]]:
    """What was clicked how often, most first."""
    since = today - timedelta(days=DAYS - 1)
    rows = Activity.objects.filter(share__card=card, seen_on__gte=since, is_machine=False, kind=Kind.CLICK)
    sums = rows.order_by().values("target").annotate(n=Sum("times")).order_by("-n", "target")
    return [(Activity(target=row["target"]).get_target_display(), row["n"]) for row in sums]


def with_saves(cards: QuerySet[Card]) -> QuerySet[Card]:
    """``saved_count``: how many readers of a day saved the card, since it is."""
    saves = Activity.objects.filter(share__card=OuterRef("pk"), kind=Kind.SAVE, is_machine=False).order_by()
    counted = saves.values("share__card").annotate(n=Count("pk")).values("n")
    return cards.annotate(saved_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0))

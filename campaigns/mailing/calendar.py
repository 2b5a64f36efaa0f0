"""Everything that is scheduled, by day: campaigns, and how much the journeys will send. Five queries for any span."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from campaigns.mailing.schedule import day_of
from campaigns.models import Campaign, Enrolment, Journey
from messaging.models import Message

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Volume:
    """A journey on a day: messages that are planned for it, and people whose step comes due."""

    journey: Journey
    messages: int
    waking: int


@dataclass(slots=True)
class Day:
    on: date
    campaigns: list[Campaign] = field(default_factory=list)
    journeys: list[Volume] = field(default_factory=list)


def days_between(first: date, last: date, zone: ZoneInfo) -> list[Day]:
    """Both days included, by the clock of the zone; campaigns by that of their store."""
    days = {first + n * DAY: Day(first + n * DAY) for n in range((last - first).days + 1)}
    begins, ends = datetime.combine(first, time.min, zone), datetime.combine(last + DAY, time.min, zone)
    for campaign in _campaigns(first, last, begins, ends):
        on = day_of(campaign)
        if on in days:
            days[on].campaigns.append(campaign)
    for on, volumes in _volumes(begins, ends, zone).items():
        days[on].journeys = volumes
    return list(days.values())


def _campaigns(first: date, last: date, begins: datetime, ends: datetime) -> list[Campaign]:
    scheduled = Q(goes_on__range=(first, last)) & ~Q(goes=Campaign.Goes.NOW)
    # a day more on both sides: the store's day is not ours
    left = Q(starts_at__gte=begins - DAY, starts_at__lt=ends + DAY)
    rows = Campaign.objects.filter(scheduled | left).exclude(state=Campaign.State.CANCELLED, started_at=None)
    return list(rows.select_related("store", "stream").order_by("goes_at", "starts_at", "pk"))


def _volumes(begins: datetime, ends: datetime, zone: ZoneInfo) -> dict[date, list[Volume]]:
    waking = (
        Enrolment.objects.filter(
            state=Enrolment.State.ACTIVE, journey__state=Journey.State.LIVE, wake_at__gte=begins, wake_at__lt=ends
        )
        .order_by()
        .annotate(day=TruncDate("wake_at", tzinfo=zone))
        .values_list("day", "journey")
        .annotate(n=Count("pk"))
    )
    planned = (
        Message.objects.filter(state=Message.State.READY, send_after__gte=begins, send_after__lt=ends)
        .filter(stream__journey__isnull=False)
        .order_by()
        .annotate(day=TruncDate("send_after", tzinfo=zone))
        .values_list("day", "stream__journey")
        .annotate(n=Count("pk"))
    )
    counts: dict[tuple[date, int], list[int]] = defaultdict(lambda: [0, 0])
    for place, rows in enumerate((planned, waking)):
        for on, journey, n in rows:
            counts[on, journey][place] = n
    journeys = Journey.objects.in_bulk({journey for _on, journey in counts})
    found: dict[date, list[Volume]] = defaultdict(list)
    for (on, journey), (messages, woken) in sorted(counts.items(), key=lambda row: (row[0][0], -sum(row[1]))):
        found[on].append(Volume(journeys[journey], messages, woken))
    return found

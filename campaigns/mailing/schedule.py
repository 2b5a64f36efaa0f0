"""When a campaign leaves: at once, at a time by the store's clock, or at an hour of each customer's own."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from campaigns.models import Campaign
from messaging.gate.quiet import moment

EARLIEST = timedelta(hours=14)  # the first clocks of the world, on Kiritimati, are so far ahead of UTC


def window() -> timedelta:
    return timedelta(minutes=settings.CAMPAIGN_WINDOW_MINUTES)


def begins(campaign: Campaign, now: datetime) -> datetime:
    """When writing its messages begins; never before the window to think again is over."""
    return max(now + window(), wanted(campaign) or now)


def wanted(campaign: Campaign) -> datetime | None:
    """The time that the merchant chose; for local hours that of the first clock; None: as soon as it is sent."""
    if campaign.goes == Campaign.Goes.NOW or campaign.goes_on is None or campaign.goes_at is None:
        return None
    if campaign.goes == Campaign.Goes.LOCAL:
        return datetime.combine(campaign.goes_on, campaign.goes_at, UTC) - EARLIEST
    return moment(campaign.goes_on, campaign.goes_at, ZoneInfo(campaign.store.time_zone), fold=0)


def has_passed(campaign: Campaign, now: datetime) -> bool:
    """Its hour is over by the store's clock."""
    if campaign.goes == Campaign.Goes.NOW or campaign.goes_on is None or campaign.goes_at is None:
        return False
    return moment(campaign.goes_on, campaign.goes_at, ZoneInfo(campaign.store.time_zone), fold=0) <= now


def local(campaign: Campaign, zone: ZoneInfo, now: datetime) -> datetime:
    """When a person in this zone gets it; at once where their hour has passed."""
    if campaign.goes != Campaign.Goes.LOCAL or campaign.goes_on is None or campaign.goes_at is None:
        return max(now, wanted(campaign) or now)
    return max(now, moment(campaign.goes_on, campaign.goes_at, zone, fold=0))


def day_of(campaign: Campaign) -> date | None:
    """Its day in the calendar, by the store's clock."""
    zone = ZoneInfo(campaign.store.time_zone)
    if campaign.goes != Campaign.Goes.NOW and campaign.goes_on:
        return campaign.goes_on
    at = campaign.started_at or campaign.starts_at
    return at.astimezone(zone).date() if at else None

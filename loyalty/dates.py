"""The date on which a customer's next points expire: it starts the reminder."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.dates import DateField
from customers.models import Stats
from loyalty.models import Lot


def with_points_expiring_on(day: date, after: int, limit: int) -> list[int]:
    """Whose points are good for the last time on that day."""
    ending = Lot.objects.filter(available__gt=0, expires_at__gt=_midnight(day), account__customer__gt=after)
    ending = ending.filter(expires_at__lte=_midnight(day + timedelta(days=1)))
    people = ending.order_by("account__customer").values_list("account__customer", flat=True).distinct()
    return list(people[:limit])


def next_expiry(customer_id: int, since: date) -> date | None:
    at = Stats.objects.filter(pk=customer_id, points__gt=0).values_list("points_expire_at", flat=True).first()
    last = last_day(at) if at else None
    return last if last and last >= since else None


def last_day(expires_at: datetime) -> date:
    """Lots end at a midnight: the day before is the last one."""
    return timezone.localdate(expires_at - timedelta(microseconds=1))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


POINTS_EXPIRY = DateField(_("points expire"), with_points_expiring_on, next_expiry)

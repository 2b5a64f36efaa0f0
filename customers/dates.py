"""Dates of a customer that come round and may start a journey."""

from calendar import isleap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


@dataclass(frozen=True, slots=True)
class DateField:
    """``on(day, after, limit)``: ids of the customers whose date is on that day, above the id ``after``, by an index.

    ``of(customer_id)`` is that customer's next date from a day on, for looking ahead; None: there is none.
    """

    label: Any
    on: Callable[[date, int, int], Sequence[int]]
    of: Callable[[int, date], date | None]


def with_birthday_on(day: date, after: int, limit: int) -> list[int]:
    """Who has a birthday on that day; those of the 29th of February have it on the 28th of a common year."""
    born = Q(born_on__isnull=False, month=day.month, day=day.day)
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        born |= Q(born_on__isnull=False, month=2, day=29)
    people = Customer.objects.annotate(month=ExtractMonth("born_on"), day=ExtractDay("born_on"))
    return list(people.filter(born, pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])


def next_birthday(customer_id: int, since: date) -> date | None:
    born = Customer.objects.filter(pk=customer_id).values_list("born_on", flat=True).first()
    if born is None:
        return None
    return next(day for year in (since.year, since.year + 1) if (day := in_year(born, year)) >= since)


def in_year(born: date, year: int) -> date:
    if (born.month, born.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


BIRTHDAY = DateField(_("the birthday"), with_birthday_on, next_birthday)

"""Dates that start journeys: the table DATES of config/wiring.py."""

from collections.abc import Mapping

from customers.dates import DateField

DATES: dict[str, DateField] = {}


def lend_with(dates: Mapping[str, DateField]) -> None:
    """Given once by config/apps.py: name → date."""
    DATES.clear()
    DATES.update(dates)

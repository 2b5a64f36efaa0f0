"""Formats for pages: one line each over ``shelf.formats``, in the active language. Built into every template.

Pages draw plain data, in which days and times are ISO strings and amounts are strings; the filters take those
as well as dates, datetimes and Decimals. What is empty or unreadable is drawn as an empty string: a page
never breaks over one value.
"""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django import template
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language

from shelf import formats

register = template.Library()

Amount = Decimal | int | float | str | None
When = date | datetime | str | None


@register.filter
def money(amount: Amount, currency: str = "") -> str:
    """``{{ order.total|money:order.currency }}``"""
    exact = _decimal(amount)
    return "" if exact is None else formats.money(exact, currency or "", _language())


@register.filter
def number(value: Amount) -> str:
    exact = _decimal(value)
    return "" if exact is None else formats.number(exact, _language())


@register.filter
def percent(share: Amount, places: int = 0) -> str:
    exact = _decimal(share)
    return "" if exact is None else formats.percent(exact, _language(), places)


@register.filter
def day(on: When, style: formats.Style = "long") -> str:
    """``{{ promised_on|day }}``, ``|day:"short"``; of a moment, the day in the current zone."""
    found = _day(on)
    return "" if found is None else formats.day(found, _language(), style)


@register.filter
def weekday_day(on: When) -> str:
    """``{{ promised_on|weekday_day }}``: Tuesday, 24 November"""
    found = _day(on)
    return "" if found is None else formats.weekday_day(found, _language())


@register.filter
def moment(at: When, zone: str = "") -> str:
    """``{{ delivered_at|moment:order.zone }}``; without a zone, in the current one."""
    found = _moment(at)
    return "" if found is None else formats.moment(found, _zone(zone), _language())


@register.filter
def clock(at: When, zone: str = "") -> str:
    """``{{ delivered_at|clock:order.zone }}``: 15:05"""
    found = _moment(at)
    return "" if found is None else formats.clock(found, _zone(zone))


@register.filter
def country(code: str | None) -> str:
    """``{{ address.country|country }}``: Україна"""
    return formats.country(code, _language()) if isinstance(code, str) else ""


def _language() -> str:
    return get_language() or "en"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, TypeError, ValueError):  # unknown, a folder, not a string, or "../.."
        return _current_zone()


def _current_zone() -> ZoneInfo:
    return ZoneInfo(str(get_current_timezone()))


def _decimal(amount: Amount) -> Decimal | None:
    try:
        exact = Decimal(str(amount).strip())
    except InvalidOperation:
        return None
    return exact if exact.is_finite() else None


def _moment(at: When) -> datetime | None:
    """An aware moment; one without a zone is read in the current zone, a bare day is no moment."""
    if isinstance(at, str):
        at = _parsed(at)
    if not isinstance(at, datetime):
        return None
    return at if at.tzinfo else at.replace(tzinfo=_current_zone())


def _day(on: When) -> date | None:
    if isinstance(on, str):
        on = _parsed(on)
    if isinstance(on, datetime):
        return on.astimezone(_current_zone()).date() if on.tzinfo else on.date()
    return on if isinstance(on, date) else None


def _parsed(text: str) -> date | datetime | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None

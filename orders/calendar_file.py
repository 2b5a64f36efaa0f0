"""The days of an order for the customer's calendar (RFC 5545): when parcels are expected, until when one waits.

Made from the page's own blocks, as days without an hour: a promise is a date. Each day keeps its ``UID`` while the
order changes, and ``SEQUENCE`` is the page's version, so that a calendar that is fed again moves it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from orders.models import OrderPage

WIDEST = 75  # octets of a line
UNDER_WAY = ("pending", "info_received", "picked_up", "in_transit", "out_for_delivery", "attempt_failed", "exception")


@dataclass(frozen=True, slots=True)
class Day:
    key: str
    on: date
    title: str
    place: str = ""
    alarm: bool = False  # the morning before


def days_of(number: str, parcels: Sequence[Mapping[str, Any]]) -> Iterator[Day]:
    """``parcels``: tracking's block, told as the reader is told them (``carrier_name``)."""
    for parcel in parcels:
        milestone, point = parcel.get("milestone"), parcel.get("pickup_point") or {}
        place = ", ".join(filter(None, [parcel.get("carrier_name"), point.get("name"), point.get("address")]))
        if milestone in UNDER_WAY and parcel.get("estimated_on"):
            title = _("Order %(number)s: delivery expected") % {"number": number}
            yield Day(f"{parcel['id']}-expected", date.fromisoformat(parcel["estimated_on"][:10]), title, place)
        if milestone == "ready_for_pickup" and parcel.get("stored_until"):
            title = _("Order %(number)s: last day to collect it") % {"number": number}
            yield Day(f"{parcel['id']}-collect", date.fromisoformat(parcel["stored_until"][:10]), title, place, True)


def calendar_of(page: OrderPage, days: Sequence[Day], url: str, now: datetime) -> str:
    host = urlsplit(settings.PUBLIC_URL).hostname or "aftercare"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Aftercare//Order//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ]
    for day in days:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{page.order.public_id}-{day.key}@{host}",
            f"SEQUENCE:{page.version}",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(day.title)}",
            *([f"LOCATION:{_escaped(day.place)}"] if day.place else []),
            f"URL:{url}",
            "TRANSP:TRANSPARENT",
            *(_alarm(day) if day.alarm else []),
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _alarm(day: Day) -> list[str]:
    said = f"DESCRIPTION:{_escaped(day.title)}"
    return ["BEGIN:VALARM", "ACTION:DISPLAY", said, "TRIGGER:-PT15H", "END:VALARM"]  # nine in the morning before


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(sign for sign in text.replace("\r", "").replace("\n", "\\n") if sign.isprintable())


def _folded(line: str) -> str:
    """At most 75 octets a line, and never through a letter."""
    parts, room = [""], WIDEST
    for sign in line:
        size = len(sign.encode())
        if size > room:
            parts.append(" ")
            room = WIDEST - 1
        parts[-1] += sign
        room -= size
    return "\r\n".join(parts)

"""What the pages of the map and of reports are asked for: a period, a store, a segment, read from the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns import segments
from campaigns.models import Segment
from campaigns.touchpoints.path import midnight, period
from customers.models import Stats
from orders.models import Store
from shelf.conditions import ConditionRefused
from shelf.touchpoints import Scope
from staff import display

PRESETS = (7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """``since`` and ``until`` are days, both inside."""

    since: date
    until: date
    stores: list[tuple[int, str]]
    segments: list[tuple[int, str]]
    store: int | None
    segment: int | None
    today: date
    members: Any = None
    trouble: str = ""  # of the segment

    def scope(self, now: datetime, zone: ZoneInfo) -> Scope:
        until = midnight(self.until + timedelta(days=1), zone)
        return Scope(midnight(self.since, zone), until, now, self.store, self.members)

    def query(self, **other: Any) -> str:
        said = {"since": self.since, "until": self.until, "store": self.store, "segment": self.segment} | other
        return "?" + urlencode({name: value for name, value in said.items() if value})

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def presets(self) -> list[Option]:
        return [
            Option(
                _("%(count)s days") % {"count": days} if days < 365 else _("a year"),
                self.query(since=self.today - timedelta(days=days - 1), until=self.today),
                self.until == self.today and self.days == days,
            )
            for days in PRESETS
        ]

    @property
    def store_options(self) -> list[Option]:
        return self._options(self.stores, "store", self.store, _("All stores"))

    @property
    def segment_options(self) -> list[Option]:
        return self._options(self.segments, "segment", self.segment, _("Everybody"))

    def _options(self, rows: list[tuple[int, str]], name: str, chosen: int | None, everything: str) -> list[Option]:
        if not rows or (name == "store" and len(rows) < 2):
            return []
        none = Option(everything, self.query(**{name: None}), chosen is None)
        return [none, *(Option(title, self.query(**{name: pk}), pk == chosen) for pk, title in rows)]


def choose(asked: Mapping[str, str], now: datetime) -> Chosen:
    """Whatever is wrong or unknown in the address is as if it were not there."""
    zone = display.zone()
    today = now.astimezone(zone).date()
    since, until = period(_day(asked.get("since")), _day(asked.get("until")), today)
    stores = list(Store.objects.order_by("name").values_list("pk", "name"))
    known = segments_known()
    store, segment = _among(stores, asked.get("store")), _among(known, asked.get("segment"))
    return Chosen(since, until, stores, known, store, segment, today, *members_of(segment, now))


def _day(typed: str | None) -> date | None:
    try:
        return parse_date(typed or "")
    except ValueError:
        return None


def _among(rows: list[tuple[int, str]], typed: str | None) -> int | None:
    return next((pk for pk, _name in rows if str(pk) == typed), None)


# --- Segments -----------------------------------------------------------------------------------------------------


def segments_known() -> list[tuple[int, str]]:
    return list(Segment.objects.order_by("name").values_list("pk", "name"))


def members_of(segment: int | None, now: datetime) -> tuple[Any, str]:
    """A query of the ids of its members (None: everybody), and why it has none: a condition on a field that is gone."""
    if segment is None:
        return None, ""
    nobody = Stats.objects.none().values("pk")
    version = segments.live_version(Segment.objects.get(pk=segment))
    if version is None:
        return nobody, ""
    try:
        return segments.members(version, now).order_by().values("pk"), ""
    except ConditionRefused as refusal:
        return nobody, str(refusal)

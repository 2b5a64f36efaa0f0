"""The report of parcels: on time, days on the way, trouble; by carrier, service and lane; the same as CSV."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shelf import formats
from shelf.charts import columns, meter, span
from shelf.tables import write_csv
from staff import display
from staff.lists import CAP, Room
from tracking.carriers.names import display_name
from tracking.figures import LONGEST, REST, Asked, Figures, Share, Week, asked_where, figures
from tracking.models import Shipment, ShipmentFlag
from tracking.templatetags.parcels import LABELS, REASONS

PERIODS = (30, 90, 365)  # days
ENOUGH = 10  # parcels; a share of fewer says nothing (Wilson: ±30 points)
TITLES = {"all": _("All"), "carriers": _("Carrier"), "services": _("Service"), "lanes": _("Lane")}
HEADINGS = (
    _("By"),
    _("Name"),
    _("Parcels"),
    _("With a promised day"),
    _("On time"),
    _("Share on time"),
    _("Parcels timed"),
    _("Days, half are faster"),
    _("Days, nine of ten are faster"),
    _("With trouble"),
    _("Went back"),
)


def report(request: HttpRequest, room: Room) -> HttpResponse | StreamingHttpResponse:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
    now = timezone.now()
    found = figures(now - timedelta(days=days), now, timezone.localdate(now), display.zone().key)
    if request.GET.get("export") == "csv":
        return _as_csv(found, f"parcels-{days}-days")
    context = {
        **room.admin_site.each_context(request),
        "opts": room.opts,
        "title": gettext("How parcels travel"),
        "back": reverse("admin:tracking_shipment_changelist"),
        "periods": [(n, n == days) for n in PERIODS],
        "days": days,
        "enough": ENOUGH,
        "now": _now(),
        "whole": found.whole,
        **_in_words(found),
        "parts": _parts(found),
        "asked": _asked_said(asked_where(now - timedelta(days=days), now), found.whole),
    }
    return TemplateResponse(request, "admin/tracking/shipment/report.html", context)


def _in_words(found: Figures) -> dict[str, Any]:
    whole = found.whole
    return {
        "on_time": _said(whole.on_time, whole.judged),
        "on_time_bar": meter(whole.on_time, max(whole.judged, 1), _said(whole.on_time, whole.judged)),
        "median": days_said(whole.median),
        "slow": days_said(whole.slow),
        "troubled": _said(whole.troubled, whole.parcels),
        "went_back": _said(whole.went_back, whole.parcels),
        "weeks": _weeks(found.weeks),
        "spread": _spread(found.days),
        "reasons": _reasons(found.reasons),
    }


def _now() -> list[tuple[str, str, str]]:
    """(what, how many, where they are listed) of the parcels that want somebody's eye today."""
    flags = ShipmentFlag.objects.filter(cleared_at=None).exclude(kind=ShipmentFlag.Kind.LATE)
    counted = dict(flags.order_by().values_list("kind").annotate(n=Count("pk")))
    counted[ShipmentFlag.Kind.LATE] = Shipment.objects.late(timezone.localdate())[: CAP + 1].count()
    url = reverse("admin:tracking_shipment_changelist")
    return [
        (str(label).capitalize(), display.capped(counted[kind], CAP), f"{url}?trouble={kind}")
        for kind, label in ShipmentFlag.Kind.choices
        if counted.get(kind)
    ]


def days_said(days: float | None) -> str:
    """``2.4 days``; hours where it is less than two days."""
    if days is None:
        return "–"
    if days < 2:
        hours = round(days * 24)
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return gettext("%(n)s d") % {"n": formats.number(round(days, 1), display.language())}


def _said(some: int, of: int) -> str:
    words = {"some": display.number(some), "all": display.number(of)}
    if of < ENOUGH:
        return gettext("%(some)s of %(all)s: too few to tell") % words
    return gettext("%(some)s of %(all)s (%(share)s)") % {**words, "share": display.percent(some / of)}


def _weeks(weeks: Sequence[Week]) -> Any:
    """On time and late, week by week; nothing where no parcel had a promise."""
    if not any(week.judged for week in weeks):
        return ""
    series = [
        (
            _short(week.begins_on),
            (("good", week.on_time), ("bad", week.judged - week.on_time)),
            gettext("Week of %(day)s: %(some)s of %(all)s on time")
            % {"day": _short(week.begins_on), "some": week.on_time, "all": week.judged},
        )
        for week in weeks
    ]
    return columns(series, gettext("Parcels on time and late by the week of their first scan"))


def _short(on: date) -> str:
    return display.day(on, "d MMM")


def _spread(days: Sequence[int]) -> Any:
    if not days:
        return ""
    series = []
    for day, n in enumerate(days):
        caption = f"{day}+" if day == LONGEST else str(day)
        said = gettext("%(days)s days: %(n)s parcels") % {"days": caption, "n": n}
        series.append((caption, (("plain", n),), said))
    return columns(series, gettext("Parcels by whole days from the first scan to the first attempt"))


def _reasons(counted: Sequence[tuple[str, int]]) -> list[tuple[str, str, Any]]:
    top = max((n for _what, n in counted), default=1)
    named = [(str(REASONS.get(what) or LABELS.get(what) or what).rstrip("."), n) for what, n in counted]
    return [(name, display.number(n), meter(n, top, f"{name}: {n}", "wait")) for name, n in named]


def _parts(found: Figures) -> list[tuple[str, list[dict[str, Any]]]]:
    top = max((s.slow or 0 for s in (*found.carriers, *found.services, *found.lanes)[: 3 * REST]), default=0)
    return [
        (gettext("By carrier"), _drawn("carriers", found.carriers, top)),
        (gettext("By service"), _drawn("services", found.services, top)),
        (gettext("By lane"), _drawn("lanes", found.lanes, top)),
    ]


def _drawn(what: str, shares: Sequence[Share], top: float) -> list[dict[str, Any]]:
    return [
        {
            "name": (name := _name(what, share)),
            "parcels": display.number(share.parcels),
            "on_time": _said(share.on_time, share.judged) if share.judged else "–",
            "bar": meter(share.on_time, share.judged, f"{name}: {_said(share.on_time, share.judged)}")
            if share.judged >= ENOUGH
            else "",
            "median": days_said(share.median),
            "slow": days_said(share.slow),
            "span": _span(name, share, top),
            "troubled": _said(share.troubled, share.parcels) if share.troubled else "–",
        }
        for share in shares[:REST]
    ]


def _span(name: str, share: Share, top: float) -> Any:
    if share.median is None or share.slow is None:
        return ""
    return span(share.median, share.slow, top, f"{name}: {days_said(share.median)}, {days_said(share.slow)}")


def _name(what: str, share: Share) -> str:
    unknown = gettext("not known")
    if what == "lanes":
        return " → ".join(name or unknown for name in share.names)
    if not share.names:
        return ""
    carrier = display_name(share.names[0], get_language() or "en") or share.names[0] or unknown
    return " · ".join((carrier, *share.names[1:]))


def _asked_said(asked: Asked | None, whole: Share) -> dict[str, Any] | None:
    """How often people ask where their order is, beside what the parcels did."""
    if asked is None:
        return None
    per = round(100 * asked.where / whole.parcels, 1) if whole.parcels >= ENOUGH else None
    return {
        "tickets": asked.tickets,
        "share": _said(asked.where, asked.tickets),
        "bar": meter(asked.where, max(asked.tickets, 1), _said(asked.where, asked.tickets), "wait"),
        "per_hundred": None if per is None else formats.number(per, display.language()),
        "url": asked.url,
    }


def _as_csv(found: Figures, name: str) -> StreamingHttpResponse:
    body = write_csv([str(h) for h in HEADINGS], _rows(found), get_language() or "en", display.zone())
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _rows(found: Figures) -> Iterator[list]:
    groups = {"all": [found.whole], "carriers": found.carriers, "services": found.services, "lanes": found.lanes}
    for what, shares in groups.items():
        for share in shares:
            enough = share.judged >= ENOUGH
            yield [
                str(TITLES[what]),
                _name(what, share),
                *(share.parcels, share.judged, share.on_time),
                round(share.on_time / share.judged, 3) if enough else gettext("too few"),
                share.timed,
                *("" if n is None else round(n, 2) for n in (share.median, share.slow)),
                *(share.troubled, share.went_back),
            ]

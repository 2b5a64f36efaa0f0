"""The report of returns and cancellations: a page with bars, and the same as CSV."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from orders.models import OrderRequest, Return
from orders.return_figures import Figures, figures
from shelf.charts import meter
from shelf.tables import write_csv
from staff import display
from staff.lists import Room

PERIODS = (30, 90, 365)  # days
ENOUGH = 10  # people; a share of fewer says nothing (Wilson: ±30 points)


def report(request: HttpRequest, room: Room) -> HttpResponse | StreamingHttpResponse:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
    now = timezone.now()
    found = figures(now - timedelta(days=days), now)
    if request.GET.get("export") == "csv":
        return _as_csv(found, f"returns-{days}-days")
    context = {
        **room.admin_site.each_context(request),
        "opts": room.opts,
        "title": gettext("Returns and cancellations"),
        "back": reverse("admin:orders_return_changelist"),
        "periods": [(n, n == days) for n in PERIODS],
        "days": days,
        "returns": display.number(found.returns),
        "reasons": _bars(found.reasons, dict(Return.Reason.choices)),
        "cancel_reasons": _bars(found.cancel_reasons, dict(OrderRequest.Reason.choices)),
        "products": _products(found),
        "to_refund": _hours_said(found),
        "refunds": display.number(len(found.hours)),
        "cancellers": display.number(found.cancellers),
        "came_back": _share_said(found),
        "came_back_bar": meter(found.came_back, max(found.cancellers, 1), _share_said(found)),
    }
    return TemplateResponse(request, "admin/orders/return/report.html", context)


Bar = tuple[str, str, Any]  # what, how many, the bar


def _bars(counted: Sequence[tuple[str, int]], words: dict[Any, Any]) -> list[Bar]:
    top = max((n for _code, n in counted), default=1)
    named = [(str(words.get(code, code) or gettext("not said")), n) for code, n in counted]
    return [(name, display.number(n), meter(n, top, f"{name}: {n}")) for name, n in named]


def _products(found: Figures) -> list[tuple[str, str, str, str, Any]]:
    top = max((n for _title, _sku, n, _pieces in found.products), default=1)
    return [
        (title, sku, display.number(n), display.number(pieces), meter(n, top, f"{title}: {n}"))
        for title, sku, n, pieces in found.products
    ]


def _hours_said(found: Figures) -> str:
    hours = found.median_hours
    if hours is None:
        return ""
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", round(hours)) % {"n": round(hours)}
    return ngettext("%(n)s day", "%(n)s days", round(hours / 24)) % {"n": round(hours / 24)}


def _share_said(found: Figures) -> str:
    of = {"some": display.number(found.came_back), "all": display.number(found.cancellers)}
    if found.cancellers < ENOUGH:
        return gettext("%(some)s of %(all)s: too few to tell") % of
    share = display.percent(found.came_back / found.cancellers)
    return gettext("%(some)s of %(all)s (%(share)s)") % {**of, "share": share}


def _as_csv(found: Figures, name: str) -> StreamingHttpResponse:
    headings = [gettext("Figure"), gettext("What"), gettext("SKU"), gettext("Number"), gettext("Pieces")]
    body = write_csv(headings, _rows(found), get_language() or "en", display.zone())
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _rows(found: Figures) -> Iterator[list]:
    reasons, why = dict(Return.Reason.choices), dict(OrderRequest.Reason.choices)
    for code, n in found.reasons:
        yield [gettext("Returns by reason"), str(reasons.get(Return.Reason(code), code)), "", n, ""]
    for title, sku, n, pieces in found.products:
        yield [gettext("Returns by product"), title, sku, n, pieces]
    for code, n in found.cancel_reasons:
        yield [gettext("Cancelled, by reason"), str(why.get(OrderRequest.Reason(code), code)), "", n, ""]
    if found.median_hours is not None:
        median = round(found.median_hours, 1)
        yield [gettext("Hours from the request to the money, the middle one"), "", "", median, len(found.hours)]
    yield [gettext("People who cancelled"), "", "", found.cancellers, ""]
    yield [gettext("Of them ordered again"), "", "", found.came_back, ""]

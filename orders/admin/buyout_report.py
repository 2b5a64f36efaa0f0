"""The report of cash on delivery: how many parcels were taken, by carrier, region and customer; the same as CSV."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from orders.buyout import Figures, Share, all_rows, figures, rate
from shelf.charts import meter
from shelf.tables import write_csv
from staff import display
from staff.lists import Room

PERIODS = (30, 90, 365)  # days
ENOUGH = 10  # parcels; a share of fewer says nothing (Wilson: ±30 points)
TITLES = {"all": _("All"), "carrier": _("Carrier"), "region": _("Region or city"), "customer": _("Customer")}


def report(request: HttpRequest, room: Room) -> HttpResponse | StreamingHttpResponse:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
    now = timezone.now()
    found = figures(now - timedelta(days=days), now)
    if request.GET.get("export") == "csv":
        return _as_csv(found, f"buy-out-{days}-days")
    context = {
        **room.admin_site.each_context(request),
        "opts": room.opts,
        "title": gettext("Cash on delivery"),
        "back": reverse("admin:orders_order_changelist"),
        "periods": [(n, n == days) for n in PERIODS],
        "days": days,
        "enough": ENOUGH,
        "parcels": found.whole.parcels,
        "whole": _said(found.whole),
        "whole_bar": _bar(found.whole),
        "parts": [
            (gettext("By carrier"), _drawn(found.carriers)),
            (gettext("By region, or city where the shop names no region"), _drawn(found.regions)),
            (gettext("Customers who left the most parcels"), _drawn(found.customers)),
        ],
    }
    return TemplateResponse(request, "admin/orders/order/buyout.html", context)


Row = tuple[str, str | None, str, Any]  # whose, their page, the share in words, the bar


def _drawn(shares: list[Share]) -> list[Row]:
    return [
        (
            share.name or gettext("not known"),
            display.page_of("customer", share.customer_id) if share.customer_id else None,
            _said(share),
            _bar(share),
        )
        for share in shares
    ]


def _bar(share: Share) -> Any:
    return meter(share.taken, max(share.parcels, 1), f"{share.name}: {_said(share)}".removeprefix(": "))


def _said(share: Share) -> str:
    of = {"some": display.number(share.taken), "all": display.number(share.parcels)}
    part = rate(share, ENOUGH)
    if part is None:
        return gettext("%(some)s of %(all)s: too few to tell") % of
    return gettext("%(some)s of %(all)s (%(share)s)") % {**of, "share": display.percent(part)}


def _as_csv(found: Figures, name: str) -> StreamingHttpResponse:
    headings = [gettext("By"), gettext("Name"), gettext("Parcels"), gettext("Taken"), gettext("Share")]
    body = write_csv(headings, _rows(found), get_language() or "en", display.zone())
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _rows(found: Figures) -> Iterator[list]:
    for what, shares in all_rows(found):
        for share in shares:
            part = rate(share, ENOUGH)
            yield [
                str(TITLES[what]),
                share.name,
                share.parcels,
                share.taken,
                gettext("too few") if part is None else round(part, 3),
            ]

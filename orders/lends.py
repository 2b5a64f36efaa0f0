"""What orders lend to the agent's room: sentences, search, tiles, a panel on the customer's page."""

from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from orders.desk import FINDS, stage_pill
from orders.models import Order
from shelf import charts, formats
from staff import display
from staff.home import Tile
from staff.lists import search as find_in
from staff.panels import Panel
from staff.search import Hit
from staff.timeline import Sentence, sum_of

# --- The agent's room -----------------------------------------------------------------------------------------------

DAYS = 14
PANEL_ROWS = 20

SENTENCES = {
    "order.placed": Sentence(gettext_noop("Order %(number)s placed for %(sum)s"), "box", "now", sum_of),
    "order.changed": Sentence(gettext_noop("The shop changed order %(number)s"), "box"),
    "order.paid": Sentence(gettext_noop("Order %(number)s paid: %(sum)s"), "card", "good", sum_of),
    "order.cancelled": Sentence(gettext_noop("Order %(number)s cancelled"), "cross", "bad"),
    "order.fulfilment_reported": Sentence(gettext_noop("The shop says that a parcel was sent"), "truck"),
}


def search(typed: str, limit: int) -> list[Hit]:
    """Orders by number, e-mail or phone, newest first."""
    found = find_in(Order.objects.select_related("store"), FINDS, typed).order_by("-placed_at", "-pk")[:limit]
    return [
        Hit(
            f"{order.number} · {order.first_name} {order.last_name}".strip(" ·"),
            f"{order.store} · {order.get_stage_display()} · {_money(order)}",
            display.page_of("order", order.pk),
            gettext_lazy("Orders"),
            "orders.view_order",
        )
        for order in found
    ]


def tiles(now: datetime) -> list[Tile]:
    """Orders of today, and of the last fourteen days as bars."""
    today = timezone.localdate(now)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    counts = dict(
        Order.objects.filter(placed_at__gte=since, placeholder=False)
        .annotate(day=TruncDate("placed_at"))
        .values_list("day")
        .annotate(n=Count("pk"))
        .order_by()
    )
    series = [counts.get(day, 0) for day in days]
    names = [formats.day(day, display.language(), "no_year") for day in days]
    url = reverse("admin:orders_order_changelist")
    week = sum(series[-7:])
    label = _("Orders per day in the last fourteen days")
    return [
        Tile(
            _("Orders today"),
            display.number(series[-1]),
            url,
            _("%(count)s in seven days") % {"count": display.number(week)},
            charts.bars(series, label, names),
            permission="orders.view_order",
        )
    ]


def customer_panel(customer_id: int) -> Panel | None:
    """The customer's orders, newest first."""
    rows = list(
        Order.objects.filter(customer_id=customer_id).select_related("store").order_by("-placed_at")[: PANEL_ROWS + 1]
    )
    if not rows:
        return None
    for order in rows:
        order.pill = stage_pill(order)
        order.page_url = display.page_of("order", order.pk)
    count = display.capped(len(rows), PANEL_ROWS)
    return Panel("orders", _("Orders"), "admin/panels/orders.html", {"orders": rows[:PANEL_ROWS]}, count=count)


def _money(order: Order) -> str:
    return formats.money(order.total, order.currency, display.language())

"""What orders lend: fields of conditions; to the agent's room sentences, search, tiles, a panel of the customer."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from orders.desk import FINDS, stage_pill
from orders.models import Document, Insert, Order, OrderLine, OrderRequest, Return, Seller, Store
from shelf import charts, formats
from shelf.conditions import Field, Rows, Type
from shelf.touchpoints import AFTER, Counted, Scope
from staff import display
from staff.home import Tile
from staff.lists import CAP
from staff.lists import search as find_in
from staff.panels import Panel
from staff.search import Hit
from staff.timeline import Sentence, sum_of

# --- Conditions -----------------------------------------------------------------------------------------------------

BOUGHT, ORDER = gettext_lazy("Purchases"), gettext_lazy("The order")


def stores() -> list[tuple[str, str]]:
    return list(Store.objects.order_by("name").values_list("slug", "name"))


def _bought():
    return Order.objects.filter(placeholder=False, cancelled_at__isnull=True)


def _bought_lines():
    return OrderLine.objects.filter(order__placeholder=False, order__cancelled_at__isnull=True)


def _cash_orders():
    return Order.objects.filter(placeholder=False).exclude(cash_state="")


def _cash_choices() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in Order.Cash.choices]


def _buyouts() -> dict[str, dict[str, Any]]:
    """By orders whose money was told of; one that is still on its way says nothing."""

    def leaf(op: str, *states: str) -> dict[str, Any]:
        return {"field": "customer.cash", "op": op, "value": list(states)}

    took, left = leaf("has_any", "paid"), leaf("has_any", "unclaimed", "returned")
    return {
        "all": {"all": [took, {"not": left}]},
        "some": {"all": [took, left]},
        "none": {"all": [{"not": took}, left]},
    }


BUYOUTS = (
    ("all", gettext_lazy("took everything that was to be paid on delivery")),
    ("some", gettext_lazy("left some of it at the carrier")),
    ("none", gettext_lazy("left all of it at the carrier")),
)

FIELDS = (
    Field("customer.stores", gettext_lazy("ordered at"), Type.SET, choices=stores,
          rows=Rows(_bought, "customer", "store__slug"), group=BOUGHT),
    Field("customer.products", gettext_lazy("bought the product (SKU)"), Type.SET,
          rows=Rows(_bought_lines, "order__customer", "sku"), group=BOUGHT),
    Field("order.total", gettext_lazy("order's total"), Type.MONEY, "total", currency_column="currency", group=ORDER),
    Field("order.stage", gettext_lazy("order's stage"), Type.CHOICE, "stage", choices=Order.Stage.choices, group=ORDER),
    Field("order.financial", gettext_lazy("order's payment"), Type.CHOICE, "financial",
          choices=Order.Financial.choices, group=ORDER),
    Field("order.due", gettext_lazy("still to pay"), Type.MONEY, "due", currency_column="currency", group=ORDER),
    Field("order.cash", gettext_lazy("cash on delivery"), Type.CHOICE, "cash_state", choices=Order.Cash.choices,
          group=ORDER),
    Field("customer.cash", gettext_lazy("cash on delivery of their orders"), Type.SET, choices=_cash_choices,
          rows=Rows(_cash_orders, "customer", "cash_state"), group=BOUGHT),
    Field("customer.buyout", gettext_lazy("collecting parcels with cash on delivery"), Type.CHOICE, choices=BUYOUTS,
          meanings=_buyouts, group=BOUGHT),
    Field("order.store", gettext_lazy("order's store"), Type.CHOICE, "store__slug", choices=stores, group=ORDER),
    Field("order.placed", gettext_lazy("order placed"), Type.MOMENT, "placed_at", group=ORDER),
    Field("order.dispatched", gettext_lazy("order left the shop"), Type.MOMENT, "dispatched_at", group=ORDER),
    Field("order.delivered", gettext_lazy("order delivered"), Type.MOMENT, "delivered_at", group=ORDER),
    Field("order.products", gettext_lazy("order holds the product (SKU)"), Type.SET,
          rows=Rows(OrderLine.objects.all, "order", "sku"), group=ORDER),
    Field("order.shipping_method", gettext_lazy("order's delivery method"), Type.TEXT, "shipping_method", group=ORDER),
    Field("order.payment_method", gettext_lazy("order's payment method"), Type.TEXT, "payment_method", group=ORDER),
    Field("order.channel", gettext_lazy("order sold"), Type.CHOICE, "channel", choices=Order.Channel.choices,
          group=ORDER),
    Field("order.is_discreet", gettext_lazy("discreet order"), Type.FLAG, "is_discreet", group=ORDER),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------

DAYS = 14
PANEL_ROWS = 20


def _done_said(data: dict) -> dict:
    return {"what": dict(OrderLine.Kind.choices).get(data.get("what", ""), "")}


SENTENCES = {
    "order.placed": Sentence(gettext_noop("Order %(number)s placed for %(sum)s"), "box", "now", sum_of),
    "order.changed": Sentence(gettext_noop("The shop changed order %(number)s"), "box"),
    "order.paid": Sentence(gettext_noop("Order %(number)s paid: %(sum)s"), "card", "good", sum_of),
    "payment.received": Sentence(gettext_noop("Payment received: %(sum)s"), "card", "good", sum_of),
    "payment.failed": Sentence(gettext_noop("A payment of %(sum)s failed"), "card", "bad", sum_of),
    "refund.recorded": Sentence(gettext_noop("Refund: %(sum)s"), "left", "wait", sum_of),
    "line.completed": Sentence(gettext_noop("Done: %(what)s"), "check", "good", _done_said),
    "subscription.renewal_announced": Sentence(gettext_noop("The subscription renews soon"), "clock", "now"),
    "subscription.renewal_failed": Sentence(gettext_noop("The subscription could not be renewed"), "card", "bad"),
    "subscription.pause_requested": Sentence(
        gettext_noop("The customer asks to pause the subscription"), "clock", "wait"
    ),
    "order.cancelled": Sentence(gettext_noop("Order %(number)s cancelled"), "cross", "bad"),
    "order.document_issued": Sentence(gettext_noop("Document %(number)s issued"), "label"),
    "order.document_revoked": Sentence(gettext_noop("Document %(number)s withdrawn"), "label", "wait"),
    "order.fulfilment_reported": Sentence(gettext_noop("The shop says that a parcel was sent"), "truck"),
    "order.cancel_requested": Sentence(gettext_noop("The customer wants to cancel order %(number)s"), "cross", "wait"),
    "order.cancel_accepted": Sentence(gettext_noop("The wish to cancel order %(number)s was granted"), "check"),
    "order.cancel_refused": Sentence(gettext_noop("The wish to cancel order %(number)s was refused"), "cross", "bad"),
    "order.change_requested": Sentence(gettext_noop("Another address is wanted for order %(number)s"), "pin", "wait"),
    "order.change_accepted": Sentence(gettext_noop("Order %(number)s goes to another address"), "pin", "good"),
    "order.change_refused": Sentence(gettext_noop("Order %(number)s stays with its address"), "pin", "bad"),
    "order.shop_refused": Sentence(
        gettext_noop("The shop did not take what was decided for order %(number)s"), "alert", "bad"
    ),
    "return.requested": Sentence(gettext_noop("The customer wants to return something"), "back", "wait"),
    "return.approved": Sentence(gettext_noop("A return was approved"), "check", "good"),
    "return.refused": Sentence(gettext_noop("A return was refused"), "cross", "bad"),
    "return.labelled": Sentence(gettext_noop("The label of a return was sent"), "tag"),
    "return.shipped": Sentence(gettext_noop("A return is on its way back: %(number)s"), "truck", "now"),
    "return.received": Sentence(gettext_noop("A return arrived"), "box", "good"),
    "return.settled": Sentence(gettext_noop("A return is settled"), "check", "good"),
    "return.cancelled": Sentence(gettext_noop("The customer called a return off"), "back"),
    "replacement.placed": Sentence(gettext_noop("A free replacement goes out: order %(number)s"), "box", "good"),
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


def tiles_of_asked(now: datetime) -> list[Tile]:
    """What waits for an agent's decision, and what has to be done in the shop by hand."""
    found = []
    returns = Return.objects.filter(state=Return.State.REQUESTED).order_by()[: CAP + 1].count()
    if returns:
        url = f"{reverse('admin:orders_return_changelist')}?state__exact=requested"
        found.append(Tile(_("Returns to decide"), display.capped(returns, CAP), url, permission="orders.view_return"))
    url, may = reverse("admin:orders_orderrequest_changelist"), "orders.view_orderrequest"
    waiting = OrderRequest.objects.filter(state=OrderRequest.State.WAITING).order_by()[: CAP + 1].count()
    if waiting:
        count = display.capped(waiting, CAP)
        found.append(Tile(_("Requests to decide"), count, f"{url}?state__exact=waiting", permission=may))
    by_hand = (("to_do", _("To be done in the shop"), "wait"), ("failed", _("Not taken by the shop"), "bad"))
    for state, title, tone in by_hand:
        if left := OrderRequest.objects.filter(shop_state=state).order_by()[: CAP + 1].count():
            there, count = f"{url}?shop_state__exact={state}", display.capped(left, CAP)
            found.append(Tile(title, count, there, tone=tone, shelf="trouble", permission=may))
    return found


def order_asked(order_id: int) -> Panel | None:
    return _asked(OrderRequest.objects.filter(order=order_id), Return.objects.filter(order=order_id))


def customer_asked(customer_id: int) -> Panel | None:
    requests = OrderRequest.objects.filter(order__customer=customer_id)
    return _asked(requests, Return.objects.filter(order__customer=customer_id))


def _asked(requests, returns) -> Panel | None:
    """What customers asked for by the page of their order, newest first."""
    rows = [
        _row("request", row, row.asked_at) for row in requests.select_related("order").order_by("-pk")[:PANEL_ROWS]
    ] + [_row("return", row, row.requested_at) for row in returns.select_related("order").order_by("-pk")[:PANEL_ROWS]]
    rows.sort(key=lambda row: row["at"], reverse=True)
    return (
        Panel("asked", _("Requests and returns"), "admin/panels/asked.html", {"rows": rows}, "side") if rows else None
    )


def _row(subject: str, row: OrderRequest | Return, at: datetime) -> dict:
    return {"url": display.page_of(subject, row.pk), "name": str(row), "state": row.get_state_display(), "at": at}


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


def papers_panel(order_id: int) -> Panel | None:
    """The order's documents, and what may be issued."""
    documents = list(Document.objects.filter(order=order_id).defer("content").order_by("pk"))
    standing = {one.kind for one in documents if one.withdrawn_at is None}
    shown = {
        "documents": documents,
        "missing": [(kind, label) for kind, label in Document.Kind.choices if kind not in standing],
        "seller": Seller.objects.filter(store__orders=order_id).exists(),
        "order_id": order_id,
    }
    return Panel("papers", _("Documents"), "admin/panels/papers.html", shown, place="side")


# --- The customer's path --------------------------------------------------------------------------------------------


def count_inserts(scope: Scope) -> list[Counted]:
    """Orders of the period whose parcel held a printed code, and whose code was opened; nothing before the first."""
    rows = Insert.objects.filter(
        order__placed_at__gte=scope.since, order__placed_at__lt=scope.until, order__test=False
    ).order_by()
    if scope.store_id:
        rows = rows.filter(order__store_id=scope.store_id)
    if scope.customers is not None:
        rows = rows.filter(order__customer__in=scope.customers)
    found = rows.aggregate(printed=Count("pk"), opened=Count("opened_at"))
    printed, opened = found["printed"], found["opened"]
    title = gettext_lazy("Insert in the parcel")
    return [Counted("insert", title, AFTER, 55, printed, printed, opened, is_aside=True)] if printed else []

"""The figures of returns and cancellations: what came back and why, how long money took, who ordered again."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Sum

from orders.models import Order, OrderRequest, Return, ReturnLine

MOST_PRODUCTS = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """``products``: (title, SKU, returns, pieces). ``hours``: from the request to the money, shortest first."""

    returns: int
    reasons: list[tuple[str, int]]
    products: list[tuple[str, str, int, int]]
    hours: list[float]
    cancellers: int
    came_back: int
    cancel_reasons: list[tuple[str, int]]

    @property
    def median_hours(self) -> float | None:
        return self.hours[len(self.hours) // 2] if self.hours else None


def figures(since: datetime, now: datetime) -> Figures:
    """Six queries. Who ordered again is asked of people: one who cancelled twice counts once."""
    rows = Return.objects.filter(requested_at__gte=since, requested_at__lte=now)
    lines = ReturnLine.objects.filter(returned__in=rows).order_by().values("sku", "title")
    counted = lines.annotate(n=Count("returned", distinct=True), pieces=Sum("quantity")).order_by("-n", "title")
    paid = rows.filter(state=Return.State.REFUNDED, settled_at__isnull=False)
    spans = paid.values_list("requested_at", "settled_at")
    cancelled = OrderRequest.objects.filter(kind=OrderRequest.Kind.CANCEL, state=OrderRequest.State.DONE)
    cancelled = cancelled.filter(decided_at__gte=since, decided_at__lte=now)
    again = Order.objects.filter(
        customer=OuterRef("order__customer"), placed_at__gt=OuterRef("decided_at"), cancelled_at=None, placeholder=False
    )
    people = dict(
        cancelled.filter(order__customer__isnull=False)
        .annotate(again=Exists(again.filter(replaces=None)))
        .order_by("again")
        .values_list("order__customer", "again")
    )
    return Figures(
        returns=rows.count(),
        reasons=_by_reason(rows),
        products=[(row["title"], row["sku"], row["n"], row["pieces"]) for row in counted[:MOST_PRODUCTS]],
        hours=sorted((end - start).total_seconds() / 3600 for start, end in spans),
        cancellers=len(people),
        came_back=sum(people.values()),
        cancel_reasons=_by_reason(cancelled),
    )


def _by_reason(rows) -> list[tuple[str, int]]:
    counted = rows.order_by().values_list("reason").annotate(n=Count("pk"))
    return sorted(counted, key=lambda row: (-row[1], row[0]))

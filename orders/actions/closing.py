"""When an order is done as a whole: its parcels arrived, and what travels in no parcel is completed.

See docs/decisions/0048. Goods are done with the last parcel, at a counter with the sale; a service when somebody says
so; a file or a subscription when somebody says so, or else with the payment. ``stage`` speaks of the parcels,
``delivered_at`` of all.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events.facts import Recorded, record_all
from orders.actions.contacts import OrderRefused
from orders.actions.lines import LineSaved
from orders.events import LineCompleted, PauseRequested, RenewalAnnounced, RenewalFailed
from orders.models import Order, OrderLine
from orders.page_blocks import rewrite
from shelf.rows import update_rows

GOODS, SERVICE = OrderLine.Kind.GOODS, OrderLine.Kind.SERVICE
IN_A_PARCEL = _("“%(title)s” travels in a parcel: the carrier says when it arrived.")
NO_SUBSCRIPTION = _("“%(title)s” is not a subscription, so it cannot be paused.")
CANCELLED = _("Order %(number)s was cancelled.")


def close_orders(orders: Iterable[tuple[Order, Sequence[OrderLine]]]) -> None:
    """Note which of these orders are done as a whole. One statement, and none where all lines are goods."""
    changed = []
    for order, lines in orders:
        before = order.delivered_at, order.stage
        close(order, lines)
        if (order.delivered_at, order.stage) != before:
            changed.append(order)
    update_rows(changed, ["delivered_at", "stage"])


def close(order: Order, lines: Sequence[OrderLine]) -> None:
    """Orders of goods alone are tracking's to close (``note_progress``), but for those handed over at a counter."""
    others = [line for line in lines if line.kind != GOODS and line.quantity]
    at_counter = order.channel == Order.Channel.POS and not order.dispatched_at
    if not (others or at_counter) or order.cancelled_at:
        return
    goods = any(line.kind == GOODS and line.quantity for line in lines)
    ends = [done_at(line, order) for line in others]
    if at_counter:
        ends.append(order.placed_at)
    elif order.dispatched_at or goods:
        ends.append(order.parcels_delivered_at)
    order.delivered_at = max(end for end in ends if end) if all(ends) else None
    if order.delivered_at and order.stage != Order.Stage.REFUNDED:
        order.stage = Order.Stage.DELIVERED


def done_at(line: OrderLine, order: Order) -> datetime | None:
    if line.kind == SERVICE:
        return line.completed_at
    return line.completed_at or order.paid_at


def facts_of_lines(order: Order, lines: Iterable[LineSaved], history: bool) -> Iterator[Recorded]:
    for line in lines:
        row = line.row
        if row.kind != GOODS and line.is_new("completed_at"):
            yield _completed(order, row, history)
        if row.kind == OrderLine.Kind.SUBSCRIPTION and line.is_new("renewal_failed_at"):
            failed = RenewalFailed(row.pk, row.renews_on.isoformat() if row.renews_on else "")
            key = f"subscription.renewal_failed:{row.pk}:{row.renewal_failed_at:%Y-%m-%d}"
            yield Recorded(failed, ("order", order.pk), order.customer_id, row.renewal_failed_at, key, history)


def _completed(order: Order, line: OrderLine, history: bool = False, by_id: int | None = None) -> Recorded:
    fact, key = LineCompleted(line.pk, line.kind), f"line.completed:{line.pk}"
    return Recorded(fact, ("order", order.pk), order.customer_id, line.completed_at, key, history, by_id)


@transaction.atomic
def complete_lines(line_ids: Sequence[int], now: datetime, by_id: int | None = None) -> list[OrderLine]:
    """The visit took place, the file was handed over. Once is enough; a line that is done stays as it was."""
    orders = _lock_orders_of(line_ids)
    lines = list(OrderLine.objects.filter(order__in=list(orders)).order_by("pk"))
    wanted = [line for line in lines if line.pk in set(line_ids)]
    for line in wanted:
        order = orders[line.order_id]
        if line.kind == GOODS:
            raise OrderRefused(IN_A_PARCEL, title=line.title)
        if order.cancelled_at:
            raise OrderRefused(CANCELLED, number=order.number)
    news = [line for line in wanted if not line.completed_at]
    for line in news:
        line.completed_at = now
    update_rows(news, ["completed_at"])
    by_order = {pk: [line for line in lines if line.order_id == pk] for pk in orders}
    close_orders([(orders[pk], by_order[pk]) for pk in orders])
    rewrite([(orders[pk], by_order[pk]) for pk in orders])
    record_all([_completed(orders[line.order_id], line, by_id=by_id) for line in news])
    return wanted


@transaction.atomic
def ask_for_pause(line_id: int, now: datetime) -> None:
    """The customer wants a subscription to rest. An agent pauses it in the shop; asking twice is asking once."""
    orders = _lock_orders_of([line_id])
    line = OrderLine.objects.get(pk=line_id)
    order = orders[line.order_id]
    if line.kind != OrderLine.Kind.SUBSCRIPTION:
        raise OrderRefused(NO_SUBSCRIPTION, title=line.title)
    if order.cancelled_at:
        raise OrderRefused(CANCELLED, number=order.number)
    if line.pause_asked_at:
        return
    line.pause_asked_at = now
    line.save(update_fields=["pause_asked_at"])
    rewrite([(order, list(order.lines.order_by("pk")))])
    fact = PauseRequested(line.pk)
    key = f"subscription.pause_requested:{line.pk}:{now:%Y-%m-%d}"
    record_all([Recorded(fact, ("order", order.pk), order.customer_id, now, key)])


ANNOUNCED = timedelta(days=5)  # before the day: time to change one's mind, or the card
BATCH = 500


@transaction.atomic
def announce_renewals(now: datetime | None = None) -> int:
    """The clock: subscriptions that renew within five days are a fact, once for each of their days."""
    now = now or timezone.now()
    soon = (now + ANNOUNCED).date()
    waiting = OrderLine.objects.filter(renews_on__gte=now.date(), renews_on__lte=soon, order__cancelled_at__isnull=True)
    untold = waiting.exclude(renewal_told_on=F("renews_on")).select_related("order").order_by("renews_on", "pk")
    lines = list(untold.select_for_update(of=["self"], skip_locked=True)[:BATCH])
    for line in lines:
        line.renewal_told_on = line.renews_on
    update_rows(lines, ["renewal_told_on"])
    record_all([_announced(line, now) for line in lines if line.renews_on])
    return len(lines)


def _announced(line: OrderLine, now: datetime) -> Recorded:
    day = f"{line.renews_on:%Y-%m-%d}"
    key = f"subscription.renewal_announced:{line.pk}:{day}"
    return Recorded(RenewalAnnounced(line.pk, day), ("order", line.order_id), line.order.customer_id, now, key)


def _lock_orders_of(line_ids: Sequence[int]) -> dict[int, Order]:
    orders = Order.objects.filter(pk__in=OrderLine.objects.filter(pk__in=line_ids).values("order_id"))
    return {order.pk: order for order in orders.select_for_update().order_by("pk")}

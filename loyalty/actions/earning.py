"""Orders and points: earned when an order is delivered and paid, taken back when it is cancelled or refunded."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from loyalty.actions.ledger import known_keys, open_purses, write_down
from loyalty.models import Bucket, EarnRule, Lot, Programme, Transaction
from loyalty.rules import points_for, worth_points
from orders.models import PAID_UP, Order


@transaction.atomic(savepoint=False)
def earn_for_orders(order_ids: Collection[int], now: datetime) -> int:
    """Points for those of these orders that are delivered and paid, once each; how many orders earned.

    Two queries where none earns; fourteen statements for any number that do.
    """
    rules = {rule.currency: rule for rule in EarnRule.objects.select_related("programme")}
    if not rules:
        return 0
    orders = [o for o in _earning(order_ids).select_related("store") if o.currency in rules]
    if not orders:
        return 0
    programme = next(iter(rules.values())).programme
    purses = open_purses({o.customer_id for o in orders if o.customer_id}, programme, now)
    known = known_keys(key_of(o) for o in orders)
    for order in orders:
        lot = lot_of(order, rules[order.currency], now)
        if lot is not None and key_of(order) not in known and order.customer_id in purses:
            purse = purses[order.customer_id]
            lot.account = purse.account
            purse.issue(lot, Bucket.PENDING)
            purse.close(Transaction.Kind.EARN, key_of(order), ("order", order.pk))
    write_down(purses.values())
    return len(orders)


def _earning(order_ids: Collection[int]) -> QuerySet[Order]:
    return Order.objects.filter(
        PAID_UP,
        pk__in=order_ids,
        delivered_at__isnull=False,
        cancelled_at__isnull=True,
        customer__isnull=False,
        placeholder=False,
        test=False,
        points_lots__isnull=True,
    ).order_by("pk")


def key_of(order: Order) -> str:
    return f"order:{order.pk}:earn"


def lot_of(order: Order, rule: EarnRule, now: datetime) -> Lot | None:
    """What the order earns by the rule of today, which the lot keeps; None: not a single point."""
    kept = rule.as_kept() | {"of": str(worth_points(order.total, order.shipping, Decimal(0)))}
    points = points_for(worth_points(order.total, order.shipping, order.refunded), kept)
    if not points:
        return None
    usable_at = rule.programme.usable_from(order.delivered_at or now)
    return Lot(
        source=Lot.Source.ORDER,
        order=order,
        points=points,
        rule=kept,
        available_at=usable_at,
        expires_at=rule.programme.ends_at(max(usable_at, now), order.store.time_zone),
        created_at=now,
    )


@transaction.atomic(savepoint=False)
def claw_back_orders(order_ids: Collection[int], now: datetime) -> int:
    """Take back what these orders earned for money that went back, by the rule that each lot keeps; how many points.

    It is looked how many points *should remain*, so that refunds in any order and any number of parts end alike. One
    query where nothing was earned.
    """
    lots = list(Lot.objects.filter(order__in=order_ids, account__customer__isnull=False).select_related("account"))
    if not lots:
        return 0
    remaining = _remaining(lots)
    purses = open_purses(
        {lot.account.customer_id for lot in lots if lot.account.customer_id},
        Programme.objects.get(pk=lots[0].account.programme_id),
        now,
        [lot.order_id for lot in lots if lot.order_id],
    )
    taken = 0
    for purse in purses.values():
        for lot in [lot for lot in purse.lots if lot.order_id in remaining]:
            before = lot.clawed_back
            remains = remaining[lot.order_id or 0]
            purse.claw_back(lot, max(0, lot.points - lot.clawed_back - remains))
            key = f"order:{lot.order_id}:remains:{remains}"
            purse.close(Transaction.Kind.CLAWBACK, key, ("order", lot.order_id or 0))
            taken += lot.clawed_back - before
    write_down(purses.values())
    return taken


def _remaining(lots: Iterable[Lot]) -> Mapping[int, int]:
    """How many points each order should keep."""
    rules = {lot.order_id or 0: lot.rule for lot in lots}
    return {
        order.pk: 0
        if order.cancelled_at
        else points_for(worth_points(order.total, order.shipping, order.refunded), rules[order.pk])
        for order in Order.objects.filter(pk__in=rules)
    }


# --- Looking ahead --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a programme would have given in the last ``days``: orders that earn, points, and sums by currency."""

    days: int
    orders: int
    points: int
    money: Mapping[str, Decimal]


def forecast(rules: Collection[EarnRule], now: datetime, days: int = 90, most: int = 50_000) -> Forecast:
    """Reads the newest ``most`` orders of those days, and changes nothing."""
    by_currency = {rule.currency: rule.as_kept() for rule in rules}
    rows = Order.objects.filter(
        PAID_UP,
        placed_at__gte=now - timedelta(days=days),
        cancelled_at__isnull=True,
        customer__isnull=False,
        placeholder=False,
        test=False,
        currency__in=by_currency,
    ).order_by("-placed_at", "-pk")
    orders = points = 0
    money: dict[str, Decimal] = {}
    for currency, total, shipping, refunded in rows.values_list("currency", "total", "shipping", "refunded")[:most]:
        worth = worth_points(total, shipping, refunded)
        earned = points_for(worth, by_currency[currency])
        orders, points = orders + bool(earned), points + earned
        money[currency] = money.get(currency, Decimal(0)) + worth
    return Forecast(days, orders, points, money)

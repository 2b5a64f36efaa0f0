"""What of an order may come back today, and why the rest may not: the store's policy over the country's terms."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from orders.actions.self_service import policy_of
from orders.models import NotReturnable, Order, OrderLine, Return, ReturnLine, ReturnTerms, SelfServicePolicy
from shelf.countries import UNION
from shelf.reasons import Reason

NOT_ARRIVED = _("It has not arrived yet. You can return it as soon as it is with you.")
OVER = _("It could be returned until %(day)s.")
ALL_BACK = _("It is in a return already.")
DAYS = 14  # where neither the store nor a country says anything: as in the Union


@dataclass(frozen=True, slots=True)
class Chance:
    """One line: how many pieces may come back, until which day, and what speaks against it."""

    line: OrderLine
    most: int
    until: date | None = None
    against: Reason | None = None


def country_of(order: Order) -> str:
    """Whose law counts: where the parcel went; where nobody knows, the store's own."""
    return order.address.get("country") or order.store.country


def days_of(order: Order, policy: SelfServicePolicy) -> int:
    """The policy's days, but never fewer than the law of the customer's country gives."""
    terms = ReturnTerms.of_country(country_of(order))
    return max(policy.return_days or 0, terms.days if terms else DAYS)


def chances(order: Order, kind: str, now: datetime, policy: SelfServicePolicy | None = None) -> list[Chance]:
    """Every line of the order, in its order. Five queries, however many lines."""
    policy = policy or policy_of(order.store_id)
    lines = list(OrderLine.objects.filter(order=order).select_related("product").order_by("pk"))
    taken = _taken(order)
    if kind == Return.Kind.WARRANTY:
        months, rules = policy.warranty_months or 0, []
        window = timedelta(days=round(months * 30.44))
    else:
        window, rules = timedelta(days=days_of(order, policy)), _rules(order)
    today = now.astimezone(ZoneInfo(order.store.time_zone)).date()
    return [_chance(order, line, taken[line.pk], window, rules, today) for line in lines]


def _chance(
    order: Order, line: OrderLine, taken: int, window: timedelta, rules: Sequence[NotReturnable], today: date
) -> Chance:
    arrived_at = line.delivered_at or line.completed_at or order.parcels_delivered_at or order.delivered_at
    if why := next((rule.why for rule in rules if _is_meant(rule, line)), ""):
        return Chance(line, 0, against=Reason(why))
    if arrived_at is None:
        return Chance(line, 0, against=Reason(NOT_ARRIVED))
    until = arrived_at.astimezone(ZoneInfo(order.store.time_zone)).date() + window
    if until < today:
        return Chance(line, 0, until, Reason(OVER, {"day": until.isoformat()}))
    most = max(0, line.quantity - taken)
    return Chance(line, most, until, None if most else Reason(ALL_BACK))


def _taken(order: Order) -> Counter[int]:
    """Pieces that are in a return already, whatever became of it unless it was refused or called off."""
    gone = (Return.State.REFUSED, Return.State.CANCELLED)
    rows = ReturnLine.objects.filter(returned__order=order, line__isnull=False).exclude(returned__state__in=gone)
    taken: Counter[int] = Counter()
    for line_id, quantity in rows.values_list("line", "quantity"):
        taken[line_id] += quantity
    return taken


def _rules(order: Order) -> list[NotReturnable]:
    country = country_of(order)
    countries = ["", country, *(["EU"] if country in UNION else [])]
    rows = NotReturnable.objects.filter(Q(store=None) | Q(store=order.store_id), is_active=True)
    return list(rows.filter(country__in=countries).order_by("pk"))


def _is_meant(rule: NotReturnable, line: OrderLine) -> bool:
    if rule.product_id:
        return rule.product_id == line.product_id
    if line.product is None:
        return False
    said = {word.casefold().strip() for word in (*line.product.tags, line.product.category) if word}
    return not said.isdisjoint(word.casefold().strip() for word in rule.words)

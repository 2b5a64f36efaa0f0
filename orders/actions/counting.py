"""What a version of an order changes in its customer's figures."""

from collections.abc import Collection, Iterator
from datetime import datetime

from customers.actions import Bought, Dates, count_orders, language_for, tell_changed
from orders.actions.saved import Saved
from orders.models import Order, Store


def count(store: Store, facts: list) -> None:
    bought = [b for saved, *_rest in facts if not saved.outdated for b in gains_and_losses(saved, store)]
    lost = {b.customer_id for b in bought if b.orders < 0}
    count_orders(bought, _dates_of(lost))
    tell_changed(sorted(lost - {saved.order.customer_id for saved, *_rest in facts}), "orders")


def _dates_of(customer_ids: Collection[int]) -> dict[int, Dates]:
    """When these people ordered what still counts: one query, and only when an order was taken back."""
    if not customer_ids:
        return {}
    rows = Order.objects.filter(customer__in=customer_ids, cancelled_at__isnull=True, placeholder=False)
    dates: dict[int, list[datetime]] = {pk: [] for pk in customer_ids}
    for pk, at in rows.order_by("placed_at").values_list("customer_id", "placed_at"):
        dates[pk or 0].append(at)
    padded = {pk: [None, None, *found] for pk, found in dates.items()}
    return {pk: Dates(next(filter(None, found), None), found[-2], found[-1]) for pk, found in padded.items()}


def gains_and_losses(saved: Saved, store: Store) -> Iterator[Bought]:
    """What this version of the order changes in its customer's figures; a cancelled order counts for nobody."""
    order, before = saved.order, saved.before
    was = before and not before["cancelled_at"] and before["customer_id"]
    person = None if order.cancelled_at else order.customer
    now = person.pk if person else None
    at = order.placed_at
    if was and was == now:
        if (before["currency"], before["total"]) != (order.currency, order.total):
            yield Bought(was, at, before["currency"], -before["total"], orders=0)
            yield Bought(was, at, order.currency, order.total, orders=0)
        return
    if was:
        yield Bought(was, at, before["currency"], -before["total"], orders=-1)
    if person:
        language = language_for(person.language, order.language, store.language, store.languages)
        yield Bought(person.pk, at, order.currency, order.total, language=language)

"""A programme, a pool with codes, points that somebody has."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from loyalty.models import Account, Bucket, Coupon, EarnRule, Entry, Lot, Pool, Programme, Transaction
from orders.actions import save_orders
from orders.models import Order
from tests.builders.door import MONDAY, order_seen

DAY = timedelta(days=1)


def programme(**overrides: Any) -> Programme:
    """One point for every ten hryvnias, usable fourteen days after delivery, for a year."""
    made = Programme.objects.create(**({"name": "Thanks"} | overrides))
    EarnRule.objects.create(programme=made, currency="UAH", points=1, amount=Decimal(10))
    return made


def pool(codes: int = 3, slug: str = "hundred", **overrides: Any) -> Pool:
    """A hundred hryvnias off for a hundred points."""
    known = {"name": "Hundred off", "worth": Decimal(100), "currency": "UAH", "price": 100}
    made = Pool.objects.create(slug=slug, **(known | overrides))
    Coupon.objects.bulk_create(Coupon(pool=made, code=f"{slug.upper()}-{n:03}") for n in range(1, codes + 1))
    return made


def delivered(store: Any, number: int = 1042, at: datetime = MONDAY, **overrides: Any) -> Order:
    """Olena's order of 1250 for goods, paid and delivered, as its row says; no fact tells of the delivery."""
    [saved] = save_orders(store, [order_seen(number, at, **overrides)])
    Order.objects.filter(pk=saved.order.pk).update(delivered_at=at)
    saved.order.refresh_from_db()
    return saved.order


def standing(customer_id: int | None) -> tuple[int, int, int]:
    """(what can be spent, what waits, what is owed)."""
    account = Account.objects.filter(customer=customer_id).first()
    return (account.available, account.pending, account.debt) if account else (0, 0, 0)


def entries() -> list[tuple[str, str, int]]:
    return list(Entry.objects.order_by("pk").values_list("debit", "credit", "points"))


def kinds() -> list[str]:
    return list(Transaction.objects.order_by("pk").values_list("kind", flat=True))


def buckets() -> dict[str, int]:
    """The whole ledger by bucket, from its entries."""
    sums = dict.fromkeys(Bucket.values, 0)
    for debit, credit, points in entries():
        sums[debit] -= points
        sums[credit] += points
    return sums


def settle() -> None:
    """Have the database look now at what it would look at at the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def lots() -> list[tuple[int, int, int, int, int]]:
    """(points, waits, can be spent, taken back, expired)."""
    rows = Lot.objects.order_by("pk")
    return list(rows.values_list("points", "pending", "available", "clawed_back", "expired"))

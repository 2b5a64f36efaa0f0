"""``python -m bench.award N``: what points cost, for N orders one by one, and for N in batches of fifty.

Prints JSON: statements that a programme adds to the transaction that saves an order, and milliseconds of processor time
for each order, ours and that of PostgreSQL's backend (from /proc, so that other people's load does not count).
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import django

CHUNK = 50


def main() -> None:
    django.setup()
    count = int(sys.argv[1])
    empty()
    without = statements_of_a_saved_order(1)
    begin()
    told = {"added": statements_of_a_saved_order(2) - without}
    pks = orders(count * 4)
    told |= cost("waiting", pks[:count], count)
    deliver(pks)
    cost("before", pks[:count], count)
    settle()
    told |= cost("alone", pks[count : 2 * count], count, one_by_one=True)
    told |= cost("batch", pks[2 * count : 3 * count], count)
    check(3 * count)
    print(json.dumps(told))


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE loyalty_programme, events_event, orders_order, customers_customer CASCADE")


def begin() -> None:
    from loyalty.models import EarnRule, Programme

    programme = Programme.objects.create(name="Bench")
    EarnRule.objects.create(programme=programme, currency="EUR", points=1, amount=Decimal(1))


def statements_of_a_saved_order(number: int) -> int:
    """Of the transaction in which a shop's webhook becomes an order."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from bench.fill import a_store
    from orders.actions import save_orders
    from orders.stores.seen import OrderSeen

    now = timezone.now()
    store = a_store()
    seen = OrderSeen(f"p{number}", f"#p{number}", "EUR", Decimal(10), now, now, email=f"p{number}@example.com")
    with CaptureQueriesContext(connection) as context:
        save_orders(store, [seen])
    return len(context)


def orders(count: int) -> list[int]:
    """Paid, of a customer each."""
    from django.utils import timezone

    from bench.fill import a_store, some_orders
    from customers.models import Stats
    from orders.models import Order, OrderPage
    from shelf.rows import insert_rows

    made = some_orders(a_store(), range(1, count + 1), timezone.now())
    insert_rows(Stats(customer_id=order.customer_id) for order in made)
    insert_rows(OrderPage(order=order) for order in made)
    Order.objects.update(financial="paid")
    return [order.pk for order in made]


def deliver(pks: Sequence[int]) -> None:
    from django.utils import timezone

    from orders.models import Order

    Order.objects.filter(pk__in=pks).update(delivered_at=timezone.now() - timedelta(hours=1))


def settle() -> None:
    """A ledger that has rows, and plans made for it: what a session keeps from the first minute reads empty tables."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()


def cost(name: str, pks: Sequence[int], count: int, one_by_one: bool = False) -> dict[str, float]:
    """As the reaction does it, in a transaction of its own for each batch."""
    from django.db import connection, transaction
    from django.utils import timezone

    from loyalty.actions import earn_for_orders

    size = 1 if one_by_one else CHUNK
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        theirs = backend(cursor.fetchone()[0])
    now, before = timezone.now(), theirs()
    began = time.process_time()
    for at in range(0, len(pks), size):
        with transaction.atomic():
            earn_for_orders(pks[at : at + size], now)
    ours = time.process_time() - began
    return {f"{name}_ours": 1000 * ours / count, f"{name}_theirs": 1000 * (theirs() - before) / count}


def backend(pid: int) -> Callable[[], float]:
    """Seconds of processor time of this server process: utime and stime, in ticks of 10 ms."""

    def read() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    return read


def check(earned: int) -> None:
    from loyalty.models import Account, Entry

    assert Entry.objects.count() == earned, Entry.objects.count()
    assert Account.objects.filter(pending=59).count() == earned


if __name__ == "__main__":
    main()

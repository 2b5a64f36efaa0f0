"""Orders after a click: each order belongs to the customer's last click before it, at most five days old, or to none.

The last click counts among all messages of the house: an order that a later mail brought is not this one's.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

WINDOW = timedelta(days=5)

# ``ours``: messages of the report with their step and variant. Candidates are orders of their customers that were
# placed within the window after a click in one of ours (index order_customer); then the last click of all before each
# (index message_customer, and the news of each message).
_SQL = """
WITH ours AS ({ours}),
touched AS (
    SELECT o.id, o.customer_id, o.placed_at, o.currency, o.total
    FROM orders_order o
    WHERE o.customer_id IN (SELECT customer_id FROM ours WHERE clicked_at IS NOT NULL)
      AND o.placed_at > (SELECT min(clicked_at) FROM ours)
      AND NOT o.placeholder AND NOT o.test AND o.stage NOT IN ('cancelled', 'refunded')
),
led AS (
    SELECT t.*, last.message_id
    FROM touched t
    CROSS JOIN LATERAL (
        SELECT n.message_id
        FROM messaging_message m
        JOIN messaging_news n ON n.message_id = m.id AND n.kind = 'clicked' AND NOT n.is_machine
        WHERE m.customer_id = t.customer_id AND m.clicked_at IS NOT NULL
          AND n.at < t.placed_at AND n.at >= t.placed_at - %(window)s
        ORDER BY n.at DESC, n.id DESC
        LIMIT 1
    ) last
)
SELECT ours.step, ours.variant, led.currency, count(*), sum(led.total)
FROM led JOIN ours ON ours.id = led.message_id
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Revenue:
    """What followed a click: orders and their sum, in one currency."""

    step: str
    variant: str
    currency: str
    orders: int
    total: Decimal


def revenue_of(ours: str, values: dict[str, Any]) -> list[Revenue]:
    """``ours``: SQL of the columns id, customer_id, clicked_at, step, variant, with its named ``values``."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {**values, "window": WINDOW}
        cursor.execute(_SQL.format(ours=ours), asked)
        return [Revenue(*row) for row in cursor.fetchall()]


def by_currency(rows: list[Revenue]) -> dict[str, tuple[int, Decimal]]:
    """Orders and sum for each currency; currencies are never added."""
    found: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal()))
    for row in rows:
        orders, total = found[row.currency]
        found[row.currency] = (orders + row.orders, total + row.total)
    return dict(sorted(found.items()))

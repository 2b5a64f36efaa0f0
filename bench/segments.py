"""A segment of five conditions over a million customers: counted, and asked of one of them.

    orders is at least 2, and the order before the last in the last 90 days, and the last order 30 days ago or earlier,
    and marketing by e-mail: said yes, and spent is at least 100 EUR

The customers and orders are made by SQL, as maintained columns would stand after the orders. Beside ours: an
index-only scan on maintained columns whose index is made for just this question, and the aggregate over orders that
Django's ORM writes. All are asked in turns in one run, warm.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.ground import Ground
from bench.tables import Row, median, show

CUSTOMERS, ORDERS = 1_000_000, 3_000_000
MOST = 3  # times the index-only scan
MOST_OF_ONE = 1.0  # ms
FOLLOWED = 50  # segments followed at once

TREE = {
    "all": [
        {"field": "customer.orders", "op": ">=", "value": 2},
        {"field": "customer.previous_order", "op": "within_days", "value": 90},
        {"field": "customer.last_order", "op": "before_days", "value": 30},
        {"field": "customer.marketing", "op": "is", "value": "yes"},
        {"field": "customer.spent", "op": ">=", "value": {"amount": "100", "currency": "EUR"}},
    ]
}
OTHERS = {
    "lapsed, in Ukraine": {
        "all": [
            {"field": "customer.lifecycle", "op": "any_of", "value": ["lapsed", "lost"]},
            {"field": "customer.country", "op": "is", "value": "UA"},
        ]
    },
    "best by RFM": {
        "all": [
            {"field": "customer.recency", "op": "any_of", "value": ["4", "5"]},
            {"field": "customer.frequency", "op": "any_of", "value": ["4", "5"]},
            {"field": "customer.monetary", "op": "is", "value": "5"},
        ]
    },
    "spent over 900 EUR": {"field": "customer.spent", "op": ">", "value": {"amount": "900", "currency": "EUR"}},
}

# A third of the orders lie in the last year's quarter before now; customers differ in how often they come.
FILL = f"""
SET session_replication_role = replica;
SET work_mem = '512MB';
SET maintenance_work_mem = '1GB';
SELECT setseed(0.17);
INSERT INTO customers_customer (id, first_name, last_name, language, time_zone, country, created_at)
SELECT n, 'Anna' || n, 'Smith', (ARRAY['uk', 'ru', 'en', ''])[1 + mod(n, 4)], '',
  (ARRAY['UA', 'PL', 'DE', ''])[1 + mod(n, 4)], now() - random() * interval '3 years'
FROM generate_series(1, {CUSTOMERS}) n;
CREATE UNLOGGED TABLE bought AS
SELECT n AS id, 1 + (power(random(), 1.5) * {CUSTOMERS - 1})::bigint AS customer_id,
  now() - random() * interval '800 days' AS placed_at, (5 + random() * 150)::numeric(14, 2) AS total,
  CASE WHEN random() < 0.97 THEN 'EUR' ELSE 'UAH' END AS currency FROM generate_series(1, {ORDERS}) n;
INSERT INTO orders_order (id, store_id, external_id, number, public_id, link_version, customer_id, email, phone,
  first_name, last_name, language, placeholder, test, is_discreet, stage, financial, placed_at, cancel_reason, currency,
  subtotal, shipping, discount, tax, total, refunded, discount_codes, address, shipping_method,
  payment_method, created_at, updated_at)
SELECT id, (SELECT min(id) FROM orders_store), id, '#' || id, 'bench' || id, 1, customer_id, '', '', 'Anna', 'Smith',
  'en', false, false, false, 'delivered', 'paid', placed_at, '', currency, total, 0, 0, 0, total, 0, '{{}}',
  '{{}}', '', '', placed_at, placed_at FROM bought;
INSERT INTO customers_stats (customer_id, orders, spent, only_currency, only_spent, expected, first_order_at,
  last_order_at, previous_order_at, usual_gap_days, last_rating, country, language, tags, marketing, marketing_texts,
  points)
SELECT c.id, coalesce(o.orders, 0), coalesce(s.spent, '{{}}'),
  CASE WHEN s.currencies > 1 THEN 'many' ELSE coalesce(s.currency, '') END,
  CASE WHEN s.currencies = 1 THEN s.total END, '{{}}', o.first, o.times[1], o.times[2], NULL, NULL, c.country,
  c.language, '{{}}', (ARRAY['yes', 'nothing', 'yes', 'no'])[1 + floor(random() * 4)::int], 'nothing', 0
FROM customers_customer c
LEFT JOIN (SELECT customer_id, count(*) AS orders, min(placed_at) AS first,
  array_agg(placed_at ORDER BY placed_at DESC) AS times FROM bought GROUP BY 1) o ON o.customer_id = c.id
LEFT JOIN (SELECT customer_id, jsonb_object_agg(currency, total::text) AS spent, count(*) AS currencies,
  min(currency) AS currency, min(total) AS total
  FROM (SELECT customer_id, currency, sum(total) AS total FROM bought GROUP BY 1, 2) x GROUP BY 1) s
  ON s.customer_id = c.id
ORDER BY c.id;
SET session_replication_role = DEFAULT;
"""
PERFECT = """
CREATE UNLOGGED TABLE perfect AS
SELECT customer_id, orders, coalesce((spent->>'EUR')::numeric, 0) AS spent_eur,
  last_order_at, previous_order_at, marketing = 'yes' AS consent
FROM customers_stats;
CREATE INDEX perfect_index ON perfect (previous_order_at) INCLUDE (last_order_at, orders, spent_eur)
WHERE consent AND orders >= 2;
"""
INDEX_ONLY = """
SELECT count(*) FROM perfect WHERE consent AND orders >= 2 AND previous_order_at > now() - interval '90 days'
AND previous_order_at <= now() AND last_order_at <= now() - interval '30 days' AND spent_eur >= 100
"""
TABLES = ("customers_customer", "customers_stats", "orders_order", "perfect")


def measure(on: Ground, rounds: int) -> None:
    fill(on)
    on.tell("-m", "bench.segments", str(rounds))


def fill(on: Ground) -> None:
    begun = time.monotonic()
    on.empty("customers_customer", "orders_order")
    on.without_indexes(FILL, "customers_customer", "customers_stats", "orders_order")
    on.ask(PERFECT)
    on.vacuum(*TABLES)
    seconds = time.monotonic() - begun
    print(f"\nsegments: {CUSTOMERS:,} customers and {ORDERS:,} orders made in {seconds:.0f} s")


def main(rounds: int) -> None:
    """Inside Django, on the filled database."""
    from django.db import connection
    from django.utils import timezone

    from campaigns.segments import asking

    now, node = timezone.now(), asking.read_tree(TREE)

    def index_only() -> int:
        with connection.cursor() as cursor:
            cursor.execute(INDEX_ONLY)
            return cursor.fetchone()[0]

    ways: dict[str, Callable[[], int]] = {
        "index-only scan": index_only,
        "ours": lambda: asking.found(node, now).count(),
        **{f"ours: {name}": _counting(asking.read_tree(raw), now) for name, raw in OTHERS.items()},
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    people = {name: way() for name, way in ways.items()}  # warm
    for _ in range(rounds * 5):
        for name, way in ways.items():
            found[name].append(timed(way))
    people["ORM aggregate"], took = aggregate(), timed(aggregate)
    found["ORM aggregate"] = [took]
    if len({people[name] for name in ("index-only scan", "ours", "ORM aggregate")}) > 1:
        raise SystemExit(f"they do not find the same people: {people}")
    limit = median(found["index-only scan"])
    rows = [Row(name, values, limit, f"{people[name]:,} people") for name, values in found.items()]
    show("segments: a count of five conditions, ms", rows, f"must: ours ≤ {MOST} × the index-only scan")
    ratio = median(found["ours"]) / limit
    print(f"  ours / index-only scan: {ratio:.2f} ({'kept' if ratio <= MOST else 'MISSED'})")
    one_customer(node, now)
    following(now)


def _counting(node: Any, now: Any) -> Callable[[], int]:
    from campaigns.segments import asking

    return lambda: asking.found(node, now).count()


def aggregate() -> int:
    """What the ORM makes of the same question without counted facts."""
    from datetime import timedelta

    from django.db.models import Count, Max, Q, Sum
    from django.utils import timezone

    from customers.models import Customer

    now = timezone.now()
    recent, euros = Q(orders__placed_at__gt=now - timedelta(days=90)), Q(orders__currency="EUR")
    people = Customer.objects.filter(stats__marketing="yes").annotate(
        n=Count("orders", filter=recent), spent=Sum("orders__total", filter=euros), last=Max("orders__placed_at")
    )
    return people.filter(n__gte=2, spent__gte=100, last__lte=now - timedelta(days=30)).count()


def one_customer(node: Any, now: Any) -> None:
    from campaigns import fields
    from campaigns.segments import asking
    from shelf import conditions

    node, times = conditions.expand(node, fields.FIELDS), []
    for pk in range(1, CUSTOMERS, CUSTOMERS // 500):
        times.append(timed(lambda pk=pk: asking.holds_for(node, pk, now)))
    middle, slow = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    verdict = "kept" if middle <= MOST_OF_ONE else "MISSED"
    print(f"  is this customer in it? {middle:.2f} ms, p99 {slow:.2f} (must: ≤ {MOST_OF_ONE} ms, {verdict})")


def following(now: Any) -> None:
    """Facts about 500 customers, asked of 1 and of 50 followed segments: membership changes on the fact."""
    from django.db import transaction

    from campaigns import fields
    from campaigns.segments import asking, following
    from shelf import conditions

    node = conditions.expand(asking.read_tree(TREE), fields.FIELDS)
    for many in (1, FOLLOWED):
        followed = [following.Followed(_segment(n), node) for n in range(many)]
        ids = list(range(1, 501))
        with transaction.atomic():
            took = timed(lambda ids=ids, f=followed: following.settle(f, ids, now, quiet=True))
            transaction.set_rollback(True)
        print(f"  a fact with {many} followed segment(s): {took / len(ids):.2f} ms a customer")


def _segment(number: int) -> int:
    from campaigns.models import Segment

    return Segment.objects.get_or_create(name=f"bench {number}")[0].pk


def timed(way: Callable[[], Any]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    way()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    import sys

    import django

    django.setup()
    main(int(sys.argv[1]))

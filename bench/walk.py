"""``python -m bench.walk N``: N customers through send, wait, branch, send; and one fact past fifty live journeys.

Prints JSON: milliseconds per customer on the clock and of our own CPU, and CPU milliseconds for the fact.
"""

import json
import sys
import time
from datetime import timedelta

import django

CHUNK = 500
LIVE = 50
STARTING = 10  # of the fifty, by the fact that is routed
FACTS = 200
STEPS = [
    {"id": "hello", "do": "send", "template": "bench"},
    {"id": "day", "do": "wait", "days": 1},
    {
        "id": "loyal",
        "do": "branch",
        "if": {"all": [{"field": "customer.orders", "op": ">=", "value": 2}]},
        "then": "again",
        "otherwise": "first",
    },
    {"id": "again", "do": "send", "template": "bench", "next": ""},
    {"id": "first", "do": "send", "template": "bench"},
]
PLAN = {"starts_with": "order.placed", "ends_with": ["order.cancelled"], "steps": STEPS}


def main() -> None:
    django.setup()
    people = int(sys.argv[1])
    empty()
    live("walk", PLAN)
    fill(people)
    wall, cpu = time.perf_counter(), time.process_time()
    enrol()
    advance()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    a_day_passes()
    again, more = time.perf_counter(), time.process_time()
    advance()
    wall, cpu = wall + time.perf_counter() - again, cpu + time.process_time() - more
    check(people)
    print(json.dumps({"wall": 1000 * wall / people, "cpu": 1000 * cpu / people, "route": route_one()}))


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE campaigns_steptaken, campaigns_enrolment, campaigns_journey, messaging_message, events_event,"
            " orders_order, customers_customer CASCADE"
        )


def live(slug: str, definition: dict):
    from bench.fill import a_template
    from campaigns.actions import publish
    from campaigns.models import Journey
    from messaging.actions import stream

    a_template()
    made = Journey.objects.create(slug=slug, name=slug, stream=stream(f"journey-{slug}", slug), state="live")
    publish(made, definition)
    return made


def fill(people: int) -> None:
    """Customers with an order each, and the facts that it was placed, which nobody has answered yet."""
    from django.db import connection, transaction
    from django.utils import timezone

    from bench.fill import a_store, some_orders
    from customers.models import Stats
    from events.facts import Recorded, record_all
    from orders.events import OrderPlaced
    from shelf.rows import insert_rows

    store, now = a_store(), timezone.now()
    for first in range(1, people + 1, 2000):
        orders = some_orders(store, range(first, min(first + 2000, people + 1)), now)
        with transaction.atomic():
            insert_rows(Stats(customer_id=o.customer_id, orders=1 + o.pk % 2) for o in orders)
            record_all(
                [Recorded(OrderPlaced(o.number, "EUR", o.total), ("order", o.pk), o.customer_id) for o in orders]
            )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE events_event, orders_order, customers_customer, customers_stats")


def enrol() -> None:
    from django.db import transaction
    from django.utils import timezone

    from campaigns.actions import route
    from events.models import Event

    last = 0
    while events := list(Event.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        with transaction.atomic():
            route(events, timezone.now())
        last = events[-1].pk


def advance() -> None:
    from campaigns.actions import advance_due

    while advance_due():
        pass


def a_day_passes() -> None:
    from django.db import connection
    from django.db.models import F
    from django.utils import timezone

    from campaigns.models import Enrolment

    days = timedelta(days=2)
    Enrolment.objects.update(
        entered_at=F("entered_at") - days,
        step_at=F("step_at") - days,
        since_at=F("since_at") - days,
        wake_at=timezone.now(),
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE campaigns_enrolment")


def check(people: int) -> None:
    from campaigns.models import Enrolment
    from messaging.models import Message

    done, mails = Enrolment.objects.filter(state="done").count(), Message.objects.count()
    if (done, mails) != (people, 2 * people):
        raise SystemExit(f"{people} went in, {done} came out, with {mails} mails")


def route_one() -> float:
    """CPU milliseconds for one fact of a customer, alone in its batch, with fifty live journeys."""
    from django.db import transaction
    from django.utils import timezone

    from campaigns.actions import route
    from events.models import Event

    for number in range(LIVE - 1):
        starts = "order.placed" if number < STARTING - 1 else "order.paid"
        live(f"other-{number}", PLAN | {"starts_with": starts, "ends_with": ["order.cancelled", "review.submitted"]})
    events = list(Event.objects.order_by("-pk")[:FACTS])
    for event in events[: FACTS // 4]:  # warm
        with transaction.atomic():
            route([event], timezone.now())
    cpu = time.process_time()
    for event in events[FACTS // 4 :]:
        with transaction.atomic():
            route([event], timezone.now())
    return 1000 * (time.process_time() - cpu) / (FACTS - FACTS // 4)


if __name__ == "__main__":
    main()

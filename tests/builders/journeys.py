"""Journeys of one's own, and facts about orders."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from campaigns.actions import publish
from campaigns.models import Enrolment, Journey, StepTaken
from events.clocks import drain, tick
from events.facts import record
from messaging.actions import stream
from messaging.models import Message
from orders.actions import report_fulfilments, save_orders
from orders.events import OrderChanged, OrderPaid
from orders.models import Order
from orders.stores.seen import FulfilmentSeen
from tests.builders.door import order_seen
from tracking.actions import add_checkpoints
from tracking.carriers.seen import CheckpointSeen
from tracking.models import Shipment

TEMPLATE = "order_confirmation"


def send(name: str = "mail", **more: Any) -> dict[str, Any]:
    return {"id": name, "do": "send", "template": TEMPLATE, "late_hours": 1000, **more}


def wait(name: str = "w", **more: Any) -> dict[str, Any]:
    return {"id": name, "do": "wait", **more}


def journey(slug: str, *steps: dict[str, Any], state: str = "live", **overrides: Any) -> Journey:
    made = Journey.objects.create(slug=slug, name=slug, stream=stream(f"journey-{slug}", slug), state=state)
    publish(made, definition(*steps, **overrides))
    made.refresh_from_db()
    return made


def definition(*steps: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    return {"starts_with": "order.placed", "steps": list(steps)} | overrides


def only(made: Journey) -> None:
    """Let no other journey run."""
    Journey.objects.exclude(pk=made.pk).update(state="draft")


def answered() -> None:
    """What a fact wakes, until nothing is due. ``tick`` runs all clocks, and takes four times as long."""
    while sum(map(drain, ("events", "owed", "crossings", "journeys", "messages"))):
        pass


def place(store: Any, number: int = 1042, **overrides: Any) -> Order:
    overrides.setdefault("at", timezone.now())
    [saved] = save_orders(store, [order_seen(number, **overrides)])
    answered()
    return saved.order


def ship(order: Order, number: str = "A1") -> Shipment:
    now = timezone.now()
    seen = FulfilmentSeen(order.external_id, number, now, now, carrier="UPS", numbers=(number,))
    report_fulfilments(order.store, [seen])
    answered()
    return Shipment.objects.get(number=number)


def scan(shipment: Shipment, *milestones: str, reason: str = "") -> None:
    for milestone in milestones:
        now = timezone.now()
        add_checkpoints(shipment, [CheckpointSeen(now, milestone, reason)], "toy", now)
        answered()


def happen(order: Order, kind: str = "paid") -> None:
    """A fact about an order, recorded as if its app had."""
    from django.db import transaction

    fact = OrderPaid(order.number, "UAH", order.total) if kind == "paid" else OrderChanged(order.number, ())
    with transaction.atomic():
        record(fact, subject=("order", order.pk), customer_id=order.customer_id, at=timezone.now())
    answered()


def live(clock: Any, until: datetime) -> None:
    """Time goes on until the moment, from one thing that is due to the next; there all clocks run."""
    while (due := next_due()) and due < until:
        clock.move_to(due)
        answered()
    clock.move_to(until)
    tick()


def next_due() -> datetime | None:
    waking = Enrolment.objects.filter(state="active", wake_at__gt=timezone.now()).values_list("wake_at", flat=True)
    held = Message.objects.filter(state="ready", send_after__gt=timezone.now()).values_list("send_after", flat=True)
    return min([*waking, *held], default=None)


def keys() -> list[str]:
    """The messages of journeys, without their beginning, sorted."""
    found = Message.objects.filter(key__startswith="journey:").values_list("key", flat=True)
    return sorted(key.removeprefix("journey:") for key in found)


def where(made: Journey) -> list[tuple[str, str]]:
    """(state, step) of everybody who ever entered."""
    return list(Enrolment.objects.filter(journey=made).order_by("pk").values_list("state", "step"))


def taken(made: Journey) -> list[tuple[str, str]]:
    rows = StepTaken.objects.filter(enrolment__journey=made).order_by("enrolment", "seq")
    return list(rows.values_list("step", "outcome"))


# A journey with every kind of step, as the editor's pages show it.
WIDE: dict[str, Any] = {
    "starts_with": "order.placed",
    "subject": "order",
    "ends_with": ["order.cancelled"],
    "goal": {"fact": "customer:order.placed", "days": 60},
    "steps": [
        {"id": "wait", "do": "wait", "after": "delivered_at", "days": 2, "at": "10:00", "weekdays": ["mon", "tue"]},
        {
            "id": "regular",
            "do": "branch",
            "if": {"all": [{"field": "customer.orders", "op": ">=", "value": 3}]},
            "then": "tag",
            "otherwise": "lots",
        },
        {"id": "tag", "do": "act", "act": "add_tag", "with": {"tag": "regular"}, "next": "paid"},
        {
            "id": "lots",
            "do": "split",
            "variants": [
                {"name": "a", "percent": 45, "next": "thanks"},
                {"name": "b", "percent": 45, "next": "paid"},
                {"name": "held", "percent": 10, "next": "paid", "holdout": True},
            ],
        },
        {"id": "thanks", "do": "send", "template": "order_confirmation", "next": "paid"},
        {
            "id": "paid",
            "do": "wait_for",
            "fact": ["order.paid"],
            "within": {"days": 5},
            "then": "ask",
            "otherwise": "gone",
        },
        {"id": "gone", "do": "exit"},
        {"id": "ask", "do": "ask", "what": "review", "template": "review_request", "late_hours": 72},
    ],
}


def inside(made: Journey, counts: dict[str, int], now: datetime) -> None:
    """People who stand at steps of the newest version, entered a day ago."""
    version = made.versions.order_by("-number").first()
    number = made.enrolments.count()
    rows = []
    for step, count in counts.items():
        for _n in range(count):
            number += 1
            rows.append(
                Enrolment(
                    journey=made,
                    version=version,
                    subject_type="order",
                    subject_id=number,
                    entry_key=f"order:{number}",
                    step=step,
                    entered_at=now - timedelta(days=1),
                    since_at=now - timedelta(days=1),
                    wake_at=now + timedelta(days=1),
                )
            )
    Enrolment.objects.bulk_create(rows)

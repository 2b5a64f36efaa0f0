"""Campaigns on their way: buyers of a store, a checked and armed campaign, the clocks run by hand."""

from collections import Counter
from typing import Any

from django.utils import timezone

from campaigns import mailing
from campaigns.models import Campaign
from customers.models import Customer
from events import clocks
from messaging.models import Message
from orders.actions import save_orders
from orders.models import Order, Store
from tests.builders.campaigns import campaign, look
from tests.builders.door import order_seen


def buyers(store: Store, count: int, start: int = 0, **of_person: Any) -> list[Order]:
    """``of_person``: fields of their customers, such as ``time_zone``."""
    seen = [
        order_seen(n, email=f"n{n}@example.com", customer_id=str(n), phone="", language="uk")
        for n in range(start, start + count)
    ]
    orders = [saved.order for saved in save_orders(store, seen)]
    if of_person:
        Customer.objects.filter(pk__in=[o.customer_id for o in orders]).update(**of_person)
    return orders


def armed(store: Store, by=None, **fields: Any) -> Campaign:
    """Checked, and sent: the window runs, or it waits for its hour."""
    made = look(campaign(store, by, **fields))
    mailing.send(made, by, timezone.now())
    return made


def step(made: Campaign) -> str:
    """The clock of campaigns, until it stands still."""
    clocks.drain("campaigns")
    made.refresh_from_db()
    made.stream.refresh_from_db()
    return made.state


def leave() -> None:
    clocks.drain("messages")


def states(made: Campaign) -> Counter:
    return Counter(Message.objects.filter(cause_type="campaign", cause_id=made.pk).values_list("state", flat=True))

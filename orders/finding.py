"""Find my order: a fresh link goes to the order's own address, and nothing is shown to whoever asked.

A request writes the wish down, whatever was typed: one row, the same statement. Whether such an order exists is looked
up by the clock, out of sight, so that neither the answer nor its time tells it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from events import nudges
from messaging.actions import Planned, plan, stream
from messaging.models import Template
from orders.account import mail_account_link
from orders.actions import speak
from orders.models import LinkWish, Order
from shelf.emails import normalise_email

FIND_TEMPLATE = "order_link"
BATCH = 100


def plain(number: str) -> str:
    """``#1042`` and ``1042`` are one order."""
    return number.strip().lstrip("#")


@transaction.atomic
def ask_for_link(number: str, email: str, now: datetime) -> None:
    """``number`` empty: the link to the account."""
    LinkWish.objects.create(number=number[:64], email=email, asked_at=now)
    transaction.on_commit(lambda: nudges.nudge("wishes"), robust=True)


@transaction.atomic
def answer_wishes() -> int:
    """The clock: mail what was wished for, where it exists."""
    wishes = list(LinkWish.objects.select_for_update(skip_locked=True).order_by("pk")[:BATCH])
    for wish in wishes:
        if wish.number:
            mail_link(wish.number, wish.email, wish.asked_at)
        else:
            mail_account_link(wish.email, wish.asked_at)
    LinkWish.objects.filter(pk__in=[wish.pk for wish in wishes]).delete()
    return len(wishes)


@transaction.atomic
def mail_link(number: str, email: str, now: datetime) -> None:
    """A fresh link to the order's own address, at most once an hour per order; silence if nothing matches."""
    template = Template.objects.filter(slug=FIND_TEMPLATE).first()
    address = normalise_email(email)
    if template is None or address is None:
        return
    wanted = plain(number)
    found = Order.objects.filter(number__in=[wanted, f"#{wanted}"], email=address).select_related("store", "customer")
    plan(_planned(found[:3], template, now))


def _planned(orders: Iterable[Order], template: Template, now: datetime) -> list[Planned]:
    return [
        Planned(
            key=f"find:{order.pk}:{now:%Y%m%d%H}",
            stream_id=stream("account", "Account").pk,
            template_id=template.pk,
            customer_id=order.customer_id,
            address=order.email,
            language=speak(order),
            subject=("order", order.pk),
            cause=("find", order.pk),
            send_after=now,
            expires_at=now + timedelta(hours=24),
            country=order.store.country,
            sender_id=order.store.sender_id,
        )
        for order in orders
    ]

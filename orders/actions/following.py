"""Second recipients: somebody the customer names gets the news of the parcels, once they said yes, until they leave.

They are told where the parcel is and given the stub's address: no names, no products, no rights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from messaging.actions import Planned, plan, stream
from messaging.models import Message, Template
from orders.actions.contacts import OrderRefused
from orders.actions.speaking import speak
from orders.models import Follower, Order
from shelf.emails import normalise_email
from shelf.reasons import Reason

INVITATION, NEWS = "follow_invitation", "parcel_news"
MOST = 3  # of one order, ever: an order is no mailing list
SAID = ("picked_up", "out_for_delivery", "ready_for_pickup", "attempt_failed", "delivered", "returning")
MAIL_OF_USE = timedelta(days=7)
NEWS_OF_USE = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Moved:
    """A parcel of an order reached a milestone."""

    order_id: int
    shipment_id: int
    milestone: str
    at: datetime


@transaction.atomic
def invite(order: Order, typed: str, language: str, now: datetime) -> None:
    """Ask an address, once, whether it wants the news. One that said no, or left, is not asked again."""
    locked = Order.objects.select_for_update(of=("self",)).select_related("store", "customer").get(pk=order.pk)
    email = normalise_email(typed)
    if email is None:
        raise OrderRefused(_("This does not look like an e-mail address."))
    if email == locked.email:
        raise OrderRefused(_("This is the address of the order itself: the news goes there anyway."))
    known = list(locked.followers.all())
    if any(follower.email == email for follower in known):
        return
    if len(known) >= MOST:
        raise OrderRefused(_("No more than %(most)s addresses can be named for one order."), most=MOST)
    follower = Follower.objects.create(order=locked, email=email, language=language or speak(locked), invited_at=now)
    follower.order = locked
    _plan(INVITATION, [(follower, f"follow:{follower.pk}:ask")], now, MAIL_OF_USE)


@transaction.atomic
def accept(follower: Follower, now: datetime) -> None:
    """The owner of the address pressed the button of the mail."""
    Follower.objects.filter(pk=follower.pk, ended_at=None, confirmed_at=None).update(confirmed_at=now)


@transaction.atomic
def leave(follower: Follower, now: datetime) -> None:
    """By the owner of the address, or by the customer who named it."""
    Follower.objects.filter(pk=follower.pk, ended_at=None).update(ended_at=now)


@transaction.atomic
def tell_followers(moves: Sequence[Moved], now: datetime) -> None:
    """News of parcels to those who follow their orders: once for a parcel and milestone. One query when nobody does."""
    fresh = [move for move in moves if move.milestone in SAID and move.at > now - NEWS_OF_USE]
    rows = Follower.objects.filter(order__in={m.order_id for m in fresh}, confirmed_at__isnull=False, ended_at=None)
    by_order: dict[int, list[Follower]] = {}
    for follower in rows.select_related("order__store", "order__customer") if fresh else ():
        by_order.setdefault(follower.order_id, []).append(follower)
    told = [
        (follower, f"follow:{follower.pk}:{move.shipment_id}:{move.milestone}")
        for move in fresh
        for follower in by_order.get(move.order_id, ())
    ]
    if told:
        _plan(NEWS, told, now, NEWS_OF_USE)


def _plan(slug: str, told: Sequence[tuple[Follower, str]], now: datetime, of_use: timedelta) -> None:
    template = Template.objects.filter(slug=slug).first()
    if template is None:
        return
    of_followers = stream("followers", "Followers of orders")
    plan(
        [
            Planned(
                key=key,
                stream_id=of_followers.pk,
                template_id=template.pk,
                customer_id=None,
                address=follower.email,
                language=follower.language,
                subject=("follower", follower.pk),
                cause=("order", follower.order_id),
                send_after=now,
                expires_at=now + of_use,
                country=follower.order.store.country,
                time_zone=follower.order.store.time_zone,
                sender_id=follower.order.store.sender_id,
            )
            for follower, key in told
        ]
    )


def object_to_left(messages: Sequence[Message], now: datetime) -> Mapping[int, Reason]:
    """The gate's late objection: nobody is written to who left meanwhile, or whose order was called off."""
    rows = Follower.objects.filter(pk__among={m.subject_id for m in messages}).select_related("order")
    known = {follower.pk: follower for follower in rows}
    answers = {m.pk: _objection(known.get(m.subject_id or 0)) for m in messages}
    return {pk: reason for pk, reason in answers.items() if reason}


def _objection(follower: Follower | None) -> Reason | None:
    if follower is None or follower.ended_at:
        return Reason(_("They no longer want news of this order."))
    if follower.order.cancelled_at:
        return Reason(_("The order was cancelled."))
    return None

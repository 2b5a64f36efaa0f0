"""A customer's account at /me/: no password, a link that goes to one of their own addresses.

The link names the address that it was mailed to. It shows the orders of that address alone (families share telephone
numbers, and a number may lead to one person), and ends after thirty days, or when an agent revokes the person's links.
Apps above show what they know by template tags: they are handed the ``Owner``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Identifier
from messaging.actions import Planned, plan, stream
from messaging.contexts import Context
from messaging.models import Template
from orders.actions import speak
from orders.contexts import DESCRIBE as OF_ORDER
from orders.contexts import load_buyers
from orders.models import Order
from shelf import links
from shelf.emails import normalise_email

PURPOSE = "account"
LIVES = timedelta(days=30)
TEMPLATE = "account_link"
SHOWN = 50  # orders


@dataclass(frozen=True, slots=True)
class Owner:
    """Who looks at their account; ``token`` is for the addresses of forms on the page."""

    customer: Customer
    address: str
    token: str

    @property
    def customer_id(self) -> int:
        return self.customer.pk

    def orders(self) -> list[Order]:
        """The newest first."""
        rows = Order.objects.filter(customer=self.customer, email=self.address, placeholder=False)
        return list(rows.select_related("store").order_by("-placed_at", "-pk")[:SHOWN])


def account_url(identifier: Identifier, now: datetime | None = None) -> str:
    return f"{settings.PUBLIC_URL}/me/{links.make(PURPOSE, identifier.pk, expires_in=LIVES, now=now)}/"


def owner_behind(token: str) -> Owner:
    """Raises BadLink: absent, forged, expired and revoked look alike."""
    link = links.read(PURPOSE, token)
    row = Identifier.objects.filter(pk=link.object_id, kind=Identifier.Kind.EMAIL).select_related("customer").first()
    if row is None or (row.links_revoked_at and link.issued_at <= row.links_revoked_at):
        raise links.BadLink
    return Owner(row.customer, row.value, token)


# --- The mail with the link -----------------------------------------------------------------------------------------


@transaction.atomic
def mail_account_link(email: str, now: datetime) -> None:
    """A fresh link to that address, at most once an hour; silence if nobody with an order is reached there."""
    address = normalise_email(email)
    template = Template.objects.filter(slug=TEMPLATE).first()
    known = Identifier.objects.filter(kind=Identifier.Kind.EMAIL, value=address or "-").first()
    order = newest_order([known.customer_id]).get(known.customer_id) if known else None
    if template is None or known is None or order is None:
        return
    plan(
        [
            Planned(
                key=f"account:{known.pk}:{now:%Y%m%d%H}",
                stream_id=stream("account", "Account").pk,
                template_id=template.pk,
                customer_id=known.customer_id,
                address=known.value,
                language=speak(order),
                subject=("account", known.pk),
                cause=("account", known.pk),
                send_after=now,
                expires_at=now + timedelta(hours=24),
                country=order.store.country,
                sender_id=order.store.sender_id,
            )
        ]
    )


def newest_order(customer_ids: Sequence[int]) -> dict[int, Order]:
    """{customer: the last order}: its shop is the one that writes."""
    rows = Order.objects.filter(customer__in=customer_ids, placeholder=False).select_related("store", "customer")
    return {order.customer_id or 0: order for order in rows.order_by("placed_at", "pk")}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """By address: who is written to as a customer of the shop of their last order, and the link."""
    known = {row.pk: row for row in Identifier.objects.filter(pk__in=ids, kind=Identifier.Kind.EMAIL)}
    last = newest_order([row.customer_id for row in known.values()])
    told = load_buyers([order.pk for order in last.values()], now)
    return {
        pk: {**told[last[row.customer_id].pk], "account": {"url": account_url(row, now)}}
        for pk, row in known.items()
        if row.customer_id in last
    }


DESCRIBE = {**OF_ORDER, "account": {"url": "url"}}
CONTEXT = Context(load, DESCRIBE, {"account.url": _("signed link to the reader's account, good for thirty days")})

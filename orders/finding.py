"""Find my order: a fresh link goes to the order's own address, and nothing is shown to whoever asked."""

from datetime import datetime, timedelta

from django.db import transaction

from messaging.actions import Planned, plan, stream
from messaging.models import Template
from orders.actions import speak
from orders.models import Order
from shelf.emails import normalise_email

FIND_TEMPLATE = "order_link"


@transaction.atomic
def mail_link(number: str, email: str, now: datetime) -> None:
    """Mail a fresh link to the order's own address, at most once an hour per order; silence if nothing matches."""
    template = Template.objects.filter(slug=FIND_TEMPLATE).first()
    address = normalise_email(email)
    wanted = number.strip().lstrip("#")
    orders = Order.objects.filter(number__in=[wanted, f"#{wanted}"], email=address or "-").select_related(
        "store", "customer"
    )[:3]
    if template is None or address is None:
        return
    plan(
        [
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
    )

"""Answers to facts of other floors."""

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events.models import Event
from feedback.actions import close_requests
from orders.models import Order, Payment

CANCELLED = _("The order was cancelled.")
REFUNDED = _("All the money went back to the customer.")


def stop_asking_cancelled(events: list[Event]) -> None:
    """order.cancelled: what never came is not asked about."""
    close_requests([event.subject_id for event in events], CANCELLED, timezone.now())


def stop_asking_refunded(events: list[Event]) -> None:
    """refund.recorded: of those orders, the ones of which nothing was kept."""
    orders = Payment.objects.filter(pk__in=[event.data["payment_id"] for event in events]).values("order")
    whole = Order.objects.filter(pk__in=orders, financial=Order.Financial.REFUNDED).values_list("pk", flat=True)
    close_requests(list(whole), REFUNDED, timezone.now())

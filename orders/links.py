"""The addresses of an order's page: a stub that says where the parcel is and nothing personal, and a signed link.

``/o/<token>/`` takes both: the order's 128-bit public id opens the stub, a signed token opens the page. Raising
``Order.link_version`` revokes every signed link at once.
"""

from datetime import timedelta

from django.conf import settings

from orders.models import Order
from shelf import links

PURPOSE = "order"
LIVES = timedelta(days=180)  # from the mail that carried it; "find my order" mails a fresh one


def status_url(order: Order) -> str:
    """The signed address of the page, for mails to the customer."""
    return f"{settings.PUBLIC_URL}/o/{links.make(PURPOSE, order.pk, order.link_version, LIVES)}/"


def stub_url(order: Order) -> str:
    """The address that may be shared: no names, no address, no tracking number."""
    return f"{settings.PUBLIC_URL}/o/{order.public_id}/"

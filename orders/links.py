"""The addresses of an order's page: a stub that says where the parcel is and nothing personal, and a signed link.

``/o/<token>/`` takes both: the order's 128-bit public id opens the stub, a signed token opens the page. Raising
``Order.link_version`` revokes every signed link at once.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import Http404

from orders.models import Order, OrderPage
from shelf import links

PURPOSE = "order"
LIVES = timedelta(days=180)  # from the mail that carried it; "find my order" mails a fresh one


def status_url(order: Order) -> str:
    """The signed address of the page, for mails to the customer."""
    return f"{settings.PUBLIC_URL}/o/{links.make(PURPOSE, order.pk, order.link_version, LIVES)}/"


def stub_url(order: Order) -> str:
    """The address that may be shared: no names, no address, no tracking number."""
    return f"{settings.PUBLIC_URL}/o/{order.public_id}/"


@dataclass(frozen=True, slots=True)
class Door:
    """What a token claims to open: an order by its signed link, or a stub by the public id."""

    order_id: int = 0
    version: int = 0
    public_id: str = ""

    @property
    def is_signed(self) -> bool:
        return bool(self.order_id)


def door_of(token: str) -> Door:
    """No query: whether there is such an order says the database."""
    try:
        link = links.read(PURPOSE, token)
    except links.BadLink:
        return Door(public_id=token.replace("\0", ""))
    return Door(link.object_id, link.version)


def page_behind(token: str) -> tuple[OrderPage, bool]:
    """The page that a token opens, and whether it was the signed one. One query; raises Http404, always alike.

    Who is *verified* is asked of the request: orders/verifying.py.
    """
    # the seller: who has one has documents; the storefront: what the shop's own pages take; self-service: its policy
    rows = OrderPage.objects.select_related(
        "order__store__seller", "order__store__storefront", "order__store__self_service"
    )
    door = door_of(token)
    if door.is_signed:
        rows = rows.filter(pk=door.order_id, order__link_version=door.version)
    else:
        rows = rows.filter(order__public_id=door.public_id)
    page = rows.first()
    if page is None:
        raise Http404
    return page, door.is_signed


def signed_page(token: str) -> OrderPage:
    """For doors that a stub does not open."""
    page, is_signed = page_behind(token)
    if not is_signed:
        raise Http404
    return page

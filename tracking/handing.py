"""The code with which a customer collects an order: a signed link that staff's phone opens.

It leads to a page for signed-in staff; a GET shows, a POST hands over. Raising ``Order.link_version`` revokes it with
every other link of the order.
"""

from django.conf import settings
from django.urls import reverse

from orders.models import Order
from shelf import links
from tracking.models import Shipment

PURPOSE = "hand-over"


def code_url(shipment: Shipment, order: Order) -> str:
    token = links.make(PURPOSE, shipment.pk, order.link_version)
    return f"{settings.PUBLIC_URL}{reverse('hand-over', args=[token])}"


def shipment_behind(token: str) -> Shipment | None:
    """The parcel of this code; None when it is none, or was revoked."""
    try:
        link = links.read(PURPOSE, token)
    except links.BadLink:
        return None
    rows = Shipment.objects.select_related("order__store", "order__customer")
    return rows.filter(pk=link.object_id, order__link_version=link.version).first()

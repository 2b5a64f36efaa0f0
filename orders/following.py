"""What mails to second recipients may speak of, and the address at which they say yes or leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from messaging.contexts import Context
from orders.contexts import DESCRIBE as OF_ORDER
from orders.contexts import manner_of, of_store
from orders.links import stub_url
from orders.models import Follower
from shelf import links

PURPOSE = "follower"
DESCRIBE = {
    "store": OF_ORDER["store"],
    "follow": {"number": "text", "stage": "text", "url": "url", "answer_url": "url"},
}
WORDS = {
    "follow.number": _("number of the order whose parcels are followed"),
    "follow.stage": _("where it stands: shipped, on_the_way, out_for_delivery, ready_for_pickup, delivered"),
    "follow.url": _("page that says where it is and nothing personal"),
    "follow.answer_url": _("page on which the reader says yes, or leaves"),
}


def answer_url(follower: Follower) -> str:
    return f"{settings.PUBLIC_URL}/o/{links.make(PURPOSE, follower.pk, follower.link_version)}/following/"


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """One query. Nothing of the person whose order it is."""
    rows = Follower.objects.filter(pk__in=ids).select_related("order__store")
    return {
        follower.pk: {
            "zone": follower.order.store.time_zone,
            "manner": manner_of(follower.order.store),
            "about": {},  # mails to them can name nothing else of the order
            "markup": [],
            "store": of_store(follower.order.store),
            "follow": {
                "number": follower.order.number,
                "stage": str(follower.order.stage),
                "url": stub_url(follower.order),
                "answer_url": answer_url(follower),
            },
        }
        for follower in rows
    }


CONTEXT = Context(load, DESCRIBE, WORDS)

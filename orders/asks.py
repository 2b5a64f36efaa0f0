"""Who has not paid at the door is not asked for an opinion: what waits for the money, and what lets it go."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_noop as _

from messaging.actions import let_go

ASKS = ("review_requests", "surveys")
UNPAID = _("The parcel is not paid for yet: nobody is asked for an opinion before.")


def let_go_paid(order_ids: Collection[int], now: datetime) -> int:
    """The money came: what waited for it is looked at now."""
    return let_go("order", order_ids, UNPAID, now) if order_ids else 0

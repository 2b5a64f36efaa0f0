"""What a journey may do to a customer."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.actions import add_tags
from shelf.acts import Act, ActField, Doing


def tag(doings: Sequence[Doing], now: datetime) -> set[str]:
    add_tags([(doing.customer_id, doing.values["tag"]) for doing in doings if doing.customer_id], now)
    return {doing.key for doing in doings if not doing.customer_id}


ADD_TAG = Act(_("add a tag to the customer"), tag, (ActField("tag", _("tag"), longest=60),))

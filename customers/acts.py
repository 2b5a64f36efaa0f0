"""What a journey may do to a customer."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.actions import change_tags
from customers.consent import Said, withdraw
from customers.models import Identifier
from shelf.acts import Act, ActField, Doing


def tag(doings: Sequence[Doing], now: datetime) -> set[str]:
    by_tag: dict[str, list[int]] = {}
    for doing in doings:
        if doing.customer_id:
            by_tag.setdefault(doing.values["tag"], []).append(doing.customer_id)
    for word, customer_ids in sorted(by_tag.items()):
        change_tags(customer_ids, add=[word])
    return {doing.key for doing in doings if not doing.customer_id}


ADD_TAG = Act(_("add a tag to the customer"), tag, (ActField("tag", _("tag"), longest=60),))


def stop_marketing(doings: Sequence[Doing], now: datetime) -> set[str]:
    """As if they had said so themselves, at every e-mail of theirs. A few people a day: one by one."""
    people = {doing.customer_id for doing in doings if doing.customer_id}
    rows = Identifier.objects.filter(customer__in=people, kind=Identifier.Kind.EMAIL).order_by("pk")
    for identifier in rows.select_related("customer"):
        withdraw(Said(identifier.value, "email", "marketing", "journey", now, customer=identifier.customer))
    return {doing.key for doing in doings if not doing.customer_id}


STOP_MARKETING = Act(_("stop marketing e-mails to the customer"), stop_marketing)

"""Nobody is asked or advertised to while something is not settled with them: a parcel is late, a return is open."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from customers.models import OpenMatter, Purpose
from messaging.gate.decisions import Decision
from messaging.models import Message
from shelf.reasons import Reason

# The fact that a matter closed lets go what waits for it. This look is for a matter that closed in the very moment in
# which its message was held.
AT_LATEST = timedelta(days=1)
WAITS_FOR_MATTER = _("Something is not settled with this customer (%(matter)s): only news of their orders go out.")


def open_matters_of(customer_ids: Collection[int | None]) -> dict[int, str]:
    """Customer → what is not settled, for those of them with whom something is not."""
    rows = OpenMatter.objects.filter(customer_id__in=[pk for pk in customer_ids if pk], closed_at__isnull=True)
    return dict(rows.values_list("customer_id", "kind"))


def held_by_matter(m: Message, purpose: Purpose, open_matters: Mapping[int, str], now: datetime) -> Decision | None:
    if purpose.waits_for_open_matters and m.customer_id and m.customer_id in open_matters:
        why = Reason(WAITS_FOR_MATTER, {"matter": open_matters[m.customer_id]})
        return Decision("hold", why, now + AT_LATEST)
    return None

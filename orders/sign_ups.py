"""A yes that waits for its owner: what the mail that asks to confirm it may speak of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from customers.consent import waiting_for
from customers.models import Consent
from messaging.contexts import Context
from messaging.links import confirm_url
from orders.contexts import DESCRIBE as OF_ORDER
from orders.contexts import of_store
from orders.models import Store
from orders.variables import OF_SUBSCRIPTIONS

TEXT = "text"
DESCRIBE = {
    "store": OF_ORDER["store"],
    "subscription": {"confirm_url": "url", "wording": TEXT, "address": TEXT},
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Lines of the ledger that wait for confirmation. The store is the one whose form it was, else the oldest."""
    lines = Consent.objects.filter(pk__in=ids)
    stores = list(Store.objects.order_by("pk"))
    by_slug = {store.slug: store for store in stores}
    of_line = {line: by_slug.get(line.evidence.get("store"), stores[0] if stores else None) for line in lines}
    return {line.pk: of_sign_up(line, store, now) for line, store in of_line.items() if store}


def of_sign_up(line: Consent, store: Store, now: datetime) -> dict[str, Any]:
    wordings = [one.wording.body.replace("{store}", store.name) for one in waiting_for(line, now) if one.wording]
    return {
        "zone": store.time_zone,
        "about": {"customer": line.customer_id},
        "store": of_store(store),
        "subscription": {"confirm_url": confirm_url(line), "wording": " ".join(wordings), "address": line.address},
    }


CONTEXT = Context(load, DESCRIBE, OF_SUBSCRIPTIONS)

"""Orders that lead to nobody, and the app's one error."""

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from orders.models import Order, Store
from orders.stores.seen import OrderSeen
from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from shelf.reasons import Refusal


class OrderRefused(Refusal):
    """An order that cannot be kept, with a sentence for the merchant."""


NO_CONTACT = _(
    "Order %(number)s has neither an e-mail nor a telephone number that can be read: nobody could be told about it. "
    "Add one in the shop; its next message brings the order in."
)


def find_unreachable(store: Store, seen: Sequence[OrderSeen]) -> dict[str, OrderRefused]:
    """Refusals, by the shop's id, of orders that lead to nobody. One that we know keeps the contact it came with."""
    silent = {s.external_id: s.number for s in seen if not _contact_of(store, s)}
    known = Order.objects.filter(store=store, external_id__in=list(silent), placeholder=False) if silent else ()
    kept = {order.external_id for order in known}
    return {key: OrderRefused(NO_CONTACT, number=number) for key, number in silent.items() if key not in kept}


def _contact_of(store: Store, seen: OrderSeen) -> str | None:
    region = seen.address.country or store.country
    return normalise_email(seen.email) or normalise_phone(seen.phone or seen.address.phone, region)

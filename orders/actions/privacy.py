"""What platforms pass on of people's wishes for their data: work for the owner, never done by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from customers.actions import Sighting, find_known
from customers.models import Customer
from events.sources import Unreadable
from orders.models import Store
from orders.stores.seen import PrivacySeen

WITHIN = timedelta(days=30)  # what Shopify allows, and less than any law we know of

HAND_OUT = _("A customer asks for their data by way of the shop. Hand it out by %(day)s.")
ERASE = _("A customer asks by way of the shop to be erased. See to it by %(day)s.")
NOBODY = _("Somebody asks by way of the shop for their data, or to be erased. We know nobody of that name or address.")
SHOP = _("The shop is closed or disconnected: the platform asks to erase all its customers by %(day)s. You decide.")


def hear_wishes(
    store: Store, wishes: Sequence[tuple[PrivacySeen, datetime]]
) -> list[tuple[Unreadable, Customer | None]]:
    """One refusal for each: its receipt is parked, so that a person sees it, with the customer beside it."""
    people = find_known([_sighting(store, wish) for wish, _at in wishes])
    return [(_work(wish, at, person), person) for (wish, at), person in zip(wishes, people, strict=True)]


def _sighting(store: Store, wish: PrivacySeen) -> Sighting:
    return Sighting(store.slug, wish.customer_external_id, wish.email, wish.phone, region=store.country)


def _work(wish: PrivacySeen, at: datetime, person: Customer | None) -> Unreadable:
    day = (at + WITHIN).date().isoformat()
    if wish.wish == "shop_redact":
        return Unreadable(SHOP, day=day)
    if person is None:
        return Unreadable(NOBODY)
    return Unreadable(HAND_OUT if wish.wish == "data_request" else ERASE, day=day)

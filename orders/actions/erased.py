"""Orders of people whose data were erased: the shop still knows them and shows them again; we stay without."""

from collections.abc import Sequence
from dataclasses import replace

from orders.models import Order, Store
from orders.stores.seen import AddressSeen, OrderSeen


def without_erased(store: Store, seen: Sequence[OrderSeen]) -> Sequence[OrderSeen]:
    """The same orders, where their customer was erased without whatever says who it was; one query."""
    ids = [one.external_id for one in seen]
    found = Order.objects.filter(store=store, external_id__in=ids, customer__erasure__isnull=False)
    erased = set(found.values_list("external_id", flat=True))
    return [_nameless(one) if one.external_id in erased else one for one in seen] if erased else seen


def _nameless(seen: OrderSeen) -> OrderSeen:
    return replace(
        seen,
        email="",
        phone="",
        first_name="",
        last_name="",
        customer_id="",
        address=AddressSeen(country=seen.address.country),
        pay_url="",
        fiscal_url="",
        accepts_marketing=None,
    )

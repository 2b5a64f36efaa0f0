"""What carriers tell us. To add a source, write its adapter in carriers/ and name it there."""

from types import ModuleType

from django.utils import timezone

from events.sources import Outcome, Source, name_of
from tracking import actions
from tracking.carriers import ADAPTERS


def source_of(adapter: ModuleType) -> Source:
    name = name_of(adapter)

    def store_seen(batch: list) -> list[Outcome]:
        parcels = [(parcel, receipt.received_at) for receipt, seen in batch for parcel in seen]
        owners = [receipt.pk for receipt, seen in batch for _parcel in seen]
        outcomes = actions.save_parcels(parcels, name, timezone.now(), receipts=owners)
        owner_of = actions.customers_of(parcel.number for parcel, _at in parcels)
        for receipt, seen in batch:
            numbers = [actions.tidy_number(parcel.number) for parcel in seen]
            receipt.customer_id = next((owner_of[n] for n in numbers if n in owner_of), None)
        # A receipt with several parcels waits if any of them waits.
        worst: dict[int, Outcome] = {}
        for pk, outcome in zip(owners, outcomes, strict=True):
            worst[pk] = worst.get(pk) or outcome
        return [worst.get(receipt.pk) for receipt, _seen in batch]

    in_address = getattr(adapter, "SECRET_IN_ADDRESS", False)
    return Source(name, adapter.authentic, adapter.envelope, adapter.read, store_seen, secret_in_address=in_address)


SOURCES = [source_of(adapter) for adapter in ADAPTERS]

"""What carriers tell us. To add a source, write its adapter in carriers/ and name it there."""

from dataclasses import replace
from functools import partial
from types import ModuleType

from django.utils import timezone

from events.models import Receipt
from events.sources import Outcome, Source, name_of
from tracking import actions
from tracking.carriers import ADAPTERS, ASKED
from tracking.carriers.seen import ParcelSeen, PlaceSeen


def _store(adapter: ModuleType, name: str, told: list) -> list[Outcome]:
    """(receipt, parcel): believed, or taken as a hint that the carrier is to be asked."""
    now = timezone.now()
    hints = [place for place, (receipt, _parcel) in enumerate(told) if _is_hint(adapter, receipt)]
    believed = [told[place] for place in range(len(told)) if place not in set(hints)]
    heard = actions.hint(name, [told[place][1].number for place in hints], now) if hints else []
    parcels = [(parcel, receipt.received_at) for receipt, parcel in believed]
    kept = actions.save_parcels(parcels, name, now, receipts=[receipt.pk for receipt, _parcel in believed])
    outcomes = dict(zip(hints, heard, strict=True))
    rest = iter(kept)
    return [outcomes[place] if place in outcomes else next(rest) for place in range(len(told))]


def _is_hint(adapter: ModuleType, receipt: Receipt) -> bool:
    """A push of a source that signs nothing, where we have a key to ask it ourselves."""
    may_be = getattr(adapter, "PUSHES_ARE_HINTS", False)
    return bool(may_be and receipt.topic != adapter.ORDER and receipt.connection.token)


def source_of(adapter: ModuleType) -> Source:
    name = name_of(adapter)

    def store_seen(batch: list) -> list[Outcome]:
        if places := [place for _receipt, seen in batch for place in seen if isinstance(place, PlaceSeen)]:
            actions.save_places(places, timezone.now())
        told = [(receipt, seen) for receipt, all_ in batch for seen in all_ if isinstance(seen, ParcelSeen)]
        owner_of = actions.customers_of(parcel.number for _receipt, parcel in told)
        outcomes = _store(adapter, name, told)
        # A receipt with several parcels waits if any of them waits.
        worst: dict[int, Outcome] = {}
        for (receipt, parcel), outcome in zip(told, outcomes, strict=True):
            worst[receipt.pk] = worst.get(receipt.pk) or outcome
            receipt.customer_id = receipt.customer_id or owner_of.get(actions.tidy_number(parcel.number))
        return [worst.get(receipt.pk) for receipt, _seen in batch]

    source = Source(name, adapter.authentic, adapter.envelope, adapter.read, store_seen)
    source = replace(
        source,
        secret_in_address=getattr(adapter, "SECRET_IN_ADDRESS", False),
        only_asked=getattr(adapter, "ONLY_ASKED", False),
    )
    if name not in ASKED:
        return source
    wanted, asked = partial(actions.wanted, name), partial(actions.asked, name)
    return replace(source, poll=adapter.poll, wanted=wanted, asked=asked, at_once=adapter.AT_ONCE)


SOURCES = [source_of(adapter) for adapter in ADAPTERS]

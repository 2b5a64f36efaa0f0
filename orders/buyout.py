"""The buy-out rate: of parcels that asked for cash at the door, how many were taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf

from customers.models import Customer
from orders.models import Payment

MOST_ROWS = 20
LEFT = ("unclaimed", "returned")
# A carrier's row per parcel: orders.actions.refunds.note_cash. Called off by the shop: neither.
TAKEN = Q(state=Payment.State.PAID) | Q(state=Payment.State.PENDING, reason="taken")
ENDED = TAKEN | Q(state=Payment.State.CANCELLED, reason__in=LEFT)


@dataclass(frozen=True, slots=True)
class Share:
    """``taken`` of ``parcels``; ``name`` is whose."""

    name: str
    taken: int
    parcels: int
    customer_id: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """``customers`` are those who left most; the others are the most frequent first."""

    whole: Share
    carriers: list[Share]
    regions: list[Share]
    customers: list[Share]


def figures(since: datetime, until: datetime) -> Figures:
    """Five queries, over the parcels whose end was told within the period."""
    rows = Payment.objects.filter(
        ENDED,
        kind=Payment.Kind.ON_DELIVERY,
        source=Payment.Source.CARRIER,
        at__gte=since,
        at__lte=until,
        order__test=False,
    ).order_by()
    whole = rows.aggregate(taken=Count("pk", filter=TAKEN), n=Count("pk"))
    region = Coalesce(NullIf(_address("region"), Value("")), _address("city"), Value(""), output_field=TextField())
    return Figures(
        Share("", whole["taken"], whole["n"]),
        _shares(rows.values_list("method")),
        _shares(rows.annotate(where=region).values_list("where")),
        _customers(rows),
    )


def _address(part: str) -> KeyTextTransform:
    return KeyTextTransform(part, "order__address")


def _shares(grouped: QuerySet) -> list[Share]:
    counted = grouped.annotate(taken=Count("pk", filter=TAKEN), n=Count("pk"))
    return [Share(*row) for row in sorted(counted, key=lambda row: (-row[2], row[0]))[:MOST_ROWS]]


def _customers(rows: QuerySet) -> list[Share]:
    grouped = rows.filter(order__customer__isnull=False).values_list("order__customer")
    counted = grouped.annotate(taken=Count("pk", filter=TAKEN), n=Count("pk")).filter(n__gt=F("taken"))
    most = list(counted.order_by(F("taken") - F("n"), "order__customer")[:MOST_ROWS])
    known = Customer.objects.in_bulk([pk for pk, _taken, _n in most])
    return [Share(_name(known[pk]), taken, n, pk) for pk, taken, n in most]


def _name(customer: Customer) -> str:
    return customer.name or f"#{customer.pk}"


def rate(share: Share, enough: int) -> float | None:
    """None where a share would say nothing."""
    return share.taken / share.parcels if share.parcels >= enough else None


def all_rows(found: Figures) -> Sequence[tuple[str, list[Share]]]:
    return ("all", [found.whole]), ("carrier", found.carriers), ("region", found.regions), ("customer", found.customers)

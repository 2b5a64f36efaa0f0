"""Hand out what is held of somebody, and erase it: the tables and their columns stand in ``holdings`` of each app."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import BinaryField, Model, QuerySet

from customers.channels import channels_reaching
from customers.consent import Said, erasing, withdraw
from customers.events import CustomerErased
from customers.holdings import Holding, People, holdings
from customers.models import Customer, Erasure, Identifier
from events.facts import Recorded, record_all
from events.models import Receipt
from shelf.reasons import Refusal

MAILED = ("email", "phone")


class ErasureRefused(Refusal):
    """Nothing was erased."""


@dataclass(frozen=True, slots=True)
class Held:
    """So many rows of one table."""

    holding: Holding
    rows: int


def people_of(ids: Sequence[int]) -> People:
    known = Identifier.objects.filter(customer__in=ids).exclude(kind=Identifier.Kind.EXTERNAL)
    return People(tuple(sorted(ids)), tuple(sorted(known.values_list("value", flat=True))))


def look(ids: Sequence[int]) -> list[Held]:
    """What an erasure would touch; nothing is changed. Tables without a row of theirs are left out."""
    people = people_of(ids)
    held = [Held(holding, holding.rows(people).count()) for holding in holdings() if holding.tells]
    return [one for one in held if one.rows]


# --- Handing out --------------------------------------------------------------------------------------------------


def hand_out(customer_id: int) -> bytes:
    """A zip of ``data.json`` ({table: [{column: value}]}) and of the files that were sent to us, for one person.

    What is personal is in it in full; what opens doors (keys, codes of links) is not.
    """
    people, told, out = people_of([customer_id]), {}, io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for holding in holdings():
            if not holding.tells:
                continue
            rows = [_spoken(holding, row, archive) for row in holding.rows(people).order_by("pk")]
            if rows:
                told.setdefault(holding.model, []).extend(rows)
        archive.writestr("data.json", json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
    return out.getvalue()


def _spoken(holding: Holding, row: Model, archive: zipfile.ZipFile) -> dict[str, Any]:
    spoken: dict[str, Any] = {}
    for column in row._meta.concrete_fields:
        if column.name in holding.hides:
            continue
        value = getattr(row, column.attname)
        if isinstance(column, BinaryField):
            name = f"files/{holding.model}-{row.pk}-{column.name}"
            archive.writestr(name, bytes(value))
            value = name
        spoken[column.name] = value
    return spoken


# --- Erasing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def erase(ids: Sequence[int], now: datetime, by: int | None = None) -> Mapping[str, int]:
    """Empty and delete what ``holdings`` say; {table: rows}. Who was erased already stays so.

    One transaction, and as many statements for a thousand people as for one. An order of theirs that its shop shows
    again later stays without a name (orders.actions.erased).

    :raises ErasureRefused: when a letter to one of them is just leaving.
    """
    wanted = Customer.objects.select_for_update(of=("self",)).filter(pk__in=ids, erasure=None).order_by("pk")
    people = people_of([customer.pk for customer in wanted])
    if not people.ids:
        return {}
    for holding in holdings():
        if holding.holds_up and holding.rows(people).exists():
            raise ErasureRefused(holding.holds_up)
    for said in _refusals(people, now):
        withdraw(said)
    counts: Counter[str] = Counter()
    with erasing():
        for holding in holdings():
            rows = holding.rows(people)
            touched = rows.delete()[1].get(holding.model, 0) if holding.goes else _empty(holding, rows)
            if touched and holding.tells:
                counts[holding.model] += touched
    Erasure.objects.bulk_create(Erasure(customer_id=pk, at=now, by_id=by, counts=dict(counts)) for pk in people.ids)
    record_all([Recorded(CustomerErased(), ("customer", pk), pk, now, f"customer.erased:{pk}") for pk in people.ids])
    return dict(counts)


def _empty(holding: Holding, rows: QuerySet) -> int:
    return rows.update(**holding.empties) if holding.empties else 0


def _refusals(people: People, now: datetime) -> list[Said]:
    """Should an address come back, with an old file or another shop, nobody advertises to it."""
    known = Identifier.objects.filter(customer__in=people.ids, kind__in=MAILED).select_related("customer")
    return [
        Said(one.value, channel, "marketing", "erasure", now, customer=one.customer)
        for one in known
        for channel in channels_reaching(one.kind)
    ]


def forget_again() -> int:
    """Deliveries about erased people that came, or were read, afterwards lose their body too. How many."""
    late = Receipt.objects.filter(customer_id__in=Erasure.objects.values("pk"), state__in=("done", "ignored"))
    return late.exclude(body=b"").update(body=b"")

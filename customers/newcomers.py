"""People met in a backfill, by the thousand: recognised as everybody is, and those who are new written by COPY."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models.base import ModelState

from customers.actions import Bought, Met, Sighting, add_up, count_orders, derive, learn_names, meet
from customers.consent import count_marketing
from customers.models import Customer, Identifier, Stats
from shelf.rows import copy_rows, new_keys

PERSON = [f.attname for f in Customer._meta.concrete_fields]
FIGURES = [f.attname for f in Stats._meta.concrete_fields]
NOTHING_YET = {f.attname: f.get_default() for f in Stats._meta.concrete_fields}
OWN = {f.attname: f.default for f in Stats._meta.concrete_fields if f.has_default() and callable(f.default)}


def enlist(sightings: Sequence[Sighting], now: datetime) -> Met:
    """Who was seen, like ``recognise``; strangers and their identifiers are written, their figures are not yet.

    Raises IntegrityError when somebody else wrote one of them meanwhile: then the whole batch is to be recognised anew.
    """
    met = meet(sightings)
    for stranger, key in zip(met.strangers, new_keys(Customer, len(met.strangers)), strict=True):
        stranger.pk, stranger.created_at = key, now
    copy_rows(Customer, PERSON, map(attrgetter(*PERSON), met.strangers))
    names = ("customer_id", "kind", "scope", "value", "created_at")
    copy_rows(Identifier, names, ((owner.pk, *key, now) for key, owner in met.free.items()))
    learn_names(sightings, met.found)
    return met


def count_in(met: Met, bought: Iterable[Bought]) -> None:
    """Write the figures of those who were met: strangers' at once as they end up, the others' as always."""
    by_customer = defaultdict(list)
    for one in bought:
        by_customer[one.customer_id].append(one)
    rows = [_figures(stranger, by_customer.pop(stranger.pk, ())) for stranger in met.strangers]
    copy_rows(Stats, FIGURES, map(attrgetter(*FIGURES), rows))
    count_orders(one for many in by_customer.values() for one in many)
    count_marketing({value for _kind, _scope, value in met.free})


def _figures(customer: Customer, bought: Iterable[Bought]) -> Stats:
    row: Any = Stats.__new__(Stats)  # __init__ takes twenty microseconds for its twenty-five fields
    row.__dict__.update(NOTHING_YET)
    row.__dict__.update({name: default() for name, default in OWN.items()})
    row._state, row.customer_id, row.country = ModelState(), customer.pk, customer.country
    if bought:
        add_up(row, bought)
        derive(row)
    return row

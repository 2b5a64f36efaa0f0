"""The registry of what conditions may ask: lent by the apps below (FIELDS in wiring), one namespace per subject.

It feeds segments, conditions of journeys, mails (messaging/named.py) and the API. A subject's values come by the batch.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, Q

from customers.models import Stats
from orders.models import Order
from shelf import conditions
from shelf.conditions import Field, Node, Type
from shelf.conditions.values import Money
from tracking.models import Shipment

# subject → the model whose columns its fields name
SUBJECTS: dict[str, type[Model]] = {"customer": Stats, "order": Order, "shipment": Shipment}

FIELDS: dict[str, Field] = {}


def lend_with(fields: Iterable[Field]) -> None:
    """Given once by config/apps.py."""
    FIELDS.clear()
    for field in fields:
        if field.name in FIELDS or field.subject not in SUBJECTS:
            raise RuntimeError(f"The field {field.name} is lent twice, or its subject is unknown.")
        FIELDS[field.name] = field


def fields_of(*subjects: str) -> list[Field]:
    return [field for field in FIELDS.values() if field.subject in subjects]


def read(raw: Any, *subjects: str) -> Node:
    """The tree, if all its fields speak of these subjects. Raises ConditionRefused."""
    return conditions.read(raw, {f.name: f for f in fields_of(*subjects)})


def holds(node: Node, values: Mapping[str, Any], now: datetime) -> bool:
    return conditions.holds(node, values, now, FIELDS)


def where(node: Node, now: datetime) -> Q:
    return conditions.where(node, now, FIELDS)


def outlook(node: Node, values: Mapping[str, Any], now: datetime) -> tuple[bool, datetime | None]:
    """The answer, and until when it stands whatever time does."""
    return conditions.outlook(node, values, now, FIELDS)


def fields_in(nodes: Iterable[Node]) -> set[Field]:
    """What has to be known to answer all of these."""
    return {field for node in nodes for field in conditions.fields_in(node, FIELDS)}


def values_of(fields: Collection[Field], subject: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """{id: {field: value}} of one subject: a query for its columns, and one for each set kept in other rows."""
    own = [field for field in fields if field.subject == subject]
    found = _columns([f for f in own if f.rows is None], SUBJECTS[subject], ids)
    for field in own:
        if field.rows is None:
            continue
        kept = field.rows
        rows = kept.rows().filter(**{f"{kept.owner}__in": ids}).order_by()
        for owner, value in rows.values_list(kept.owner, kept.value).distinct():
            if owner not in found:
                continue
            if field.type == Type.SET:
                found[owner].setdefault(field.name, set()).add(value)
            elif value is not None:
                found[owner][field.name] = max(value, found[owner].get(field.name, value))
    return found


def answers(fields: Collection[Field], subject: str, ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """The same with, of fields that have meanings, the choice that is true; for mails."""
    meant = {
        field: {choice: read(tree, subject) for choice, tree in field.meanings().items()}
        for field in fields
        if field.meanings
    }
    kept = {field for field in fields if not field.meanings}
    kept |= fields_in(node for choices in meant.values() for node in choices.values())
    known = values_of(kept, subject, ids)
    for values in known.values():
        for field, choices in meant.items():
            values[field.name] = next((choice for choice, node in choices.items() if holds(node, values, now)), None)
    return known


def _columns(fields: Sequence[Field], model: type[Model], ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    names = {name for f in fields for name in (f.column, f.currency_column) if name}
    rows = model._base_manager.filter(pk__in=ids).values("pk", *sorted(names))
    return {row["pk"]: {f.name: _value(f, row) for f in fields} for row in rows}


def _value(field: Field, row: Mapping[str, Any]) -> Any:
    value = row[field.column]
    if field.type == Type.MONEY and field.currency_column:
        return None if value is None else Money(Decimal(value), row[field.currency_column])
    return value

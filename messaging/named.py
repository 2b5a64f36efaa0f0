"""The registry's fields in mails: what segments may ask of a customer, an order or a parcel, a template may name.

Lent like CONTEXTS (FIELDS in wiring, the one registration), and asked only where a template names them: what an app
tells of its own subject under the same name is the same thing, and stays.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from messaging.rendering.problems import LiquidFault
from messaging.rendering.uses import named_variables, spaces_in
from shelf.conditions import Field, Type, choices_of
from shelf.conditions.values import Money

# (fields, subject, ids, now) → {id: {name of the field: value}}
Ask = Callable[[Collection[Field], str, Sequence[int], datetime], dict[int, dict[str, Any]]]

FIELDS: dict[str, Field] = {}
_ask: list[Ask] = []

KINDS: dict[Type, Any] = {
    Type.NUMBER: "number",
    Type.MONEY: "money",
    Type.TEXT: "text",
    Type.CHOICE: "choice",
    Type.MOMENT: "moment",
    Type.FLAG: "flag",
    Type.SET: ["text"],
}
# What is not known is empty or 0, never an error.
EMPTY: dict[Type, Any] = {Type.MONEY: Decimal(0), Type.TEXT: "", Type.CHOICE: "", Type.FLAG: False, Type.SET: ()}
MOST_CHOICES = 8


def lend_with(fields: Iterable[Field], ask: Ask) -> None:
    """Given once by config/apps.py."""
    FIELDS.clear()
    FIELDS.update({field.name: field for field in fields})
    _ask[:] = [ask]


def describe(known: Mapping[str, Any]) -> dict[str, Any]:
    """What the apps describe, and the fields beside it."""
    described = {space: dict(what) if isinstance(what, Mapping) else what for space, what in known.items()}
    for field in FIELDS.values():
        described.setdefault(field.subject, {}).setdefault(_key(field), KINDS[field.type])
    return described


def words() -> dict[str, str]:
    """Each field as an editor of segments calls it; of a choice, what may stand there."""
    return {name: _words(field) for name, field in FIELDS.items()}


def _words(field: Field) -> str:
    said = [str(field.label), str(field.help)]
    if field.type == Type.CHOICE:
        keys = [key for key, _label in choices_of(field)]
        most = ", ".join(keys[:MOST_CHOICES]) + (" …" if len(keys) > MOST_CHOICES else "")
        said.append(_("one of: %(choices)s") % {"choices": most})
    return "; ".join(filter(None, said))


def fields_in(sources: Iterable[str]) -> frozenset[str]:
    """The fields that a mail names anywhere: printed, asked about, or under another name."""
    try:
        names = named_variables(sources)
    except LiquidFault:
        return frozenset()  # it cannot be filled anyway, and says so
    return frozenset(
        name
        for name, field in FIELDS.items()
        if (field.subject,) in names or any(".".join(one[:2]) == name for one in names)
    )


def namespaces_in(sources: Iterable[str]) -> frozenset[str]:
    """The namespaces that a mail speaks of."""
    try:
        return spaces_in(sources)
    except LiquidFault:
        return frozenset()


def add(loaded: Iterable[dict[str, Any]], named: Collection[str], now: datetime) -> None:
    """Write the named fields into the data of many subjects: a query for the columns of each kind of subject."""
    many = list(loaded)
    for subject in {FIELDS[name].subject for name in named if name in FIELDS}:
        fields = [FIELDS[name] for name in named if name in FIELDS and FIELDS[name].subject == subject]
        lacking = [d for d in many if d.get("about", {}).get(subject) and not _keys(fields) <= set(d.get(subject, ()))]
        if not lacking:
            continue
        known = _ask[0](fields, subject, sorted({data["about"][subject] for data in lacking}), now)
        for data in lacking:
            values = known.get(data["about"][subject], {})
            currency = data.get("order", {}).get("currency", "")
            told = {_key(field): plain(field, values.get(field.name), currency) for field in fields}
            data[subject] = {**told, **data.get(subject, {})}


def _key(field: Field) -> str:
    return field.name.partition(".")[2]


def _keys(fields: Iterable[Field]) -> set[str]:
    return {_key(field) for field in fields}


def plain(field: Field, value: Any, currency: str) -> Any:
    """As templates know it. Money is what there is in the order's currency: sums of several are never added."""
    if isinstance(value, Money):
        value = {value.currency: value.amount}
    if field.type == Type.MONEY:
        return Decimal((value or {}).get(currency, 0))
    if field.type == Type.SET:
        return sorted(value or ())
    return EMPTY.get(field.type) if value is None else value

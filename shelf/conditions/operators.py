"""The one table of operators: what each reads, how it is asked in Python, how in SQL, when time changes its answer.

A value that is not known is None. An operator that ``denies`` another holds exactly where that one does not.
"""

import operator as compare
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import DecimalField, F, Max, OuterRef, Q, Subquery, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from shelf.conditions import values as v
from shelf.conditions.fields import MANY, Field, Rows, Type

Held = Callable[[Any, Any, datetime], bool]  # (the thing's value, the condition's, now)
Where = Callable[[Field, Any, datetime], Q]
Flips = Callable[[datetime, int], Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Operator:
    """``label`` stands between a field and its value in an editor. ``flips``: when time alone changes the answer."""

    name: str
    label: Any
    read: Callable[[Field, Any], Any]
    held: Held
    where: Where
    denies: str = ""  # the operator of which this is the contrary
    flips: Flips | None = None


OPERATORS: dict[tuple[str, str], Operator] = {}


def operators_of(field: Field) -> list[Operator]:
    """Those that fit the field's type; whether a meaning is known is no question."""
    found = [operator for (kind, _name), operator in OPERATORS.items() if kind == field.type]
    return [o for o in found if o.name not in ("known", "unknown")] if field.meanings else found


def _add(types: Sequence[Type], *operators: Operator) -> None:
    OPERATORS.update({(kind, operator.name): operator for kind in types for operator in operators})


def _known(held: Callable[[Any, Any], Any]) -> Held:
    return lambda mine, asked, _now: mine is not None and bool(held(mine, asked))


def _column(lookup: str) -> Where:
    return lambda field, asked, _now: compared(field, lookup, asked)


LOOKUPS: dict[str, Any] = {
    "gt": GreaterThan, "gte": GreaterThanOrEqual, "lt": LessThan, "lte": LessThanOrEqual, "isnull": IsNull
}  # fmt: skip


def compared(field: Field, lookup: str, asked: Any) -> Q:
    if field.rows is None:
        return Q(**{f"{field.column}__{lookup}": asked})
    return Q(LOOKUPS[lookup](_latest(field.rows), asked))


def _latest(kept: Rows) -> Subquery:
    """Asked row by row of those whom the other conditions leave; an index of the owner makes it quick."""
    rows = kept.rows().filter(**{kept.owner: OuterRef("pk")}).order_by().values(kept.owner)
    return Subquery(rows.annotate(latest=Max(kept.value)).values("latest"))


def _refuse(held: Held) -> Held:
    return lambda mine, asked, now: not held(mine, asked, now)


def _contrary(name: str, label: Any, of: Operator) -> Operator:
    def where(field: Field, asked: Any, now: datetime) -> Q:
        return contrary(field, of.where(field, asked, now))

    return Operator(name, label, of.read, _refuse(of.held), where, denies=of.name)


def contrary(field: Field, found: Q) -> Q:
    """Everybody whom ``found`` does not find, those whose value is not known among them."""
    return ~found | compared(field, "isnull", True) if _may_lack(field) else ~found


def _may_lack(field: Field) -> bool:
    """May its column be NULL? Sums by currency and sets in rows of their own are never unknown, only empty."""
    if field.type == Type.MONEY:
        return bool(field.currency_column)
    return field.type != Type.SET or field.rows is None


# --- Is it known at all? Empty text is not ------------------------------------------------------------------------


def _is_known(field: Field, _asked: Any, _now: datetime) -> Q:
    found = compared(field, "isnull", False)
    return found & ~Q(**{field.column: ""}) if field.type in (Type.TEXT, Type.CHOICE) else found


KNOWN = Operator("known", _("is known"), v.read_nothing, lambda mine, _a, _n: mine not in (None, ""), _is_known)
UNKNOWN = _contrary("unknown", _("is not known"), KNOWN)

# --- Numbers ------------------------------------------------------------------------------------------------------

SIGNS = {
    ">=": (_("is at least"), compare.ge, "gte"),
    "<=": (_("is at most"), compare.le, "lte"),
    ">": (_("is more than"), compare.gt, "gt"),
    "<": (_("is less than"), compare.lt, "lt"),
    "=": (_("is exactly"), compare.eq, "exact"),
}


def _number(lookup: str) -> Where:
    """Django leaves out a comparison with a number that no such column can hold, for it holds for all of them: those
    of whom no number is known stay out all the same."""

    def where(field: Field, asked: Any, _now: datetime) -> Q:
        found = compared(field, lookup, asked)
        return found & compared(field, "isnull", False) if field.rows is None else found

    return where


NUMBERS = {
    sign: Operator(sign, label, v.read_number, _known(held), _number(lookup))
    for sign, (label, held, lookup) in SIGNS.items()
}
_add([Type.NUMBER], *NUMBERS.values(), _contrary("!=", _("is not"), NUMBERS["="]))
_add(
    [Type.NUMBER],
    Operator(
        "between",
        _("is between"),
        v.read_range,
        _known(lambda mine, asked: asked[0] <= mine <= asked[1]),
        _column("range"),
    ),
    KNOWN,
    UNKNOWN,
)

# --- Money: a sum in one currency; where nothing was spent in it, the sum is 0 ------------------------------------

SUMS = {">=": GreaterThanOrEqual, "<=": LessThanOrEqual, ">": GreaterThan, "<": LessThan, "=": Exact}
AMOUNT: DecimalField = DecimalField(max_digits=20, decimal_places=6)


def _sum_held(sign: str) -> Held:
    compares = SIGNS[sign][1]

    def held(mine: Any, asked: v.Money, _now: datetime) -> bool:
        if isinstance(mine, v.Money):  # one sum, in one currency
            return mine.currency == asked.currency and bool(compares(mine.amount, asked.amount))
        return bool(compares(Decimal((mine or {}).get(asked.currency, 0)), asked.amount))

    return held


def _sum_where(sign: str) -> Where:
    def where(field: Field, asked: v.Money, _now: datetime) -> Q:
        if field.currency_column:
            lookup = SIGNS[sign][2]
            return Q(**{field.currency_column: asked.currency, f"{field.column}__{lookup}": asked.amount})
        text = KeyTextTransform(asked.currency, F(field.column))
        total = Coalesce(Cast(text, AMOUNT), Value(Decimal(0), output_field=AMOUNT))
        exact = Q(SUMS[sign](total, Value(asked.amount, output_field=AMOUNT)))
        if field.quick is None or sign not in (">", ">=") or asked.amount <= 0:
            return exact
        currency, amount = field.quick
        only = Q(**{currency: asked.currency, f"{amount}__{SIGNS[sign][2]}": asked.amount})
        return only | (Q(**{currency: MANY}) & exact)

    return where


_add(
    [Type.MONEY],
    *(Operator(sign, SIGNS[sign][0], v.read_money, _sum_held(sign), _sum_where(sign)) for sign in SUMS),
)

# --- Text and choices ---------------------------------------------------------------------------------------------

SAME = Operator(
    "is", _("is"), v.read_text, _known(lambda mine, asked: mine.upper() == asked.upper()), _column("iexact")
)
CONTAINS = Operator(
    "contains",
    _("contains"),
    v.read_text,
    _known(lambda mine, asked: asked.upper() in mine.upper()),
    _column("icontains"),
)
BEGINS = Operator(
    "begins",
    _("begins with"),
    v.read_text,
    _known(lambda mine, asked: mine.upper().startswith(asked.upper())),
    _column("istartswith"),
)
_add([Type.TEXT], SAME, _contrary("is_not", _("is not"), SAME), CONTAINS)
_add([Type.TEXT], _contrary("lacks", _("does not contain"), CONTAINS), BEGINS, KNOWN, UNKNOWN)

CHOSEN = Operator("is", _("is"), v.read_choice, _known(compare.eq), _column("exact"))
ONE_OF = Operator("any_of", _("is one of"), v.read_choices, _known(lambda mine, asked: mine in asked), _column("in"))
_add([Type.CHOICE], CHOSEN, _contrary("is_not", _("is not"), CHOSEN))
_add([Type.CHOICE], ONE_OF, _contrary("none_of", _("is none of"), ONE_OF), KNOWN, UNKNOWN)

# --- Yes and no ---------------------------------------------------------------------------------------------------

_add([Type.FLAG], Operator("is", _("is"), v.read_flag, lambda mine, asked, _n: bool(mine) == asked, _column("exact")))

# --- Moments ------------------------------------------------------------------------------------------------------


def _ago(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _within_where(field: Field, days: int, now: datetime) -> Q:
    return compared(field, "gt", _ago(now, days)) & compared(field, "lte", now)


def _ahead_where(field: Field, days: int, now: datetime) -> Q:
    return compared(field, "gt", now) & compared(field, "lte", now + timedelta(days=days))


_add(
    [Type.MOMENT],
    Operator(
        "within_days",
        _("was in the last … days"),
        v.read_days,
        lambda mine, days, now: mine is not None and _ago(now, days) < mine <= now,
        _within_where,
        flips=lambda at, days: (at, at + timedelta(days=days)),
    ),
    Operator(
        "before_days",
        _("was … days ago or earlier"),
        v.read_days,
        lambda mine, days, now: mine is not None and mine <= _ago(now, days),
        lambda field, days, now: compared(field, "lte", _ago(now, days)),
        flips=lambda at, days: (at + timedelta(days=days),),
    ),
    Operator(
        "ahead_days",
        _("is in the next … days"),
        v.read_days,
        lambda mine, days, now: mine is not None and now < mine <= now + timedelta(days=days),
        _ahead_where,
        flips=lambda at, days: (at - timedelta(days=days), at),
    ),
    Operator("since", _("was on this day or later"), v.read_moment, _known(compare.ge), _column("gte")),
    Operator("before", _("was before this day"), v.read_moment, _known(compare.lt), _column("lt")),
    KNOWN,
    UNKNOWN,
)

# --- Sets: tags, stores, products ---------------------------------------------------------------------------------


def _overlaps(field: Field, asked: tuple[str, ...], _now: datetime) -> Q:
    if field.rows is None:
        return Q(**{f"{field.column}__overlap": _texts(asked)})
    rows = field.rows.rows().filter(**{f"{field.rows.value}__in": asked, f"{field.rows.owner}__isnull": False})
    return Q(pk__in=rows.order_by().values(field.rows.owner))


def _covers(field: Field, asked: tuple[str, ...], now: datetime) -> Q:
    if field.rows is None:
        return Q(**{f"{field.column}__contains": _texts(asked)})
    found = Q()
    for one in asked:
        found &= _overlaps(field, (one,), now)
    return found


def _texts(asked: tuple[str, ...]) -> Any:
    return Cast(Value(list(asked), output_field=ArrayField(TextField())), ArrayField(TextField()))


ANY = Operator("has_any", _("has one of"), v.read_choices, lambda m, a, _n: not set(a).isdisjoint(m or ()), _overlaps)
ALL = Operator("has_all", _("has all of"), v.read_choices, lambda m, a, _n: set(a) <= set(m or ()), _covers)
_add([Type.SET], ANY, ALL, _contrary("has_none", _("has none of"), ANY))

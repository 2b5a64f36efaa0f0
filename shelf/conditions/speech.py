"""A tree read to people: "orders is at least 2, and last order was 30 days ago or earlier"."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from shelf.conditions.fields import Field, Type, choices_of
from shelf.conditions.operators import OPERATORS
from shelf.conditions.tree import Leaf, Node, Not
from shelf.conditions.values import Money


def aloud(node: Node) -> str:
    """The sentence in the active language; groups within groups stand in brackets."""
    return _spoken(node, outermost=True)


def _spoken(node: Node, *, outermost: bool = False) -> str:
    if isinstance(node, Not):
        return _("not so that: %(condition)s") % {"condition": f"({_spoken(node.part, outermost=True)})"}
    if isinstance(node, Leaf):
        return leaf_aloud(node)
    glue = pgettext("conditions", ", and ") if node.kind == "all" else pgettext("conditions", " or ")
    said = glue.join(_spoken(part) for part in node.parts)
    return said if outermost or len(node.parts) == 1 else f"({said})"


def leaf_aloud(leaf: Leaf) -> str:
    label, value = str(leaf.field.label), leaf.value
    if leaf.op == "within_days":
        text = ngettext("%(field)s: in the last day", "%(field)s: in the last %(count)s days", value)
    elif leaf.op == "before_days":
        text = ngettext("%(field)s: a day ago or earlier", "%(field)s: %(count)s days ago or earlier", value)
    elif leaf.op == "ahead_days":
        text = ngettext("%(field)s: in the next day", "%(field)s: in the next %(count)s days", value)
    elif leaf.field.type == Type.FLAG:
        text = _("%(field)s: yes") if value else _("%(field)s: no")
    elif leaf.op in ("known", "unknown"):
        text = "%(field)s %(operator)s"
    else:
        text = "%(field)s %(operator)s %(value)s"
    operator = OPERATORS[leaf.field.type, leaf.op].label
    return text % {"field": label, "operator": operator, "value": value_aloud(leaf.field, value), "count": value}


def value_aloud(field: Field, value: Any) -> str:
    if isinstance(value, Money):
        return f"{number_format(value.amount)} {value.currency}"
    if isinstance(value, datetime):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, tuple) and field.type == Type.NUMBER:
        return f"{number_format(value[0])}–{number_format(value[1])}"
    if isinstance(value, tuple):
        names = dict(choices_of(field))
        return pgettext("conditions", " or ").join(str(names.get(one, one)) for one in value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return number_format(value)
    return str(dict(choices_of(field)).get(value, value))

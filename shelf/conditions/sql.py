"""A tree as SQL: a filter over a table. What each operator becomes stands in the table of operators (operators.py)."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from shelf.conditions.fields import Field
from shelf.conditions.operators import OPERATORS, contrary
from shelf.conditions.tree import Group, Leaf, Node, Not, expanded


def where(node: Node, now: datetime, fields: Mapping[str, Field]) -> Q:
    """The tree as a filter over the model of its subject."""
    return _where(node, now, fields, wanted=True)


def _where(node: Node, now: datetime, fields: Mapping[str, Field], *, wanted: bool) -> Q:
    """``wanted=False``: those for whom it does not hold. A denial is carried down to the leaves, where it is known
    what a missing value means; SQL's own NOT would lose it."""
    if isinstance(node, Not):
        return _where(node.part, now, fields, wanted=not wanted)
    if isinstance(node, Group):
        parts = [_where(part, now, fields, wanted=wanted) for part in node.parts]
        found = parts[0]
        for part in parts[1:]:
            found = found & part if (node.kind == "all") == wanted else found | part
        return found
    meant = expanded(node, fields)
    if meant is not node:
        return _where(meant, now, fields, wanted=wanted)
    return _leaf(node, now, wanted)


def _leaf(leaf: Leaf, now: datetime, wanted: bool) -> Q:
    operator = OPERATORS[leaf.field.type, leaf.op]
    if not wanted and operator.denies:
        operator, wanted = OPERATORS[leaf.field.type, operator.denies], True
    found = operator.where(leaf.field, leaf.value, now)
    return found if wanted else contrary(leaf.field, found)

"""A tree asked: of one thing's values in Python, of a table in SQL, and of time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from shelf.conditions.fields import Field
from shelf.conditions.operators import OPERATORS, contrary
from shelf.conditions.tree import Group, Leaf, Node, Not, expanded


def holds(node: Node, values: Mapping[str, Any], now: datetime, fields: Mapping[str, Field]) -> bool:
    """Is it so for a thing with these ``values``, by the field's name? What is missing is not known."""
    if isinstance(node, Not):
        return not holds(node.part, values, now, fields)
    if isinstance(node, Group):
        answers = (holds(part, values, now, fields) for part in node.parts)
        return all(answers) if node.kind == "all" else any(answers)
    meant = expanded(node, fields)
    if meant is not node:
        return holds(meant, values, now, fields)
    return OPERATORS[node.field.type, node.op].held(values.get(node.field.name), node.value, now)


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


def next_change(node: Node, values: Mapping[str, Any], now: datetime, fields: Mapping[str, Field]) -> datetime | None:
    """The next moment after ``now`` at which time alone may change the answer; None: never."""
    return outlook(node, values, now, fields)[1]


def outlook(
    node: Node, values: Mapping[str, Any], now: datetime, fields: Mapping[str, Field]
) -> tuple[bool, datetime | None]:
    """The answer, and until when it stands whatever time does; None: for good, as long as no value changes.

    A group waits only for what can change it: "all" stays untrue until the last of its untrue parts may have turned.
    """
    if isinstance(node, Not):
        held, until = outlook(node.part, values, now, fields)
        return not held, until
    if isinstance(node, Group):
        return _outlook_of_group(node, values, now, fields)
    meant = expanded(node, fields)
    if meant is not node:
        return outlook(meant, values, now, fields)
    operator, mine = OPERATORS[node.field.type, node.op], values.get(node.field.name)
    held = operator.held(mine, node.value, now)
    if operator.flips is None or mine is None:
        return held, None
    return held, min((at for at in operator.flips(mine, node.value) if at > now), default=None)


def _outlook_of_group(
    node: Group, values: Mapping[str, Any], now: datetime, fields: Mapping[str, Field]
) -> tuple[bool, datetime | None]:
    decides = node.kind == "any"  # one part that is so decides an "any", one that is not an "all"
    deciding: datetime | None = None
    others: datetime | None = None
    is_decided = False
    for part in node.parts:
        held, until = outlook(part, values, now, fields)
        if held == decides:
            if until is None:
                return decides, None
            is_decided, deciding = True, max(deciding or until, until)
        elif until is not None:
            others = min(others or until, until)
    return (decides, deciding) if is_decided else (not decides, others)

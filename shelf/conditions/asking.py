"""A tree asked of one thing's values, in Python, and of time. Of a table: sql.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shelf.conditions.fields import Field
from shelf.conditions.operators import OPERATORS
from shelf.conditions.tree import Group, Node, Not, expanded


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

"""From JSON to a tree, or to a sentence that says what is wrong and with which field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from shelf.conditions.fields import ConditionRefused, Field
from shelf.conditions.operators import operators_of
from shelf.conditions.values import plain

DEEPEST = 6  # groups within groups; people stop following at three
MOST = 60  # conditions in one tree


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition, its value read: see values.py for the shape that each type has."""

    field: Field
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class Group:
    """``kind``: "all" or "any"."""

    kind: str
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Node = Leaf | Group | Not

SHAPE = _("A condition is a group (“all”, “any”), a “not”, or a field with “op” and “value”.")
EMPTY = _("There is a group without a condition: it would match everyone.")


def read(raw: Any, fields: Mapping[str, Field]) -> Node:
    """The tree that ``raw`` (plain JSON) means. Raises ConditionRefused."""
    return _Reader(fields).node(raw, 1)


class _Reader:
    def __init__(self, fields: Mapping[str, Field]):
        self.fields, self.count = fields, 0

    def node(self, raw: Any, depth: int) -> Node:
        if not isinstance(raw, dict):
            raise ConditionRefused(SHAPE)
        if depth > DEEPEST:
            raise ConditionRefused(_("Groups lie in one another deeper than %(deepest)s levels."), deepest=DEEPEST)
        if "field" in raw:
            return self.leaf(raw)
        if len(raw) == 1 and "not" in raw:
            return Not(self.node(raw["not"], depth + 1))
        for kind in ("all", "any"):
            if len(raw) == 1 and isinstance(raw.get(kind), list):
                if not raw[kind]:
                    raise ConditionRefused(EMPTY)
                return Group(kind, tuple(self.node(part, depth + 1) for part in raw[kind]))
        raise ConditionRefused(SHAPE)

    def leaf(self, raw: dict[str, Any]) -> Leaf:
        self.count += 1
        if self.count > MOST:
            raise ConditionRefused(_("More than %(most)s conditions: nobody could read them."), most=MOST)
        field = self.fields.get(raw["field"]) if isinstance(raw["field"], str) else None
        if field is None:
            text = _("There is no field “%(field)s” any more: take this condition out or choose another field.")
            raise ConditionRefused(text, field=str(raw["field"])[:80])
        op = raw.get("op")
        operator = next((o for o in operators_of(field) if o.name == op), None)
        if operator is None:
            text = _("“%(field)s” cannot be asked with “%(op)s”.")
            raise ConditionRefused(text, field=str(field.label), op=str(op)[:40])
        return Leaf(field, operator.name, operator.read(field, raw.get("value")))


def as_json(node: Node) -> dict[str, Any]:
    """The tree as plain JSON; reading it again gives the same tree."""
    if isinstance(node, Not):
        return {"not": as_json(node.part)}
    if isinstance(node, Group):
        return {node.kind: [as_json(part) for part in node.parts]}
    return {"field": node.field.name, "op": node.op, "value": plain(node.value)}


def leaves_of(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for part in node.parts if isinstance(node, Group) else (node.part,):
            yield from leaves_of(part)


def expanded(leaf: Leaf, fields: Mapping[str, Field]) -> Node:
    """What a choice with a meaning stands for; a leaf over a column is itself."""
    if leaf.field.meanings is None:
        return leaf
    meanings = leaf.field.meanings()
    wanted = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    missing = [choice for choice in wanted if choice not in meanings]
    if missing:
        text = _("“%(value)s” is not a choice of “%(field)s” any more.")
        raise ConditionRefused(text, field=str(leaf.field.label), value=str(missing[0]))
    found = Group("any", tuple(read(meanings[choice], fields) for choice in wanted))
    return Not(found) if leaf.op in ("is_not", "none_of") else found


def expand(node: Node, fields: Mapping[str, Field]) -> Node:
    """The same tree with every meaning written out, for whoever asks it often."""
    if isinstance(node, Not):
        return Not(expand(node.part, fields))
    if isinstance(node, Group):
        return Group(node.kind, tuple(expand(part, fields) for part in node.parts))
    meant = expanded(node, fields)
    return node if meant is node else expand(meant, fields)


def fields_in(node: Node, fields: Mapping[str, Field]) -> set[Field]:
    """The fields whose values the answer depends on; meanings are followed to what they are made of."""
    found: set[Field] = set()
    for leaf in leaves_of(node):
        meant = expanded(leaf, fields)
        found |= {leaf.field} if meant is leaf else fields_in(meant, fields)
    return found

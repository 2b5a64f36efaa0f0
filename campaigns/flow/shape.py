"""A definition taken apart into steps that say themselves where they lead, and put together again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from campaigns.flow.links import Raw, check_editable, compact, explicit, lead, ways_of
from campaigns.flow.tree import Node, Sequence, lay_out, nodes_of

Edge = tuple[str, str]  # (step, key of its way)


class Flow:
    """Raises NotEditable for what is no list of steps."""

    def __init__(self, definition: Mapping[str, Any]):
        check_editable(definition)
        self.top = {key: value for key, value in definition.items() if key != "steps"}
        steps = definition.get("steps", [])
        self.steps = explicit(steps)
        self.first: str = steps[0]["id"] if steps else ""

    @property
    def subject(self) -> str:
        subject = self.top.get("subject", "order")
        return subject if isinstance(subject, str) else "order"

    @property
    def tree(self) -> Sequence:
        return lay_out(self.first, self.steps)

    @property
    def lost(self) -> list[Raw]:
        """Steps that nothing leads to."""
        reached = {node.id for node in nodes_of(self.tree)}
        return [step for name, step in self.steps.items() if name not in reached]

    def definition(self) -> Raw:
        """The JSON again, its steps in the order in which they are read."""
        read = [node.step for node in nodes_of(self.tree)]
        return {**self.top, "steps": compact([*read, *self.lost])}

    def node(self, name: str) -> Node | None:
        return next((node for node in nodes_of(self.tree) if node.id == name), None)

    def edges(self, within: Iterable[str] | None = None) -> Iterator[tuple[str, str, str]]:
        """(step, key, target)"""
        for name in self.steps if within is None else within:
            for key, target in ways_of(self.steps[name]):
                yield name, key, target or ""

    def lead(self, edges: Iterable[Edge], target: str) -> None:
        for name, key in edges:
            lead(self.steps[name], key, target)

    def redirect(self, old: str, new: str, but: Iterable[str] = ()) -> None:
        """Whatever leads to a step leads to another one; ``but`` for these steps."""
        spared = set(but)
        self.lead([(name, key) for name, key, to in list(self.edges()) if to == old and name not in spared], new)
        if self.first == old:
            self.first = new

    def block(self, name: str) -> "Block":
        """A step, or a parting of the way with everything until its ways meet."""
        node = self.node(name)
        if node is None or not node.parts:
            ways = [(key, to or "") for key, to in ways_of(self.steps[name])]
            return Block(name, {name}, [(name, key) for key, _to in ways], ways[0][1] if ways else "")
        inside = {name, *(inner.id for _key, way in node.ways for inner in nodes_of(way))}
        exits = [(step, key) for step, key, to in self.edges(inside) if to == node.join]
        return Block(name, inside, exits, node.join)

    def target_of(self, place: str) -> tuple[list[Edge], str]:
        """The ways that lead into a place, and where they lead now. A place: "start", or "<step>:<key of a way>", or
        "<step>:after", which is behind all of the ways. Raises KeyError for a place that is gone."""
        if place == "start":
            return [], self.first
        name, _colon, key = place.rpartition(":")
        if key == "after":
            block = self.block(name)
            return block.exits, block.goes_on
        return [(name, key)], dict(ways_of(self.steps[name]))[key] or ""

    def put(self, head: str, exits: Iterable[Edge], place: str) -> None:
        """A step, or a block whose last ways are ``exits``, into a place."""
        into, target = self.target_of(place)
        self.lead(exits, target)
        self.lead(into, head)
        if place == "start":
            self.first = head


class Block:
    """``exits``: the ways that lead out of it to ``goes_on``."""

    def __init__(self, head: str, inside: set[str], exits: list[Edge], goes_on: str):
        self.head, self.inside, self.exits, self.goes_on = head, inside, exits, goes_on

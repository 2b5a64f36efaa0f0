"""A flow laid out for reading: steps one below the other; where the way parts, its ways side by side until they meet.

A step is drawn once. A way that comes to a step that stands elsewhere says its name instead (``lands``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from campaigns.flow.links import PARTING, Raw, ways_of


@dataclass(slots=True)
class Sequence:
    """``place``: where a step is put in before the first one here. ``lands``: where it goes on after the last one; None
    where the last one lets people go."""

    place: str
    nodes: list["Node"] = field(default_factory=list)
    lands: str | None = ""


@dataclass(slots=True)
class Node:
    """``join``: where its ways meet again (empty: at the end). ``place``: where a step is put in behind all of it."""

    step: Raw
    ways: list[tuple[str, Sequence]] = field(default_factory=list)
    join: str = ""

    @property
    def id(self) -> str:
        return self.step["id"]

    @property
    def parts(self) -> bool:
        return self.step["do"] in PARTING

    @property
    def place(self) -> str:
        return f"{self.id}:after" if self.parts else f"{self.id}:next"


def lay_out(first: str, steps: Mapping[str, Raw]) -> Sequence:
    return _Layout(steps).sequence("start", first, "")


def nodes_of(sequence: Sequence) -> Iterator[Node]:
    for node in sequence.nodes:
        yield node
        for _key, way in node.ways:
            yield from nodes_of(way)


class _Layout:
    def __init__(self, steps: Mapping[str, Raw]):
        self.steps = steps
        self.seen: set[str] = set()

    def sequence(self, place: str, target: str, stop: str) -> Sequence:
        found = Sequence(place)
        while target in self.steps and target != stop and target not in self.seen:
            self.seen.add(target)
            node = Node(self.steps[target])
            found.nodes.append(node)
            if node.step["do"] == "exit":
                found.lands = None
                return found
            ways = [(key, to or "") for key, to in ways_of(node.step)]
            if not node.parts:
                target = ways[0][1]
                continue
            node.join = target = self.join_of(node.id, [to for _key, to in ways])
            node.ways = [(key, self.sequence(f"{node.id}:{key}", to, node.join or stop)) for key, to in ways]
            if not target and not any(way.lands == "" for _key, way in node.ways):
                found.lands = None
                return found
        found.lands = target
        return found

    def join_of(self, step: str, targets: list[str]) -> str:
        """The nearest step that most of the ways come to. Where all but one end at once, that one does."""
        ahead = [self.ahead(target, step) for target in targets]
        shared = {name: sum(name in way for way in ahead) for way in ahead for name in way}
        most = max(shared.values(), default=0)
        if most > 1:
            return min((name for name, n in shared.items() if n == most), key=lambda name: _depth(name, ahead))
        elsewhere = {"", *self.seen}
        going = [to for to in targets if to in self.steps.keys() - elsewhere and self.steps[to]["do"] != "exit"]
        return going[0] if len(going) == 1 else ""

    def ahead(self, target: str, step: str) -> list[str]:
        """What can come, nearest first; not through the step itself, nor through what stands above it."""
        found: list[str] = []
        wave = [target]
        while wave:
            fresh = [n for n in dict.fromkeys(wave) if n in self.steps and n not in found]
            fresh = [name for name in fresh if name != step and name not in self.seen]
            found += fresh
            wave = [to for name in fresh for _key, to in ways_of(self.steps[name])]
        return found


def _depth(name: str, ahead: list[list[str]]) -> int:
    return max(way.index(name) for way in ahead if name in way)

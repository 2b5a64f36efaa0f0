"""What people do to a flow: put a step in, take it out, move, copy and rename it. Nonsense changes nothing."""

from copy import deepcopy
from typing import Any

from campaigns.flow.links import KINDS, Raw, lead, ways_of
from campaigns.flow.shape import Flow
from campaigns.flow.tree import Node, Sequence

# What a new step says before anybody has filled in its form.
NEW: dict[str, Raw] = {
    "send": {"template": ""},
    "wait": {"after": "step_at", "days": 1},
    "wait_for": {"fact": [], "within": {"days": 3}},
    "branch": {},
    "split": {"variants": [{"name": "a", "percent": 50}, {"name": "b", "percent": 50}]},
    "ask": {"what": "review", "template": ""},
    "act": {"act": ""},
    "exit": {},
}


def add(flow: Flow, kind: str, place: str) -> str:
    """A new step; its name."""
    if kind not in KINDS:
        return ""
    try:
        flow.target_of(place)
    except KeyError:
        return ""
    name = free_name(flow, kind)
    step = {"id": name, "do": kind, **deepcopy(NEW[kind])}
    for key, _target in list(ways_of(step)):
        lead(step, key, "")
    flow.steps[name] = step
    flow.put(name, [(name, key) for key, _target in ways_of(step)], place)
    return name


def free_name(flow: Flow, wanted: str) -> str:
    wanted = wanted[:55]
    return next(name for name in (wanted, *(f"{wanted}_{n}" for n in range(2, 1000))) if name not in flow.steps)


def remove(flow: Flow, name: str, keep: str = "") -> None:
    """A step; a parting of the way goes with all of its ways, or ``keep``\\ s one of them (its key)."""
    if name not in flow.steps:
        return
    block = flow.block(name)
    kept = dict(ways_of(flow.steps[name])).get(keep)
    if keep and kept is not None:
        flow.redirect(name, kept, but=[name])
        del flow.steps[name]
        gone = {step["id"] for step in flow.lost} & block.inside
    else:
        flow.redirect(name, block.goes_on, but=block.inside)
        gone = block.inside
    for step in gone:
        flow.steps.pop(step, None)
    for step in gone | {name}:
        flow.redirect(step, "")


def move(flow: Flow, name: str, to: str) -> bool:
    """``to``: "up", "down", or a place. A parting of the way takes its ways along."""
    found = _where(flow.tree, name, None)
    if found is None:
        return False
    sequence, at, parent = found
    if to == "up":
        before = sequence.nodes[at - 1].id if at else parent.id if parent else ""
        if not before:
            return False
        exits = _take_out(flow, name)
        flow.redirect(before, name, but={name, *(step for step, _key in exits)})
        flow.lead(exits, before)
        return True
    if to == "down":
        below = sequence.nodes[at + 1] if at + 1 < len(sequence.nodes) else None
        if (below is None and parent is None) or (below and below.step["do"] == "exit"):
            return False
        to = below.place if below else f"{parent.id}:after" if parent else ""
    if to.rpartition(":")[0] in flow.block(name).inside:
        return False
    try:
        flow.target_of(to)
    except KeyError:
        return False
    flow.put(name, _take_out(flow, name), to)
    return True


def _take_out(flow: Flow, name: str) -> list[tuple[str, str]]:
    """Close the gap; the ways out of what was taken."""
    block = flow.block(name)
    flow.redirect(name, block.goes_on, but=block.inside)
    return block.exits


def _where(sequence: Sequence, name: str, parent: Node | None) -> tuple[Sequence, int, Node | None] | None:
    for at, node in enumerate(sequence.nodes):
        if node.id == name:
            return sequence, at, parent
        for _key, way in node.ways:
            found = _where(way, name, node)
            if found:
                return found
    return None


def copy(flow: Flow, name: str) -> str:
    """A step, or a parting of the way with its ways, once more behind itself; the copy's name."""
    if name not in flow.steps or flow.steps[name]["do"] == "exit":
        return ""
    block = flow.block(name)
    names: dict[str, str] = {}
    for old in [step for step in flow.steps if step in block.inside]:
        names[old] = free_name(flow, old.rstrip("0123456789").rstrip("_") or old)
        flow.steps[names[old]] = {**deepcopy(flow.steps[old]), "id": names[old]}
    for step, key, to in list(flow.edges(names.values())):
        lead(flow.steps[step], key, names.get(to, to))
    flow.lead(block.exits, names[name])
    return names[name]


def rename(flow: Flow, old: str, new: str) -> None:
    """Everything that led to the step still does."""
    if old == new or old not in flow.steps or new in flow.steps:
        return
    flow.steps = {new if name == old else name: step for name, step in flow.steps.items()}
    flow.steps[new]["id"] = new
    flow.redirect(old, new)


def replace(flow: Flow, name: str, fields: dict[str, Any]) -> None:
    """A step with other fields; where it leads stays, unless they say it."""
    step = flow.steps[name]
    kept: dict[str, Any] = {key: step[key] for key in ("next", "then", "otherwise") if key in step}
    flow.steps[name] = {"id": name, "do": step["do"], **kept, **fields}

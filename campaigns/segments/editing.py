"""A tree of conditions as a form: what somebody fills in, part by part, and back.

The form is flat: ``node`` lists the paths ("0", "0.1", "0.1.0") in their order, and everything about a part carries its
path. So the page needs no script: each button sends the whole form, and the server answers with the changed one. A
group is "all", "any" or "none"; the field of a condition is chosen when it is added, and its operators follow from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from campaigns import fields
from shelf.conditions import ConditionRefused, Field, Leaf, Node, Type, choices_of, operators_of
from shelf.conditions import read as read_tree
from shelf.conditions.values import Money

MOST_PARTS = 200
BOXES = 8  # so many choices are boxes to tick; more are a list
ASKS_DAYS = ("within_days", "before_days", "ahead_days")
ASKS_NOTHING = ("known", "unknown")


class Posted(Protocol):
    def get(self, key: str, default: Any = None) -> Any: ...
    def getlist(self, key: str) -> list[Any]: ...


@dataclass(slots=True)
class Condition:
    """``value``: number, amount or text; ``more``: the highest number or the currency; ``chosen``: of choices."""

    name: str
    op: str = ""
    value: str = ""
    more: str = ""
    days: str = ""
    day: str = ""
    chosen: list[str] = field(default_factory=list)
    path: str = ""
    error: str = ""

    is_group = False

    @property
    def field(self) -> Field | None:
        return fields.FIELDS.get(self.name)

    @property
    def kind(self) -> str:
        """How its value is entered: number, money, text, boxes, list, words, moment, flag; gone: its field is."""
        known = self.field
        if known is None:
            return "gone"
        if known.type in (Type.CHOICE, Type.SET):
            choices = choices_of(known)
            if not choices:
                return "words" if known.type == Type.SET else "text"
            return "boxes" if len(choices) <= BOXES else "list"
        return str(known.type)

    @property
    def operators(self) -> list[tuple[str, Any]]:
        found = [(o.name, o.label) for o in operators_of(self.field)] if self.field else []
        # one choice is one of a list of one
        return [pair for pair in found if self.kind not in ("boxes", "list") or pair[0] not in ("is", "is_not")]

    @property
    def options(self) -> list[tuple[str, Any, bool]]:
        return [(code, label, code in self.chosen) for code, label in choices_of(self.field)] if self.field else []

    def as_json(self) -> dict[str, Any]:
        return {"field": self.name, "op": self.op, "value": self._value()}

    def _value(self) -> Any:
        if self.op in ASKS_NOTHING:
            return None
        if self.kind == "moment":
            return self.days if self.op in ASKS_DAYS else self.day
        if self.kind == "number":
            return [_plain(self.value), _plain(self.more)] if self.op == "between" else _plain(self.value)
        if self.kind == "money":
            return {"amount": _plain(self.value), "currency": self.more.strip().upper()}
        if self.kind in ("boxes", "list"):
            return self.chosen
        if self.kind == "words" or self.op in ("any_of", "none_of"):
            return [word.strip() for word in self.value.split(",") if word.strip()]
        return self.value == "yes" if self.kind == "flag" else self.value


def _plain(typed: str) -> str:
    """A number as people type it: "1 000,50"."""
    return "".join(typed.split()).replace("\u202f", "").replace(",", ".")


@dataclass(slots=True)
class Branch:
    """``kind``: "all", "any" or "none" of its parts."""

    kind: str = "all"
    parts: list["Condition | Branch"] = field(default_factory=list)
    path: str = ""
    error: str = ""

    is_group = True

    def as_json(self) -> dict[str, Any]:
        parts = [part.as_json() for part in self.parts]
        return {"not": {"any": parts}} if self.kind == "none" else {self.kind: parts}


Part = Condition | Branch


# --- From a tree, from the form -----------------------------------------------------------------------------------


def draft_of(definition: Any) -> Branch:
    """The form of a definition; a field that is gone keeps its place, to be seen and taken out."""
    top = _part_of(definition)
    return numbered(top if isinstance(top, Branch) else Branch("all", [top]))


def _part_of(raw: Any) -> Part:
    if not isinstance(raw, dict):
        return Branch()
    if "field" in raw:
        return _condition_of(raw)
    for kind in ("all", "any"):
        if kind in raw:
            return Branch(kind, [_part_of(part) for part in raw[kind]])
    denied = raw.get("not", {})
    inner = _part_of(denied)
    if isinstance(inner, Branch) and inner.kind == "any":
        return Branch("none", inner.parts)
    return Branch("none", [inner])


def _condition_of(raw: Mapping[str, Any]) -> Condition:
    found = Condition(str(raw.get("field")), str(raw.get("op")))
    try:
        leaf = read_tree(dict(raw), fields.FIELDS)
    except ConditionRefused:
        return found
    assert isinstance(leaf, Leaf)
    value = leaf.value
    if found.op in ("is", "is_not") and found.kind in ("boxes", "list"):
        found.op, value = {"is": "any_of", "is_not": "none_of"}[found.op], (value,)
    if isinstance(value, Money):
        found.value, found.more = str(value.amount), value.currency
    elif found.kind == "moment" and value is not None:
        found.days, found.day = (str(value), "") if found.op in ASKS_DAYS else ("", f"{value:%Y-%m-%d}")
    elif found.op == "between":
        found.value, found.more = map(str, value)
    elif isinstance(value, bool):
        found.value = "yes" if value else "no"
    elif isinstance(value, tuple):
        found.chosen, found.value = list(value), ", ".join(value)
    elif value is not None:
        found.value = str(value)
    return found


def draft_in(posted: Posted) -> Branch:
    """What the form holds; parts whose group is missing are left out."""
    found: dict[str, Part] = {}
    for path in posted.getlist("node")[:MOST_PARTS]:
        kind = posted.get(f"kind-{path}")
        part: Part = Branch(kind if kind in ("all", "any", "none") else "all") if kind else _filled(posted, path)
        parent = found.get(path.rpartition(".")[0])
        if isinstance(parent, Branch):
            parent.parts.append(part)
        elif found:
            continue
        found[path] = part
    top = next(iter(found.values()), None)
    return numbered(top if isinstance(top, Branch) else Branch())


def _filled(posted: Posted, path: str) -> Condition:
    def typed(name: str) -> str:
        return str(posted.get(f"{name}-{path}", "")).replace("\0", "")[:400]

    chosen = [str(one)[:200] for one in posted.getlist(f"chosen-{path}")]
    return Condition(typed("field"), typed("op"), typed("value"), typed("more"), typed("days"), typed("day"), chosen)


def numbered(top: Branch, path: str = "0") -> Branch:
    top.path = path
    for place, part in enumerate(top.parts):
        if isinstance(part, Branch):
            numbered(part, f"{path}.{place}")
        else:
            part.path = f"{path}.{place}"
    return top


# --- Changing it --------------------------------------------------------------------------------------------------


def change(top: Branch, order: str) -> Branch:
    """``add:<path>:<field>``, ``group:<path>`` or ``cut:<path>``; anything else changes nothing."""
    what, _colon, rest = order.partition(":")
    path, _colon, name = rest.partition(":")
    part = _find(top, path)
    if what == "add" and isinstance(part, Branch) and name in fields.FIELDS:
        new = Condition(name)
        new.op = new.operators[0][0]
        part.parts.append(new)
    elif what == "group" and isinstance(part, Branch):
        part.parts.append(Branch("any"))
    elif what == "cut" and part is not None and part is not top:
        parent = _find(top, path.rpartition(".")[0])
        if isinstance(parent, Branch):
            parent.parts.remove(part)
    return numbered(top)


def _find(part: Part, path: str) -> Part | None:
    if part.path == path:
        return part
    parts = part.parts if isinstance(part, Branch) else ()
    return next((found for inner in parts if (found := _find(inner, path))), None)


def check(top: Branch) -> Node | None:
    """The tree, or None with an error at each part that is wrong."""
    fine = _check(top)
    if not fine:
        return None
    try:
        return fields.read(top.as_json(), "customer")
    except ConditionRefused as refused:
        top.error = str(refused)
        return None


def _check(part: Part) -> bool:
    if isinstance(part, Branch) and part.parts:
        answers = [_check(inner) for inner in part.parts]  # each says what is wrong with it
        return all(answers)
    try:
        fields.read(part.as_json(), "customer")
    except ConditionRefused as refused:
        part.error = str(refused)
        return False
    return True

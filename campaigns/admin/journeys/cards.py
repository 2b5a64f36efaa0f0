"""The flow as the pages show it: a card for every step, its sentence, what is wrong with it, how many stand there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from campaigns.engine import JourneyRefused, read_plan
from campaigns.flow import Flow
from campaigns.flow import Sequence as Drawn
from campaigns.flow.figures import Figures
from campaigns.flow.problems import HOLD, Problem
from campaigns.flow.speech import NAMES, SYMBOLS, spoken, ways_in_words
from campaigns.flow.tree import Node, nodes_of
from campaigns.read_aloud import Line, read_aloud


@dataclass(slots=True)
class Way:
    """``lands``: the step by whose name it goes on elsewhere; ``ends``: it leads to the end."""

    key: str
    label: str
    place: str
    cards: list["Card"]
    lands: str = ""
    ends: bool = False


@dataclass(slots=True)
class Card:
    """``place``: where a step is put in behind it; empty behind an exit."""

    id: str
    kind: str
    name: str
    symbol: str
    text: str
    note: str
    problems: list[str]
    here: int
    share: int | None
    goal_share: int | None
    place: str
    is_open: bool = False
    first: bool = False
    last: bool = False
    lost: bool = False
    ways: list[Way] = field(default_factory=list)
    form: Any = None
    wordings: list[tuple[str, str]] = field(default_factory=list)  # (key, label) of its ways


@dataclass(slots=True)
class Laid:
    """A whole flow: its cards, the steps that nothing leads to, and the sentences by step."""

    cards: list[Card]
    lost: list[Card]
    sentences: dict[str, str]
    lands: str | None


def lay(
    flow: Flow,
    templates: Mapping[str, str],
    problems: Sequence[Problem],
    figures: Figures,
    opened: str = "",
) -> Laid:
    maker = _Maker(flow, templates, problems, figures, opened)
    tree = flow.tree
    cards = maker.sequence(tree, None)
    lost = [maker.card(Node(step), first=True, last=True) for step in flow.lost]
    for card in lost:
        card.lost = True
    return Laid(cards, lost, maker.sentences, tree.lands)


class _Maker:
    def __init__(self, flow, templates, problems, figures, opened):
        self.flow, self.templates, self.figures, self.opened = flow, templates, figures, opened
        self.problems = problems
        self.sentences: dict[str, str] = {}

    def sequence(self, drawn: Drawn, parent: Node | None) -> list[Card]:
        cards = []
        for at, node in enumerate(drawn.nodes):
            below = drawn.nodes[at + 1] if at + 1 < len(drawn.nodes) else None
            last = (below is None and parent is None) or (below is not None and below.step["do"] == "exit")
            cards.append(self.card(node, first=at == 0 and parent is None, last=last))
        return cards

    def card(self, node: Node, first: bool, last: bool) -> Card:
        step = node.step
        line = spoken(step, self.flow.subject, self.templates)
        self.sentences[node.id] = line.text
        words = ways_in_words(step)
        made = Card(
            id=node.id,
            kind=step["do"],
            name=str(NAMES[step["do"]]),
            symbol=SYMBOLS[step["do"]],
            text=line.text,
            note=line.note,
            problems=[problem.sentence for problem in self.problems if problem.step == node.id],
            here=self.figures.here.get(node.id, 0),
            share=self.figures.share(node.id),
            goal_share=self.figures.goal_share(node.id) if self.flow.top.get("goal") else None,
            place="" if step["do"] == "exit" else node.place,
            is_open=node.id == self.opened,
            first=first,
            last=last,
            wordings=list(words.items()),
        )
        for key, way in node.ways:
            lands = "" if way.lands is None or way.lands == node.join else way.lands
            ends = way.lands == "" and node.join != ""
            cards = self.sequence(way, node)
            made.ways.append(Way(key, words[key], f"{node.id}:{key}", cards, lands, ends))
        return made


def frame_lines(definition: Mapping[str, Any]) -> tuple[list[Line], list[Line]]:
    """What is said before the steps, and after them."""
    try:
        lines = read_aloud(read_plan({**definition, "steps": [HOLD]}), {})
    except JourneyRefused as refusal:
        return [Line("start", _("It does not say yet how it starts."), str(refusal))], []
    return lines[:1], [line for line in lines[1:] if line.kind != "exit"]


def places(flow: Flow, moved: str) -> list[tuple[str, str]]:
    """(place, in words) where a step, with its ways, may be put."""
    inside = flow.block(moved).inside
    found = [("start", _("at the beginning"))]
    for node in nodes_of(flow.tree):
        if node.id in inside:
            continue
        for key, label in ways_in_words(node.step).items() if node.parts else ():
            found.append((f"{node.id}:{key}", _("“%(step)s”: %(way)s") % {"step": node.id, "way": label}))
        if node.step["do"] != "exit":
            found.append((node.place, _("after “%(step)s”") % {"step": node.id}))
    return found

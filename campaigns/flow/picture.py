"""A flow drawn as SVG: no script, no inline style; every box is a link to its step, and says in words what it shows.

Colours come from the page: classes ``flow``, ``flow__box``, ``flow__line``, ``flow__name``, ``flow__words``,
``flow__here``, ``flow__far``, ``flow__way``, ``flow__end``.
"""

import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.flow.figures import Figures
from campaigns.flow.shape import Flow
from campaigns.flow.speech import SHORT, ways_in_words
from campaigns.flow.tree import Node, Sequence, nodes_of
from staff.display import number

# one unit is one pixel; 26 letters of 12 px fit into a box
BOX, TALL, AIR, DROP, LABEL, LETTERS = 196, 74, 20, 26, 26, 27


@dataclass(slots=True)
class Picture:
    """Pieces of SVG; ``bad``: names of the steps with something to mend."""

    sentences: Mapping[str, str]
    figures: Figures
    bad: Collection[str]
    has_goal: bool
    anchor: str
    pieces: list[SafeString] = field(default_factory=list)
    low: float = 0

    def line(self, *points: tuple[float, float]) -> None:
        path = " ".join(f"{round(x, 1)},{round(y, 1)}" for x, y in points)
        self.pieces.append(format_html('<polyline class="flow__line" points="{}"/>', path))
        self.low = max(self.low, *(y for _x, y in points))

    def words(self, kind: str, x: float, y: float, text: str, at: str = "middle") -> None:
        self.pieces.append(
            format_html('<text class="flow__{}" x="{}" y="{}" text-anchor="{}">{}</text>', kind, x, y, at, text)
        )

    def sequence(self, drawn: Sequence, x: float, y: float) -> float:
        """From (x, y) downwards; where it ended."""
        for node in drawn.nodes:
            self.line((x, y), (x, y + DROP))
            self.box(node, x, y + DROP)
            y += DROP + TALL
            if node.ways:
                y = self.ways(node, x, y)
        return y

    def ways(self, node: Node, x: float, y: float) -> float:
        words = ways_in_words(node.step)
        left = x - _width(node) / 2
        ends: list[tuple[float, float]] = []
        low = y
        for key, way in node.ways:
            wide = _wide(way)
            middle = left + wide / 2
            left += wide + AIR
            self.line((x, y), (x, y + 10), (middle, y + 10), (middle, y + 10 + LABEL))
            self.words("way", middle + 6, y + 10 + LABEL - 8, _short(words[key], 22), "start")
            end = self.sequence(way, middle, y + 10 + LABEL)
            if way.lands == node.join:
                ends.append((middle, end))
            elif way.lands is not None:
                self.landing(way.lands, middle, end)
                end += DROP + 12
            low = max(low, end)
        for at, end in ends:
            self.line((at, end), (at, low + 10), (x, low + 10))
        return low + 10 if ends else low

    def landing(self, name: str, x: float, y: float) -> None:
        """Where a way goes on that does not go on below."""
        self.line((x, y), (x, y + 12))
        if name:
            self.words("way", x, y + 26, f"→ {_short(name, 22)}")
        else:
            self.pieces.append(format_html('<circle class="flow__end" cx="{}" cy="{}" r="5"/>', x, y + 17))
        self.low = max(self.low, y + 32)

    def box(self, node: Node, x: float, y: float) -> None:
        sentence, name = self.sentences.get(node.id, ""), node.id
        left, here = x - BOX / 2, self.figures.here.get(name, 0)
        lines = textwrap.wrap(sentence, LETTERS, max_lines=2, placeholder="…") or [""]
        tone = " flow__box--bad" if name in self.bad else f" flow__box--{node.step['do']}"
        said = f"{sentence} {self.figures_in_words(name)}".strip()
        drawn = [
            format_html(
                '<rect class="flow__box{}" x="{}" y="{}" width="{}" height="{}" rx="10"/>', tone, left, y, BOX, TALL
            ),
            _text("name", left + 12, y + 19, str(SHORT[node.step["do"]])),
            *(_text("words", left + 12, y + 36 + 15 * at, line) for at, line in enumerate(lines)),
        ]
        if here:
            shown = number(here)
            wide = 14 + 7 * len(shown)
            drawn.append(
                format_html(
                    '<rect class="flow__badge" x="{}" y="{}" width="{}" height="18" rx="9"/>'
                    '<text class="flow__here" x="{}" y="{}" text-anchor="middle">{}</text>',
                    *(left + BOX - wide - 8, y + 7, wide, left + BOX - wide / 2 - 8, y + 20, shown),
                )
            )
        far = self.figures.share(name)
        if far is not None:
            goal = self.figures.goal_share(name) if self.has_goal else None
            shown = f"{far} %" if goal is None else f"{far} % · ★ {goal} %"
            drawn.append(_text("far", left + 12, y + TALL - 7, shown))
        self.pieces.append(
            format_html(
                '<a href="{}#step-{}" aria-label="{}"><title>{}</title>{}</a>',
                *(self.anchor, name, said, said, format_html_join("", "{}", ((piece,) for piece in drawn))),
            )
        )
        self.low = max(self.low, y + TALL)

    def figures_in_words(self, name: str) -> str:
        here = self.figures.here.get(name, 0)
        said = ngettext("%(count)s person here.", "%(count)s people here.", here) % {"count": here}
        far, goal = self.figures.share(name), self.figures.goal_share(name)
        if far is not None:
            said += " " + _("%(share)s %% of those who entered lately came here.") % {"share": far}
        if goal is not None and self.has_goal:
            said += " " + _("%(share)s %% of them reached the goal.") % {"share": goal}
        return said


def draw(
    flow: Flow,
    sentences: Mapping[str, str],
    figures: Figures,
    bad: Collection[str] = (),
    anchor: str = "",
) -> SafeString:
    """``sentences``: what each step does; ``anchor``: the address of the page that has the steps."""
    tree = flow.tree
    if not tree.nodes:
        return SafeString("")
    wide = _wide(tree) + 2 * AIR
    picture = Picture(sentences, figures, bad, bool(flow.top.get("goal")), anchor)
    middle = wide / 2
    picture.pieces.append(format_html('<circle class="flow__start" cx="{}" cy="10" r="5"/>', middle))
    low = picture.sequence(tree, middle, 15)
    if tree.lands is not None:
        picture.landing(tree.lands, middle, low)
    steps, inside = sum(1 for _node in nodes_of(tree)), figures.inside
    said = [
        ngettext("%(count)s step.", "%(count)s steps.", steps) % {"count": steps},
        ngettext("%(count)s person inside.", "%(count)s people inside.", inside) % {"count": inside},
        _("Each box is a link to its step; numbers are people there now, and the share of those who came so far."),
    ]
    return format_html(
        '<svg class="flow" viewBox="0 0 {} {}" width="{}" height="{}" role="group" aria-labelledby="flow-title" '
        'aria-describedby="flow-desc"><title id="flow-title">{}</title><desc id="flow-desc">{}</desc>{}</svg>',
        *(wide, round(picture.low + 8), wide, round(picture.low + 8)),
        *(_("The journey as a picture"), " ".join(said)),
        format_html_join("", "{}", ((piece,) for piece in picture.pieces)),
    )


def _text(kind: str, x: float, y: float, text: str) -> SafeString:
    return format_html('<text class="flow__{}" x="{}" y="{}">{}</text>', kind, x, y, text)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _wide(sequence: Sequence) -> float:
    return max([BOX, *(_width(node) for node in sequence.nodes)])


def _width(node: Node) -> float:
    if not node.ways:
        return BOX
    return max(BOX, sum(_wide(way) for _key, way in node.ways) + AIR * (len(node.ways) - 1))

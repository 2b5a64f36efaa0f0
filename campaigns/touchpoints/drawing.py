"""The path as a picture: a river of orders that narrows where people leave, and points that stand in it or beside it.

Drawn twice, lying for a desk and standing for a phone; the page shows one of them. No style and no script inside:
colours come from the classes ``path__*`` in admin.css.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import shorten, wrap

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.touchpoints.path import PHASES, Path
from shelf.touchpoints import AFTER, BEFORE, PURCHASE, Counted
from staff.display import number, percent

BROAD = 46.0  # of the river where all orders are
THIN = 2.0
RADIUS, RING = 24, 29
DESK, FIT, SCROLLED = 940.0, 9, 118.0  # beside the menu of a small desk; more than nine points are scrolled
ADDRESS = Callable[[Counted], str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a point stands, and how broad the river is there."""

    point: Counted
    x: float
    y: float
    broad: float


def phase_title(phase: str) -> str:
    return {BEFORE: _("Before the purchase"), PURCHASE: _("Purchase and delivery"), AFTER: _("After it arrived")}[phase]


def in_words(point: Counted) -> str:
    """The point in one sentence, for those who cannot see it and for the tooltip."""
    if point.trouble:
        return f"{point.title}: {point.trouble}"
    said = [f"{point.title}: {number(point.volume)}"]
    if point.response is not None:
        said.append(_("response %(share)s") % {"share": percent(point.response)})
    if point.satisfaction is not None:
        said.append(_("satisfied %(share)s") % {"share": percent(point.satisfaction)})
    if point.left:
        said.append(f"{point.left_as}: {number(point.left)}")
    if point.waiting:
        said.append(_("not here yet: %(count)s") % {"count": number(point.waiting)})
    return ", ".join(said)


# --- Lying, for a desk --------------------------------------------------------------------------------------------


def lying(path: Path, address: ADDRESS) -> SafeString:
    slot = min(160.0, DESK / max(1, len(path.points))) if len(path.points) <= FIT else SCROLLED
    spots = _spots(path, lambda n: (round(slot * (n + 0.5), 1), 118.0))
    width = round(slot * len(spots))
    return format_html(
        '<svg class="path path--lying" width="{}" height="236" viewBox="0 0 {} 236" role="group"'
        ' aria-labelledby="path-lying"><title id="path-lying">{}</title>{}{}{}</svg>',
        *(width, width, _summary(path)),
        _phases_lying(spots, slot),
        _river(spots, lying=True),
        format_html_join("", "{}", ((_station_lying(spot, address, slot),) for spot in spots)),
    )


def _phases_lying(spots: Sequence[Spot], slot: float) -> SafeString:
    """A line under each phase's name, from its first point to its last."""
    rows = []
    for phase in PHASES:
        here = [spot.x for spot in spots if spot.point.phase == phase]
        if here:
            start, end = round(here[0] - slot / 2 + 8, 1), round(here[-1] + slot / 2 - 8, 1)
            rows.append((start, end, start, _cut(phase_title(phase), int((end - start) / 6.6))))
    return format_html_join(
        "",
        '<path class="path__bank" d="M{} 26H{}"/><text class="path__phase" x="{}" y="16">{}</text>',
        rows,
    )


def _station_lying(spot: Spot, address: ADDRESS, slot: float) -> SafeString:
    point, x, y = spot.point, spot.x, spot.y
    lines = _lines(str(point.title), int(slot / 7.4), 2)
    title = format_html_join(
        "",
        '<text class="path__title" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((x, 64 - 15 * (len(lines) - 1 - n), line) for n, line in enumerate(lines)),
    )
    below = format_html_join(
        "",
        '<text class="path__said" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((x, 172 + 17 * n, line) for n, line in enumerate(_said(point))),
    )
    drop = format_html('<text class="path__left" x="{}" y="222" text-anchor="middle">{}</text>', x, _left(point))
    return _linked(spot, address, format_html("{}{}{}{}", title, _node(point, x, y), below, drop))


# --- Standing, for a phone ----------------------------------------------------------------------------------------


def standing(path: Path, address: ADDRESS) -> SafeString:
    slot, head = 92.0, 34.0
    starts = _heads(path.points)
    spots = _spots(path, lambda n: (52.0, round(slot * (n + 0.5) + head * sum(s <= n for s in starts), 1)))
    height = round(slot * len(spots) + head * len(starts))
    return format_html(
        '<svg class="path path--standing" viewBox="0 0 340 {}" role="group" aria-labelledby="path-standing">'
        '<title id="path-standing">{}</title>{}{}{}</svg>',
        *(height, _summary(path), _river(spots, lying=False)),
        format_html_join(
            "",
            '<text class="path__phase" x="0" y="{}">{}</text>',
            ((round(spots[n].y - slot / 2 - 14, 1), phase_title(spots[n].point.phase)) for n in starts),
        ),
        format_html_join("", "{}", ((_station_standing(spot, address),) for spot in spots)),
    )


def _heads(points: Sequence[Counted]) -> list[int]:
    """Where a new phase begins."""
    return [n for n, p in enumerate(points) if n == 0 or points[n - 1].phase != p.phase]


def _station_standing(spot: Spot, address: ADDRESS) -> SafeString:
    point, x, y = spot.point, spot.x, spot.y
    left = _left(point)
    said = " · ".join(_said(point))
    rows = [line for line in (said, f"{left} {point.left_as}" if left else "") if line]
    words = format_html_join(
        "",
        '<text class="{}" x="104" y="{}">{}</text>',
        (
            ("path__left" if row.startswith("−") else "path__said", round(y + 16 + 18 * n, 1), _cut(row, 40))
            for n, row in enumerate(rows)
        ),
    )
    title = format_html(
        '<text class="path__title" x="104" y="{}">{}</text>',
        round(y - (4 if rows else -5), 1),
        _cut(str(point.title), 30),
    )
    return _linked(spot, address, format_html("{}{}{}", _node(point, x, y), title, words))


# --- What both have -----------------------------------------------------------------------------------------------


def _spots(path: Path, where: Callable[[int], tuple[float, float]]) -> list[Spot]:
    most = max((p.volume for p in path.way), default=0)
    return [Spot(p, *where(n), max(THIN, BROAD * p.volume / most) if most else THIN) for n, p in enumerate(path.points)]


def _river(spots: Sequence[Spot], lying: bool) -> SafeString:
    """Bands from each point of the way to the next, as broad as what arrived there; points beside it lie on them."""
    way = [spot for spot in spots if not spot.point.is_aside]
    bands = [(_band(a, b, lying),) for a, b in pairwise(way)]
    return format_html_join("", '<path class="path__river" d="{}"/>', bands)


def _band(a: Spot, b: Spot, lying: bool) -> str:
    start, end, ha, hb = ((a.x, b.x) if lying else (a.y, b.y)) + (a.broad / 2, b.broad / 2)
    middle = (start + end) / 2
    bank = a.y if lying else a.x

    def at(along: float, across: float) -> str:
        along, across = round(along, 1), round(bank + across, 1)
        return f"{along} {across}" if lying else f"{across} {along}"

    out = f"M{at(start, -ha)}C{at(middle, -ha)} {at(middle, -hb)} {at(end, -hb)}"
    return f"{out}L{at(end, hb)}C{at(middle, hb)} {at(middle, ha)} {at(start, ha)}Z"


def _node(point: Counted, x: float, y: float) -> SafeString:
    """A circle with its number, and around it how many were satisfied."""
    kind = " path__node--aside" if point.is_aside else ""
    return format_html(
        '<circle class="path__node{}" cx="{}" cy="{}" r="{}"/>{}<text class="path__volume{}" x="{}" y="{}"'
        ' text-anchor="middle">{}</text>',
        *(kind, x, y, RADIUS, _ring(point, x, y)),
        " path__volume--long" if point.volume > 9999 else "",
        *(x, y + 5, "–" if point.trouble else number(point.volume)),
    )


def _ring(point: Counted, x: float, y: float) -> SafeString | str:
    share = point.satisfaction
    if share is None:
        return ""
    tone = "good" if share >= 0.8 else "wait" if share >= 0.6 else "bad"
    whole = round(2 * math.pi * RING, 1)
    return format_html(
        '<circle class="path__ring" cx="{}" cy="{}" r="{}"/><circle class="path__ring path__ring--{}" cx="{}" cy="{}"'
        ' r="{}" stroke-dasharray="{} {}" transform="rotate(-90 {} {})"/>',
        *(x, y, RING, tone, x, y, RING, round(whole * share, 1), whole, x, y),
    )


def _said(point: Counted) -> list[str]:
    said = []
    if point.response is not None:
        said.append(_("response %(share)s") % {"share": percent(point.response)})
    if point.satisfaction is not None:
        said.append(_("satisfied %(share)s") % {"share": percent(point.satisfaction)})
    return said


def _left(point: Counted) -> str:
    return f"−{number(point.left)}" if point.left else ""


def _linked(spot: Spot, address: ADDRESS, inside: SafeString) -> SafeString:
    words = in_words(spot.point)
    return format_html(
        '<a class="path__point" href="{}" aria-label="{}"><title>{}</title>{}</a>',
        *(address(spot.point), words, words, inside),
    )


def _summary(path: Path) -> str:
    way = path.way
    if not way:
        return _("The customer's path")
    return _("The customer's path: of %(all)s orders, %(last)s came as far as “%(point)s”.") % {
        "all": number(way[0].volume),
        "last": number(way[-1].volume),
        "point": way[-1].title,
    }


def _lines(text: str, width: int, many: int) -> list[str]:
    lines = wrap(text, max(8, width), break_long_words=False) or [""]
    if len(lines) > many:
        lines = [*lines[: many - 1], _cut(" ".join(lines[many - 1 :]), width)]
    return lines


def _cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    return shorten(text, width, placeholder="…") if " " in text[:width] else f"{text[: width - 1]}…"

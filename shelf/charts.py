"""Small charts as SVG, drawn on the server: no script, no inline style, one sentence for those who cannot see them.

Colours come from the page: classes ``bars``, ``bars__bar``, ``meter``, ``meter__ground``, ``meter__used``.
"""

from collections.abc import Sequence
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Number = int | float

WIDTH, HEIGHT = 120, 32


def bars(values: Sequence[Number], label: str, names: Sequence[str] = ()) -> SafeString:
    """One bar per value; ``names`` become the tooltips. A value above zero is never drawn lower than 2 units."""
    series = list(values) or [0]
    slot = WIDTH / len(series)
    top = max(series)
    drawn = format_html_join(
        "",
        '<rect class="bars__bar" x="{}" y="{}" width="{}" height="{}" rx="1"><title>{}</title></rect>',
        (
            (
                round(i * slot + slot * 0.12, 2),
                round(HEIGHT - _height(value, top), 2),
                round(slot * 0.76, 2),
                round(_height(value, top), 2),
                f"{names[i]}: {value}" if i < len(names) else value,
            )
            for i, value in enumerate(series)
        ),
    )
    return format_html(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="none">{}</svg>',
        *(WIDTH, HEIGHT, label, drawn),
    )


def meter(value: Number, top: Number, label: str, tone: str = "plain") -> SafeString:
    """How much of something is used: a bar that fills. ``tone``: plain, wait, bad."""
    share = min(1.0, value / top) if top > 0 else 1.0
    return format_html(
        '<svg class="meter meter--{}" viewBox="0 0 {} 4" role="img" aria-label="{}" preserveAspectRatio="none">'
        '<rect class="meter__ground" width="{}" height="4" rx="2"/>'
        '<rect class="meter__used" width="{}" height="4" rx="2"/></svg>',
        *(tone, WIDTH, label, WIDTH, round(WIDTH * share, 1)),
    )


def _height(value: Number, top: Number) -> float:
    if value <= 0 or top <= 0:
        return 0.75  # the ground line, so that an empty day is still a day
    return max(2.0, HEIGHT * value / top)


def stack(parts: Sequence[tuple[str, Number, str]], label: str) -> SafeString:
    """Shares of a whole in one bar. ``parts``: (name, how many, tooltip); the name ends the class ``stack__part--``."""
    whole = sum(n for _name, n, _said in parts)
    drawn, x = [], 0.0
    for name, n, said in parts:
        width = WIDTH * n / whole if whole else 0
        drawn.append((name, round(x, 2), round(width, 2), said))
        x += width
    return format_html(
        '<svg class="stack" viewBox="0 0 {} 8" role="img" aria-label="{}" preserveAspectRatio="none">{}</svg>',
        *(WIDTH, label),
        format_html_join(
            "",
            '<rect class="stack__part stack__part--{}" x="{}" y="0" width="{}" height="8"><title>{}</title></rect>',
            drawn,
        ),
    )


TALL, SHORT = 120, 14  # of columns: the room of the bars, and of the captions below
LETTER = 6  # how wide one of a caption's letters is


def columns(series: Sequence[tuple[str, Sequence[tuple[str, Number]], str]], label: str) -> SafeString:
    """Standing bars with captions. ``series``: (caption, parts from the ground up as (tone, how many), tooltip); the
    tone ends the class ``columns__part--``. Captions for which there is no room are left out."""
    slot = 3 * WIDTH / max(len(series), 1)
    top = max((sum(n for _tone, n in parts) for _caption, parts, _said in series), default=0)
    every = ceil(LETTER * max((len(caption) + 1 for caption, _parts, _said in series), default=0) / slot)
    drawn = [
        format_html(
            '<g><title>{}</title><rect class="columns__ground" x="{}" y="0" width="{}" height="{}"/>{}{}</g>',
            *(said, round(i * slot, 2), round(slot, 2), TALL, _column(i * slot, slot, parts, top)),
            _caption(i * slot + slot / 2, caption) if i % every == 0 else "",
        )
        for i, (caption, parts, said) in enumerate(series)
    ]
    return format_html(
        '<svg class="columns" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        *(3 * WIDTH, TALL + SHORT, label, format_html_join("", "{}", ((one,) for one in drawn))),
    )


def _column(x: float, slot: float, parts: Sequence[tuple[str, Number]], top: Number) -> SafeString:
    rects, ground = [], float(TALL)
    wide = min(slot * 0.72, 28.0)
    for tone, n in parts:
        height = max(2.0, TALL * n / top) if n > 0 and top > 0 else 0.0
        ground -= height
        rects.append((tone, round(x + (slot - wide) / 2, 2), round(ground, 2), round(wide, 2), round(height, 2)))
    return format_html_join(
        "", '<rect class="columns__part columns__part--{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>', rects
    )


def _caption(x: float, text: str) -> SafeString:
    return format_html('<text class="columns__caption" x="{}" y="{}">{}</text>', round(x, 2), TALL + SHORT - 3, text)


def span(middle: Number, far: Number, top: Number, label: str) -> SafeString:
    """How far something reaches: a bar to ``far``, with a mark at ``middle``."""
    end, mark = (round(WIDTH * min(1.0, n / top), 1) if top > 0 else 0 for n in (far, middle))
    return format_html(
        '<svg class="span" viewBox="0 0 {} 8" role="img" aria-label="{}" preserveAspectRatio="none">'
        '<rect class="span__ground" y="3" width="{}" height="2" rx="1"/>'
        '<rect class="span__far" y="2" width="{}" height="4" rx="2"/>'
        '<rect class="span__middle" x="{}" width="2" height="8" rx="1"/></svg>',
        *(WIDTH, label, WIDTH, end, max(0, mark - 1)),
    )

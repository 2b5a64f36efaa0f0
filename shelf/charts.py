"""Small charts as SVG, drawn on the server: no script, no inline style, one sentence for those who cannot see them.

Colours come from the page: classes ``bars``, ``bars__bar``, ``meter``, ``meter__ground``, ``meter__used``.
"""

from collections.abc import Sequence

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

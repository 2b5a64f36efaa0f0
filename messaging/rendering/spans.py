"""Where Liquid stands in a source: one linear look, before any parser with regular expressions sees the text.

The look refuses what could keep a parser busy for minutes (tags without an end, tags as long as a novel, runs of
spaces inside a tag) and says where a block was opened that is never closed, which the Liquid parser reports only as an
unexpected end of the file.
"""

import re
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext_noop

from messaging.rendering.problems import LiquidFault
from shelf.reasons import Reason

MAX_SOURCE = 64 * 1024  # characters; the longest of our preset mails has under 12 thousand
MAX_TAG = 1000
MAX_DEPTH = 20

BLOCKS = {"if", "unless", "case", "for", "capture", "comment"}
INNER = {"else", "elsif", "when", "break", "continue"}
SINGLE = {"assign", "#"}

_NAME = re.compile(r"\s*(#|\w*)")
_GAP = re.compile(r"\s{80}")


@dataclass(frozen=True, slots=True)
class Span:
    """``{{ … }}`` or ``{% name … %}`` from ``start`` to ``end`` (exclusive); ``name`` is empty for output."""

    start: int
    end: int
    name: str = ""


def find_spans(source: str, limit: int = MAX_SOURCE) -> list[Span]:
    """Every piece of Liquid in the source; raises LiquidFault at the first that is out of order."""
    if len(source) > limit:
        raise LiquidFault(
            limit,
            Reason(gettext_noop("The source is longer than %(size)s characters."), {"size": limit}),
        )
    spans = list(islice(_walk(source), limit // 32 + 1))
    if len(spans) > limit // 32:
        raise LiquidFault(spans[-1].start, Reason(gettext_noop("There is too much Liquid in one mail.")))
    _check_blocks(spans)
    return spans


def _walk(source: str):
    position = 0
    while (start := _next_opener(source, position)) >= 0:
        is_output = source[start + 1] == "{"
        closer = "}}" if is_output else "%}"
        end = source.find(closer, start + 2, start + MAX_TAG)
        if end < 0:
            raise LiquidFault(
                start,
                Reason(
                    gettext_noop("“%(opener)s” is not closed with “%(closer)s”."),
                    _pair(source, start, closer),
                ),
            )
        if _GAP.search(source, start, end):
            raise LiquidFault(start, Reason(gettext_noop("There is a long gap inside this tag.")))
        name = "" if is_output else _name_of(source, start)
        yield Span(start, end + 2, name)
        position = end + 2


def _next_opener(source: str, position: int) -> int:
    found = [at for at in (source.find("{{", position), source.find("{%", position)) if at >= 0]
    return min(found, default=-1)


def _pair(source: str, start: int, closer: str) -> dict[str, str]:
    return {"opener": source[start : start + 2], "closer": closer}


def _name_of(source: str, start: int) -> str:
    inside = start + 3 if source[start + 2] == "-" else start + 2
    name = _NAME.match(source, inside)[1]
    plain = name.removeprefix("end")
    if name not in INNER | SINGLE | BLOCKS and not (name.startswith("end") and plain in BLOCKS):
        raise LiquidFault(
            start,
            Reason(gettext_noop("There is no tag “%(tag)s”; use if, for, case, assign."), {"tag": name}),
        )
    return name


def _check_blocks(spans: list[Span]) -> None:
    opened: list[Span] = []
    for span in spans:
        if span.name in BLOCKS:
            opened.append(span)
        elif span.name.startswith("end"):
            if not opened or span.name != f"end{opened[-1].name}":
                raise LiquidFault(
                    span.start, Reason(gettext_noop("“%(tag)s” closes nothing here."), {"tag": span.name})
                )
            opened.pop()
        if len(opened) > MAX_DEPTH:
            raise LiquidFault(span.start, Reason(gettext_noop("Too many blocks stand inside each other here.")))
    if opened:
        raise LiquidFault(
            opened[-1].start,
            Reason(
                gettext_noop("“%(tag)s” is not closed with “%(closer)s”."),
                {"tag": opened[-1].name, "closer": f"end{opened[-1].name}"},
            ),
        )

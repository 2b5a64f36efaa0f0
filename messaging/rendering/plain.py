"""The text part: made from the MJML where the author wrote none, and set for reading everywhere."""

import re
from functools import lru_cache
from html import unescape

from messaging.rendering.mjml_source import WORDS, Source, Tag, Words

WIDTH = 76
_TAG_LINE = re.compile(r"^[ \t]*(?:\{%(?:[^%]|%(?!\}))*%\}[ \t]*)+\n", re.MULTILINE)
_BREAKS = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr", "blockquote"}
_GAPS = {"mj-text", "mj-button", "mj-table", "mj-section", "p", "h1", "h2", "h3", "table", "ul", "ol"}


def text_from_mjml(mjml: str) -> str:
    """A Liquid source of plain text: the words of the mail in their order, buttons and links with their address."""
    source = Source(mjml)
    pieces: list[str] = []
    targets: list[str] = []
    for part in source.parts:
        if isinstance(part, Words):
            if part.inside not in WORDS:
                pieces.append(_words(source, part))
        elif part.name in ("a", "mj-button"):
            pieces.append(_link(part, targets))
        elif part.name in ("td", "th") and part.closes:
            pieces.append("  ")
        if isinstance(part, Tag) and (part.name in _GAPS or part.name in _BREAKS):
            pieces.append("\n\n" if part.name in _GAPS and part.closes else "\n")
    return tidy("".join(pieces))


def _words(source: Source, part: Words) -> str:
    """Text with entities read and the source's own line breaks undone; Liquid as it stands."""
    spans = [span for span in source.spans if part.start <= span.start < part.end]
    pieces, position = [], part.start
    for span in spans:
        pieces += [_read(source.mjml[position : span.start]), source.mjml[span.start : span.end]]
        position = span.end
    return "".join([*pieces, _read(source.mjml[position : part.end])])


def _read(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(text).replace("\xa0", " "))


def _link(tag: Tag, targets: list[str]) -> str:
    if not tag.closes:
        targets.append(unescape(tag.attributes.get("href", "")))
        return ""
    target = targets.pop() if targets else ""
    return f": {target}" if target else ""


def tidy(text: str) -> str:
    """Without blanks at the ends of lines, and with at most one empty line in a row."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    text = "\n".join(lines)
    if "\n\n\n" in text:
        text = re.sub(r"\n{3,}", "\n\n", text)
    return text.strip() + "\n"


def without_tag_lines(source: str) -> str:
    """A line that holds nothing but Liquid tags leaves no empty line behind, so that a loop may be written readably."""
    return _TAG_LINE.sub(lambda line: line[0].strip(), source)


def wrap(text: str) -> str:
    """Lines of at most 76 characters, broken between words; an address is never broken."""
    lines = []
    for line in tidy(text).split("\n"):
        lines += [line] if len(line) <= WIDTH else _broken(line)
    return "\n".join(lines).strip() + "\n"


@lru_cache(maxsize=2048)  # most lines of a mail are the same for everybody
def _broken(line: str) -> list[str]:
    """textwrap does the same in 30 µs, this in five. Unbreakable spaces stay."""
    lines, begun, length = [], [], -1
    for word in line.split(" "):
        if length + 1 + len(word) > WIDTH and begun:
            lines.append(" ".join(begun))
            begun, length = [], -1
        if word:
            begun.append(word)
            length += 1 + len(word)
    return [*lines, " ".join(begun)] if begun else lines

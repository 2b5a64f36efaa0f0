"""What an author types into a field, as HTML for the mail and as plain text: Liquid stays alive, all else is text.

A passage knows five marks, all of which read well untouched: an empty line begins a paragraph, ``- `` a list,
``## `` a heading, ``**bold**``, ``*italic*`` and ``[words](address)``. There is no way to write HTML.
"""

import re
from collections.abc import Callable
from html import escape

from messaging.rendering.spans import find_spans

# An address a reader may be led to: or a variable whose name ends in "url", for those are made by us.
SAFE_LINK = re.compile(r"(?:https?://[^\s<>\"']+|mailto:[^\s<>\"']+|tel:[+\d][\d ()-]*)\Z", re.IGNORECASE)
URL_VARIABLE = re.compile(r"\{\{-?\s*[\w.]*url\s*-?\}\}")

_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: a piece of Liquid by its number
_COVERED = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]+)\)")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_ITALIC = re.compile(r"(?<![*\w])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![*\w])")


def is_safe_link(address: str) -> bool:
    """``https://…``, ``mailto:``, ``tel:``, or Liquid that begins with a variable ending in ``url``."""
    address = address.strip()
    variable = URL_VARIABLE.match(address)
    if variable:
        rest = address[variable.end() :]
        return not re.search(r"[\s<>\"']", URL_VARIABLE.sub("", rest))
    return bool(SAFE_LINK.match(re.sub(r"\{\{[^{}]*\}\}", "x", address))) and not address.startswith("{")


def links_in(source: str) -> list[str]:
    """The addresses of a passage's links, Liquid as it stands."""
    covered, pieces = _cover(source)
    return [_uncover(link[2], pieces) for link in _LINK.finditer(covered)]


def html_line(source: str) -> str:
    """One line as HTML, or the value of an attribute."""
    return _around_liquid(" ".join(source.split("\n")).strip(), escape)


def text_line(source: str) -> str:
    return " ".join(source.split("\n")).strip()


def html_passage(source: str) -> str:
    """Paragraphs, lists and headings, ready to stand in ``<mj-text>``."""
    return _around_liquid(source, _passage)


def text_passage(source: str) -> str:
    """The marks that only a screen shows are taken off; lists and paragraphs stay as they are written."""
    return _around_liquid(source, _plain)


def _passage(text: str) -> str:
    parts = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip()) if part.strip()]
    return "\n".join(_part(part, last=at == len(parts) - 1) for at, part in enumerate(parts))


def _part(part: str, last: bool) -> str:
    lines = [line.strip() for line in part.split("\n")]
    gap = "" if last else ' style="padding-bottom:20px"'
    if all(line.startswith("- ") for line in lines):
        rows = "".join(f'<li style="padding:2px 0">{_inline(line[2:])}</li>' for line in lines)
        return f'<ul style="margin:0;padding:0 0 {0 if last else 20}px 20px">{rows}</ul>'
    if lines[0].startswith("## "):
        below = "\n".join(lines[1:])
        heading = f'<h2 style="padding-bottom:{8 if below or not last else 0}px">{_inline(lines[0][3:])}</h2>'
        return heading + (f"\n{_part(below, last)}" if below else "")
    return f"<p{gap}>{'<br>'.join(_inline(line) for line in lines)}</p>"


def _inline(text: str) -> str:
    text = _LINK.sub(lambda link: f'<a class="plain" href="{link[2]}">{link[1]}</a>', escape(text))
    return _ITALIC.sub(r"<i>\1</i>", _BOLD.sub(r"<b>\1</b>", text))


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1: \2", text.replace("\r\n", "\n"))
    text = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", text))
    return re.sub(r"^## ", "", text, flags=re.MULTILINE).strip()


def _around_liquid(source: str, work: Callable[[str], str]) -> str:
    covered, pieces = _cover(source)
    return _uncover(work(covered), pieces)


def _cover(source: str) -> tuple[str, list[str]]:
    """The source with each piece of Liquid as one opaque word. Raises LiquidFault where Liquid is out of order."""
    source = source.replace(_OPEN, "").replace(_CLOSE, "")
    words: list[str] = []
    pieces: list[str] = []
    position = 0
    for span in find_spans(source):
        words += [source[position : span.start], f"{_OPEN}{len(pieces)}{_CLOSE}"]
        pieces.append(source[span.start : span.end])
        position = span.end
    return "".join([*words, source[position:]]), pieces


def _uncover(text: str, pieces: list[str]) -> str:
    return _COVERED.sub(lambda found: pieces[int(found[1])], text)

"""What the author of an article types, as safe HTML. Pure; whatever is no mark is text.

An empty line begins a paragraph, ``- `` a list, ``1. `` a list of steps, ``## `` a heading, ``**bold**``, ``*italic*``
and ``[words](address)``. An address is https:, mailto:, tel:, or a page of this house that begins with one slash.
"""

import re
from html import escape

from markupsafe import Markup

_LINK = re.compile(r"\[([^\[\]\n]+)\]\(((?:https?://|mailto:|tel:\+?\d|/(?![/\\]))[^()\s\"'<>\\]*)\)", re.IGNORECASE)
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_ITALIC = re.compile(r"(?<![*\w])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![*\w])")
_STEP = re.compile(r"\d{1,2}[.)] ")


def html_of(source: str) -> Markup:
    parts = re.split(r"\n[ \t]*\n", source.replace("\r\n", "\n").strip())
    return Markup("\n").join(Markup(_part(part.strip("\n"))) for part in parts if part.strip())  # noqa: S704 - escaped below


def text_of(source: str) -> str:
    """Without the marks that only a page shows, lines kept: for a letter."""
    text = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", _LINK.sub(_spelled_out, source.replace("\r\n", "\n"))))
    return re.sub(r"^## ", "", text, flags=re.MULTILINE).strip()


def _spelled_out(link: re.Match) -> str:
    """An address of this house means nothing in a letter."""
    return link[1] if link[2].startswith("/") else f"{link[1]}: {link[2]}"


def words_of(source: str) -> str:
    """One line without marks, for excerpts and search engines."""
    text = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", _LINK.sub(r"\1", source)))
    lines = (re.sub(r"^(?:## |- |\d{1,2}[.)] )", "", line.strip()) for line in text.splitlines())
    return " ".join(line for line in lines if line)


def _part(part: str) -> str:
    lines = [line.strip() for line in part.split("\n")]
    if lines[0].startswith("## "):
        below = "\n".join(lines[1:])
        return f"<h2>{_inline(lines[0][3:])}</h2>" + (f"\n{_part(below)}" if below else "")
    for tag, mark in (("ul", re.compile("- ")), ("ol", _STEP)):
        at = next((n for n, line in enumerate(lines) if mark.match(line)), None)
        if at is not None and all(mark.match(line) for line in lines[at:]):
            rows = "".join(f"<li>{_inline(mark.sub('', line, count=1))}</li>" for line in lines[at:])
            return (_part("\n".join(lines[:at])) if at else "") + f"<{tag}>{rows}</{tag}>"
    return f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>"


def _inline(text: str) -> str:
    """Addresses are put aside first: a star in one is no mark."""
    aside: list[str] = []

    def put_aside(link: re.Match) -> str:
        aside.append(f'<a href="{escape(link[2])}">{_emphasised(escape(link[1]))}</a>')
        return f"\ue000{len(aside) - 1}\ue001"

    covered = _LINK.sub(put_aside, text.replace("\ue000", "").replace("\ue001", ""))
    return re.sub("\ue000(\\d+)\ue001", lambda found: aside[int(found[1])], _emphasised(escape(covered)))


def _emphasised(text: str) -> str:
    return _ITALIC.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", text))

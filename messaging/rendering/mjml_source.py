"""Reads an author's MJML as one walk over its tags: what may stand where, and in which ground each Liquid span lies.

The MJML compiler drops silently whatever it does not know or does not expect at a place, and closes what was left open
as it pleases; so everything it would swallow is refused here, by tag and line. Liquid is covered before the walk: a
``<`` or a quote inside it is not MJML's business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from django.utils.translation import gettext_noop

from messaging.rendering.problems import LiquidFault, TemplateProblem, place
from messaging.rendering.spans import Span, find_spans
from shelf.reasons import Reason

# What may stand in what. Left out on purpose: mj-include (files), mj-font (foreign hosts), mj-social, mj-accordion and
# mj-carousel (icons from foreign hosts), mj-preview (the preheader has a field of its own).
PLACES: dict[str, set[str]] = {
    "mjml": {""},
    "mj-head": {"mjml"},
    "mj-body": {"mjml"},
    "mj-title": {"mj-head"},
    "mj-style": {"mj-head"},
    "mj-breakpoint": {"mj-head"},
    "mj-attributes": {"mj-head"},
    "mj-all": {"mj-attributes"},
    "mj-class": {"mj-attributes"},
    "mj-wrapper": {"mj-body"},
    "mj-hero": {"mj-body"},
    "mj-section": {"mj-body", "mj-wrapper"},
    "mj-group": {"mj-section"},
    "mj-column": {"mj-section", "mj-group"},
    "mj-raw": {"mj-head", "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero"},
    "mj-text": {"mj-column", "mj-hero"},
    "mj-button": {"mj-column", "mj-hero"},
    "mj-image": {"mj-column", "mj-hero"},
    "mj-divider": {"mj-column", "mj-hero"},
    "mj-spacer": {"mj-column", "mj-hero"},
    "mj-table": {"mj-column", "mj-hero"},
}
CONTENT = {"mj-text", "mj-button", "mj-table", "mj-raw"}  # may hold HTML
WORDS = {"mj-title", "mj-style"}  # hold plain text that lands in an element where comments are text
VOID = {"br", "img", "hr", "wbr", "col", "meta"}
FORBIDDEN = {
    *(
        "script",
        "style",
        "link",
        "base",
        "iframe",
        "frame",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "template",
    ),
    *("form", "input", "button", "select", "textarea", "html", "head", "body", "title", "noscript"),
}
MAX_DEPTH = 60  # the compiler and the inliner recurse
MAX_PROBLEMS = 50  # nobody reads more at once

COVER = "\ue000"  # stands for every character of a Liquid span during the walk
_TAG_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:-]*)")
_ATTRIBUTE = re.compile(r"""\s+([^\s=/>"']+)\s*=\s*("[^"]*"|'[^']*')""")
_LOOSE = re.compile(r"\s*/?\s*")


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    start: int
    end: int
    closes: bool = False
    alone: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """Text between tags; ``inside`` is the innermost open tag."""

    start: int
    end: int
    inside: str


class Source:
    """An author's MJML with its Liquid spans. ``problems`` is empty when it may be compiled."""

    def __init__(self, mjml: str):
        self.mjml = mjml
        self.problems: list[TemplateProblem] = []
        self.parts: list[Tag | Words] = []
        self.comments: list[tuple[int, int]] = []
        self.spans: list[Span] = []
        self.has_body = False
        try:
            self.spans = find_spans(mjml)
        except LiquidFault as fault:
            self.problems.append(fault.in_source(mjml, "mjml"))
            return
        self.covered = cover(mjml, self.spans)
        self._walk()

    def _walk(self) -> None:
        opened: list[Tag] = []
        for part in self._parts(opened):
            self.parts.append(part)
            if isinstance(part, Words):
                self._check_words(part)
            elif not self._step(part, opened):
                return
        if opened and not self.problems:
            self.refuse(opened[-1].start, gettext_noop("“<%(tag)s>” is never closed."), tag=opened[-1].name)
        elif not self.problems and not self.has_body:
            self.refuse(0, gettext_noop("A mail begins with <mjml> and has an <mj-body>."))

    def _step(self, tag: Tag, opened: list[Tag]) -> bool:
        """Enters or leaves a tag; False when there is no sense in going on from here."""
        if tag.closes:
            if not opened or opened[-1].name != tag.name:
                self._stray(tag, opened)
                return False
            opened.pop()
            return True
        self.has_body = self.has_body or tag.name == "mj-body"
        self._check_tag(tag, opened[-1].name if opened else "")
        if not tag.alone:
            opened.append(tag)
        if len(opened) > MAX_DEPTH:
            self.refuse(tag.start, gettext_noop("Too many tags stand inside each other here."))
        return len(opened) <= MAX_DEPTH and len(self.problems) < MAX_PROBLEMS

    def _parts(self, opened: list[Tag]) -> Iterator[Tag | Words]:
        """Tags and the text between them; ends early, with a problem, where the source stops making sense."""
        text, position, text_start = self.covered, 0, 0
        while (at := text.find("<", position)) >= 0:
            inside = opened[-1].name if opened else ""
            if text.startswith("<!--", at):
                tag, end = None, text.find("-->", at) + 3
                self.comments.append((at, end))
                if end == 2:
                    self.refuse(at, gettext_noop("A comment is never closed."))
                    return
            else:
                tag = self._tag_at(at, inside)
                if tag is None:
                    return
                end = tag.end
            yield Words(text_start, at, inside)
            if tag:
                yield tag
            position = text_start = end
        yield Words(text_start, len(text), opened[-1].name if opened else "")

    def _tag_at(self, at: int, inside: str) -> Tag | None:
        text = self.covered
        name = _TAG_NAME.match(text, at + 1)
        if not name or (inside in WORDS and name[0] != f"/{inside}"):
            self.refuse(at, gettext_noop("“<” begins no tag here; write “&lt;” for the sign itself."))
            return None
        attributes, position = {}, name.end()
        while found := _ATTRIBUTE.match(text, position):
            attributes[found[1].lower()] = self.mjml[found.start(2) + 1 : found.end(2) - 1]
            position = found.end()
        loose = _LOOSE.match(text, position)
        if not text.startswith(">", loose.end()):
            sentence = gettext_noop(
                "The tag “<%(tag)s>” is not well formed: values stand in quotes, and it ends with “>”."
            )
            self.refuse(at, sentence, tag=name[1])
            return None
        alone = "/" in loose[0] or name[1].lower() in VOID
        written = name[1] if name[1].lower().startswith("mj") else name[1].lower()
        return Tag(written, at, loose.end() + 1, name[0].startswith("/"), alone, attributes)

    def _check_words(self, part: Words) -> None:
        ground = PLACES.get(part.inside)
        if (ground is None and part.inside) or part.inside in CONTENT | WORDS:
            if part.inside == "mj-style" and "@import" in self.covered[part.start : part.end].lower():
                self.refuse(part.start, gettext_noop("A mail loads no styles from elsewhere; “@import” has to go."))
            return
        words = self.covered[part.start : part.end]
        if stripped := words.strip():
            at = part.start + words.index(stripped[0])
            if stripped[0] == COVER:
                self.refuse(at, gettext_noop("Liquid between MJML tags has to stand inside <mj-raw>."))
            else:
                self.refuse(at, gettext_noop("Text has to stand inside <mj-text>."))

    def _check_tag(self, tag: Tag, inside: str) -> None:
        if tag.name.lower().startswith("mj"):
            self._check_mjml_tag(tag, inside)
        elif tag.name in FORBIDDEN or (tag.name == "meta" and self.has_body):
            self.refuse(tag.start, gettext_noop("“<%(tag)s>” has no place in a mail."), tag=tag.name)
        elif not inside or (inside in PLACES and inside not in CONTENT | {"mj-attributes"}):
            self.refuse(
                tag.start,
                gettext_noop("“<%(tag)s>” has to stand inside <mj-text> or <mj-raw>."),
                tag=tag.name,
            )
        self._check_attributes(tag)

    def _check_mjml_tag(self, tag: Tag, inside: str) -> None:
        if inside == "mj-attributes" and tag.name in PLACES:
            return
        if tag.name not in PLACES:
            self.refuse(tag.start, gettext_noop("There is no tag “<%(tag)s>” for our mails."), tag=tag.name)
        elif inside not in PLACES[tag.name]:
            places = ", ".join(f"<{name}>" for name in sorted(PLACES[tag.name]) if name)
            self.refuse(
                tag.start,
                gettext_noop("“<%(tag)s>” cannot stand here; its place is in %(places)s."),
                tag=tag.name,
                places=places or "–",
            )

    def _check_attributes(self, tag: Tag) -> None:
        for name, value in tag.attributes.items():
            target = re.sub(r"[\s\x00-\x1f]", "", unescape(value)).lower()
            if name.startswith("on") or target.startswith(("javascript:", "vbscript:", "data:text")):
                self.refuse(
                    tag.start,
                    gettext_noop("“%(attribute)s” would be a script; mails have none."),
                    attribute=name,
                )

    def _stray(self, tag: Tag, opened: list[Tag]) -> None:
        if opened:
            line, _ = place(self.mjml, opened[-1].start)
            self.refuse(
                tag.start,
                gettext_noop("“</%(tag)s>” comes before “<%(open)s>” of line %(line)s is closed."),
                tag=tag.name,
                open=opened[-1].name,
                line=line,
            )
        else:
            self.refuse(tag.start, gettext_noop("“</%(tag)s>” closes nothing here."), tag=tag.name)

    def refuse(self, offset: int, text: str, **values) -> None:
        line, column = place(self.mjml, offset)
        self.problems.append(TemplateProblem(line, column, Reason(text, values)))


def cover(source: str, spans: list[Span]) -> str:
    """The source, as long as before, with Liquid made opaque."""
    pieces, position = [], 0
    for span in spans:
        pieces += [source[position : span.start], COVER * (span.end - span.start)]
        position = span.end
    return "".join([*pieces, source[position:]])

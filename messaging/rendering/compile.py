"""MJML into the HTML of a mail, once, when a template is published; Liquid passes through untouched.

For the compiler and the inliner each Liquid span is covered by a stand-in that both leave alone: a comment between
tags (text between table rows would be thrown out of the table), a word inside attributes and styles. What does not come
back out was dropped, and is a problem of the author's line.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

import css_inline
import mjml as compiler
from django.utils.translation import gettext_noop

from messaging.rendering.liquid import MAX_COMPILED, parse
from messaging.rendering.mjml_source import WORDS, Source, Tag, Words
from messaging.rendering.plain import text_from_mjml, without_tag_lines
from messaging.rendering.problems import LiquidFault, TemplateProblem, TemplateRefused
from shelf.reasons import Reason

_STAND_IN = re.compile(r"<!--zqliquid(\d+)zq-->|zqliquid(\d+)zq")
_DARK = '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
# The line a mailbox shows beside the subject. The run of invisible marks keeps it from going on with the mail's text.
_PREHEADER = (
    '{% if mail.preheader != "" %}<div style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;'
    'opacity:0;overflow:hidden;mso-hide:all">{{ mail.preheader }}' + "&#847;&zwnj;&nbsp;" * 40 + "</div>{% endif %}"
)


@dataclass(frozen=True, slots=True)
class CompiledContent:
    """One language of a template, ready to be filled in: Liquid in all four, MJML in none."""

    subject: str
    preheader: str
    html: str
    text: str

    @property
    def sources(self) -> tuple[str, ...]:
        return self.subject, self.preheader, self.html, self.text


def compile_content(subject: str, preheader: str, mjml: str, text: str) -> CompiledContent:
    """Compiles the four sources of one language; an empty text part is made from the MJML. Raises TemplateRefused."""
    html = compile_mail(mjml)
    for part, source in (("subject", subject), ("preheader", preheader), ("text", text)):
        try:
            parse(source)
        except LiquidFault as fault:
            raise TemplateRefused([fault.in_source(source, part)]) from fault
    text = text if text.strip() else text_from_mjml(mjml)
    return CompiledContent(subject, preheader, html, without_tag_lines(text))


def compile_mail(mjml: str) -> str:
    """HTML with inlined styles and live Liquid. Raises TemplateRefused, naming tag and line."""
    source = Source(mjml)
    if source.problems:
        raise TemplateRefused(source.problems)
    covered, inline_styles = _cover(source)
    try:
        html = compiler.mjml2html(covered, fonts={}, social_icon_origin="")
        html = _inliner(inline_styles).inline(html)
    except ValueError as error:
        what = Reason(gettext_noop("The MJML cannot be compiled: %(what)s"), {"what": str(error)[:200]})
        raise TemplateRefused([TemplateProblem(1, 1, what)]) from error
    return _finish(_uncover(html, source))


def _inliner(styles: str) -> css_inline.CSSInliner:
    # Only what the author marks as inline is inlined: the compiler's own reset on 200 cells is 20 KB for nothing.
    return css_inline.CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=styles
    )


def _cover(source: Source) -> tuple[str, str]:
    """The source for the compiler, without comments and inline styles, and those styles."""
    parts = [part for part in source.parts if part.end > part.start]
    starts = [part.start for part in parts]
    changes = [(start, end, "") for start, end in source.comments]
    styles, hidden = _inline_styles(source)
    changes += [*hidden, *_table_bodies(source)]
    for number, span in enumerate(source.spans):
        part = parts[max(0, bisect_right(starts, span.start) - 1)]
        is_text = isinstance(part, Words) and part.inside not in WORDS and span.start < part.end
        changes.append((span.start, span.end, f"<!--zqliquid{number}zq-->" if is_text else f"zqliquid{number}zq"))
    pieces, position = [], 0
    for start, end, new in sorted(changes, key=lambda change: change[:2]):
        if start >= position:
            pieces += [source.mjml[position:start], new]
            position = end
    return "".join([*pieces, source.mjml[position:]]), styles


def _table_bodies(source: Source) -> list[tuple[int, int, str]]:
    """The <tbody> that a parser adds to a table, added where it belongs: around the loop over the rows, not inside."""
    changes, opened = [], []
    for part in source.parts:
        if not isinstance(part, Tag) or part.alone:
            continue
        if not part.closes:
            if opened and part.name in ("thead", "tbody", "tfoot", "caption", "colgroup"):
                opened[-1] = (opened[-1][0], False)
            opened.append((part, part.name in ("table", "mj-table")))
        else:
            tag, lacks_body = opened.pop()
            if lacks_body:
                changes += [(tag.end, tag.end, "<tbody>"), (part.start, part.start, "</tbody>")]
    return changes


def _inline_styles(source: Source) -> tuple[str, list[tuple[int, int, str]]]:
    styles, hidden, begun = [], [], None
    for part in source.parts:
        if isinstance(part, Tag) and part.name == "mj-style":
            if part.closes and begun:
                styles.append(source.mjml[begun.end : part.start])
                hidden.append((begun.start, part.end, ""))
            begun = part if part.attributes.get("inline") == "inline" and not part.alone else None
    return "\n".join(styles), hidden


def _uncover(html: str, source: Source) -> str:
    left = set(range(len(source.spans)))

    def original(found: re.Match) -> str:
        number = int(found[1] or found[2])
        left.discard(number)
        return source.mjml[source.spans[number].start : source.spans[number].end]

    html = _STAND_IN.sub(original, html)
    lost = [source.spans[number].start for number in sorted(left) if not _in_comment(source, number)]
    for offset in lost:
        source.refuse(offset, gettext_noop("Liquid has no effect at this place; put it into text or <mj-raw>."))
    if lost:
        raise TemplateRefused(source.problems)
    try:
        parse(html, limit=MAX_COMPILED)
    except LiquidFault as fault:
        # A block that opens in one element and closes in another may be torn apart by the compiler.
        raise TemplateRefused([TemplateProblem(1, 1, fault.what)]) from fault
    return html


def _in_comment(source: Source, number: int) -> bool:
    at = source.spans[number].start
    return any(start <= at < end for start, end in source.comments)


def _finish(html: str) -> str:
    """What every mail has, whoever wrote it: language, title, dark mode, preheader."""
    html = html.replace('lang="und"', 'lang="{{ mail.language }}"')
    html = html.replace("<title></title>", "<title>{{ mail.subject }}</title>", 1)
    if 'name="color-scheme"' not in html:
        html = html.replace("<head>", f"<head>{_DARK}", 1)
    return re.sub(r"(<body[^>]*>)", lambda body: body[1] + _PREHEADER, html, count=1)

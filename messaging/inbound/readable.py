"""A stranger's HTML as far as it may be drawn: some tags, none of their attributes, and words. Pure.

What comes out is written here, tag by tag: nothing of the source but words passes, so nothing in it runs, leads
anywhere or is fetched. It is shown in a sandboxed frame all the same.
"""

from html import escape
from html.parser import HTMLParser

KEPT = frozenset(
    (
        *("p", "div", "br", "hr", "b", "strong", "i", "em", "u", "s", "small", "blockquote", "pre", "code"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "thead", "tbody", "tr", "td", "th"),
    )
)
EMPTY = frozenset(("br", "hr"))
# what is inside is not read to people
SILENT = frozenset(
    (
        *("script", "style", "title", "template", "noscript", "iframe", "object"),
        *("svg", "math", "textarea", "select"),
    )
)
DEEPEST = 200  # open tags; deeper ones are left out


class _Pen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.open: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += 1
        elif self.silent:
            return
        elif tag == "img":
            self.pieces.append(f"<i>[{escape(dict(attrs).get('alt') or '…')}]</i>")
        elif tag in EMPTY:
            self.pieces.append(f"<{tag}>")
        elif tag in KEPT and len(self.open) < DEEPEST:
            self.pieces.append(f"<{tag}>")
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in self.open and not self.silent:
            while (closed := self.open.pop()) != tag:
                self.pieces.append(f"</{closed}>")
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(escape(data))


def readable(html: str) -> str:
    """The HTML with nothing in it but the tags above, all closed."""
    pen = _Pen()
    pen.feed(html)
    pen.close()
    return "".join([*pen.pieces, *(f"</{tag}>" for tag in reversed(pen.open))])

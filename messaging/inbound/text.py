"""Bytes of a stranger's mail as text: wrong charsets, torn encodings, control characters. Nothing here raises."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from html.parser import HTMLParser
from quopri import decodestring

_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,40}\?[bq]\?)", re.IGNORECASE)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
# Names that mailers write and Python does not know.
_ALIASES = {
    "x-gbk": "gbk",
    "x-sjis": "shift_jis",
    "cp-1251": "cp1251",
    "x-cp1251": "cp1251",
    "unicode-1-1-utf-7": "utf-7",
}


def decode(data: bytes, charset: str = "") -> str:
    """The text in the declared charset, else in UTF-8, else in windows-1251: what our customers' old programs write.

    A few torn characters in UTF-8 stay torn; they do not make the whole text Cyrillic gibberish.
    """
    declared = _ALIASES.get(charset.strip("\"' ").lower(), charset.strip("\"' ") or "utf-8")
    for name in (declared, "utf-8"):
        try:
            return clean(data.decode(name))
        except (LookupError, ValueError):
            continue
    mended = data.decode("utf-8", "replace")
    foreign = sum(1 for c in mended if c > "\x7f")
    if mended.count("\ufffd") * 4 <= foreign:
        return clean(mended)
    return clean(data.decode("cp1251", "replace"))


def clean(text: str) -> str:
    """Without NUL, lone surrogates and control characters: PostgreSQL wants none of them, nor does a page."""
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def decode_header(raw: str) -> str:
    """A header as people read it, on one line. ``raw``: as the parser keeps it, with surrogates for stray bytes."""
    text = decode(raw.encode("utf-8", "surrogateescape")) if not raw.isascii() else raw
    text = _BETWEEN_WORDS.sub(r"\1", text)
    return " ".join(clean(_ENCODED_WORD.sub(_word, text)).split())


def _word(found: re.Match) -> str:
    charset, way, body = found[1].partition("*")[0], found[2].lower(), found[3]
    raw = body.encode("utf-8", "replace")
    try:
        data = b64decode(raw + b"=" * (-len(raw) % 4)) if way == "b" else decodestring(raw, header=True)
    except (NotBase64, ValueError):
        return found[0]
    return decode(data, charset)


class _Words(HTMLParser):
    """The words of a mail's HTML. Quoted blocks and what no reader sees are left out; lines break where HTML breaks."""

    UNSEEN = {"style", "script", "head", "title", "template"}
    BREAKS = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr", "blockquote", "pre"}

    def __init__(self, with_quotes: bool):
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.unseen = self.quoted = 0
        self.with_quotes = with_quotes

    def handle_starttag(self, tag, attrs):
        self.unseen += tag in self.UNSEEN
        self.quoted += tag == "blockquote"
        if tag in self.BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag):
        self.unseen = max(0, self.unseen - (tag in self.UNSEEN))
        self.quoted = max(0, self.quoted - (tag == "blockquote"))
        if tag in self.BREAKS and tag != "br":
            self.pieces.append("\n")

    def handle_startendtag(self, tag, attrs):
        if tag in self.BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data):
        if not self.unseen and (self.with_quotes or not self.quoted):
            self.pieces.append(re.sub(r"\s+", " ", data))


def text_of_html(html: str, with_quotes: bool = False) -> str:
    reader = _Words(with_quotes)
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

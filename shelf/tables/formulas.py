"""Text that a spreadsheet would run, made harmless, and back (CWE-1236, "CSV injection")."""

import re

# A formula starts with one of these; full-width forms are folded to them by East Asian Excel. TAB and CR are
# skipped by Excel in front of a formula, as are spaces of all sorts and invisible characters.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_BLANK = "[\\s\u200b-\u200f\u2060\ufeff]*"
_FORMULA = re.compile(rf"(?:[\t\r]|{_BLANK}[{_SIGNS}])")
_DEFUSED = re.compile(rf"'+(?:[\t\r]|{_BLANK}[{_SIGNS}])")
_NEGATIVE = re.compile(r"-\d[\d\s\u202f]*(?:[.,]\d+)?")

# A file may be opened with another separator than it was written with; then a cell begins in the middle of a text.
# There, a leading minus or plus is nearly always a dash or a list, so it counts only if it calls or pipes something.
_INNER = re.compile(
    rf"([,;|\t\r\n]{_BLANK}\"?)(?=[=@\uff1d\uff20]|[+\-\uff0b\uff0d][^,;\t\r\n]*(?:[A-Za-z0-9_.]\(|\|))"
)


def defuse(text: str) -> str:
    """The text with ``'`` before what would become a formula; plain negative numbers stay numbers."""
    if _NEGATIVE.fullmatch(text):
        return text
    body = text.lstrip()
    inner = text[: len(text) - len(body)] + _INNER.sub(r"\1'", body)
    return f"'{inner}" if _FORMULA.match(text) or _DEFUSED.match(text) else inner


def restore(text: str) -> str:
    """What ``defuse`` was given, as far as the start of the text goes: ``'+380…`` is a telephone number again."""
    return text[1:] if _DEFUSED.match(text) else text

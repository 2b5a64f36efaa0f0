"""What may stand in a mail's header: one line without control characters."""

import re
import unicodedata

from django.utils.translation import gettext_noop

from shelf.reasons import Refusal

MAX_SUBJECT = 250  # characters; mailboxes show 40 to 70
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Marks that hide or turn the reading direction (category Cf) are dropped; joiners stay, for scripts and emoji.
_KEPT_FORMATS = {"\u200c", "\u200d", "\ufe0f"}


class UncleanHeader(Refusal):
    """A header value would break out of its line."""


def headers_are_clean(*values: str) -> None:
    """Raises UncleanHeader when a value holds a control character: CR, LF or NUL would begin a header of its own."""
    for value in values:
        if _CONTROL.search(value):
            raise UncleanHeader(
                gettext_noop("“%(value)s” cannot stand in the head of a mail."), value=repr(value)[1:61]
            )


def one_line(text: str) -> str:
    """A subject or preheader as one clean line of at most 250 characters."""
    if text.isprintable() and len(text) <= MAX_SUBJECT:  # nothing but letters, marks and plain spaces
        return " ".join(text.split())
    line = "".join(mark for mark in text if unicodedata.category(mark) != "Cf" or mark in _KEPT_FORMATS)
    line = _BREAKS.sub(lambda found: "\xa0" if set(found[0]) == {"\xa0"} else " ", line).strip()
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 1].rstrip() + "…"

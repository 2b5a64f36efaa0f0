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
    if not _CONTROL.search("".join(values)):
        return
    for value in values:
        if _CONTROL.search(value):
            raise UncleanHeader(
                gettext_noop("“%(value)s” cannot stand in the head of a mail."), value=repr(value)[1:-1][:60]
            )


def one_line(text: str) -> str:
    """A subject or preheader as one clean line of at most 250 characters."""
    if text.isprintable() and len(text) <= MAX_SUBJECT:  # nothing but letters, marks and plain spaces
        return " ".join(text.split())
    line = "".join(mark for mark in text if unicodedata.category(mark) != "Cf" or mark in _KEPT_FORMATS)
    line = _BREAKS.sub(lambda found: "\xa0" if set(found[0]) == {"\xa0"} else " ", line).strip()
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 1].rstrip() + "…"


NO_REPLY = gettext_noop(
    "“%(address)s” tells people not to answer. Write from an address where somebody reads the answers."
)
_NO_REPLY = re.compile(
    r"(?:^|[._+-])(?:no|non|do[._-]?not|dont|ne)[._-]?(?:reply|replies|answer|response|otvechat)", re.IGNORECASE
)
_LOCAL = re.compile(r"[\w.+-]{1,64}(?=@[\w{])")


def says_no_reply(address: str) -> bool:
    return bool(_NO_REPLY.search(address.rpartition("@")[0]))


def no_reply_in(source: str) -> list[tuple[int, str]]:
    """Where a text names an address that takes no answers: offset and the part before the @."""
    return [(found.start(), found[0]) for found in _LOCAL.finditer(source) if _NO_REPLY.search(found[0])]

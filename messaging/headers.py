"""The head of a mail, as clean text: who writes, what kind of letter it is, how to get no more of it.

Pure. Standards: RFC 2369 and 8058 (List-Unsubscribe), RFC 2919 (List-Id), RFC 3834 (Auto-Submitted); Feedback-ID as
Gmail's Postmaster Tools read it: up to three names of ours, then the sender's, by which complaints are counted.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext_noop as _

from messaging.rendering import UncleanHeader
from messaging.rendering.header_values import says_no_reply
from shelf.reasons import Refusal

MAX_NAME = 70  # characters; mailboxes show 20 to 30
MAX_ADDRESS = 254  # RFC 5321, as a path without its brackets
MAX_LINE = 900  # octets; RFC 5322 allows 998
# What happens by itself to an order or an account; a letter that asks, tells or sells is written by a person.
NOTIFICATIONS = frozenset({"account", "order_updates"})

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*")
_ID = re.compile(r"<[!-;=?-~]{3,250}>")  # of printable ASCII: nothing that could break out of its line
_ENCODED_WORD = re.compile(r"=\?|\?=")
_SLUG = re.compile(r"[^a-z0-9.-]+")
_NAME_MARKS = re.compile(r"[<>\"\\]+")


class NoReply(Refusal):
    """An address that tells people not to answer."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Where a letter comes from, as far as its head tells: all short names of ours."""

    stream: str
    version: int
    purpose: str
    store: str
    domain: str  # the shop's, else the sender's


def headers_of(cause: Cause, unsubscribe_url: str = "", answers_to: str = "") -> dict[str, str]:
    """All headers beside From, To, Reply-To, Subject, Date and Message-ID.

    ``answers_to`` is the signed mailbox that reads an unsubscription by mail; empty: there is none.
    """
    headers = {"Feedback-ID": _feedback_id(cause.stream, cause.version, cause.purpose, cause.store)}
    if unsubscribe_url:
        mailto = f", <mailto:{answers_to}?subject=unsubscribe>" if answers_to else ""
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>{mailto}"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        headers["List-Id"] = _list_id(cause.purpose, cause.domain)
    if cause.purpose in NOTIFICATIONS:
        headers["Auto-Submitted"] = "auto-generated"
    return headers


def threading(before: Sequence[str], own: str) -> dict[str, str]:
    """In-Reply-To and References of a letter that goes on a conversation; ``before``: ids of its mails, oldest first.

    Our own id stands in References too: Amazon SES gives letters another Message-ID, and answers then name only what
    stood there. What is too long for one line loses its middle, as RFC 5322 §3.6.4 has it.
    """
    ids = [one for one in before if _ID.fullmatch(one)]
    room, kept = MAX_LINE - len("References: ") - len(own), set()
    for one in [*ids[:1], *reversed(ids[1:])]:  # the first, then the newest
        room -= len(one) + 1
        if room < 0:
            break
        kept.add(one)
    references = " ".join([*(one for one in ids if one in kept), own])
    return ({"In-Reply-To": ids[-1]} if ids else {}) | {"References": references}


@lru_cache(maxsize=1024)
def from_name(person: str, store: str) -> str:
    """``Олена · Лавка``: two names side by side, which no language wants to decline."""
    person, store = one_name(person), one_name(store)
    if not person or not store or store.casefold() in person.casefold():
        return person or store
    return f"{person} · {store}"[:MAX_NAME].rstrip(" ·")


@lru_cache(maxsize=1024)
def one_name(name: str) -> str:
    """A name that can stand before an address: one line, no marks that turn the reading, no encoded words."""
    kept = "".join(" " if unicodedata.category(mark)[0] in "CZ" else mark for mark in name)
    return " ".join(_NAME_MARKS.sub(" ", _ENCODED_WORD.sub(" ", kept)).split())[:MAX_NAME].rstrip()


@lru_cache(maxsize=4096)
def checked(address: str) -> str:
    """The address if a mail can go to it; raises UncleanHeader for one that would break out of its line."""
    local, _at, domain = address.rpartition("@")
    hidden = not address.isprintable() and any(unicodedata.category(mark)[0] == "C" for mark in address)
    if len(address) > MAX_ADDRESS or len(local) > 64 or hidden or not _ADDRESS.fullmatch(address) or ".." in domain:
        raise UncleanHeader(_("“%(value)s” is no address that a mail could go to."), value=repr(address)[1:61])
    return address


@lru_cache(maxsize=256)
def answerable(address: str) -> str:
    """The address, checked; raises NoReply for one that tells people not to answer."""
    if says_no_reply(address):
        sentence = _(
            "“%(address)s” tells people not to answer. Write from an address where somebody reads the answers."
        )
        raise NoReply(sentence, address=address[:80])
    return checked(address)


def fits(headers: dict[str, str]) -> dict[str, str]:
    """The headers; raises UncleanHeader for one that is longer than a line may be."""
    for name, value in headers.items():
        if len(value.encode()) > MAX_LINE:
            raise UncleanHeader(_("“%(value)s” is too long for the head of a mail."), value=f"{name}: {value}"[:60])
    return headers


@lru_cache(maxsize=4096)
def _feedback_id(stream: str, version: int, purpose: str, store: str) -> str:
    """Gmail wants the last name in 5 to 15 characters, the same for all mails of a sender."""
    sender = _slug(store)[:15].strip("-.") or "aftercare"
    sender = sender if len(sender) >= 5 else f"{sender}-shop"
    return f"{_slug(stream)[:60]}:{version}:{_slug(purpose)[:30]}:{sender}"


@lru_cache(maxsize=1024)
def _list_id(purpose: str, domain: str) -> str:
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        domain = ""
    return f"<{_slug(purpose)}.{_slug(domain)[:200].strip('-.') or 'localhost'}>"


def _slug(name: str) -> str:
    return _SLUG.sub("-", name.lower())

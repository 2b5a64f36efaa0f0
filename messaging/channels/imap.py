"""A mailbox by IMAP: imaps://user:password@host:993/Folder. What is new comes once, in the order of its numbers."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

TIMEOUT = 30  # seconds for one answer of the server
MOST = 200  # mails in one visit; the next one goes on


class MailboxAway(Exception):
    """The server does not answer, or not as it should; its own words, without the password."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a mailbox was read. Numbers (UID) only grow while ``validity`` stays the same: RFC 3501 §2.3.1.1."""

    validity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Arrived:
    place: Place
    raw: bytes
    size: int  # of the whole; larger than ``raw`` when only the head was fetched


class Mailbox:
    """One visit. Use it as a context manager."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname:
            raise MailboxAway("INBOUND_URL should begin with imaps:// or imap:// and name a host")
        self.host, self.is_secure = parts.hostname, parts.scheme == "imaps"
        self.port = parts.port or (993 if self.is_secure else 143)
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")
        self.folder = unquote(parts.path.strip("/")) or "INBOX"
        self.connection: Any = None
        self.validity = 0

    @property
    def name(self) -> str:
        return f"{self.user}@{self.host}/{self.folder}" if self.user else f"{self.host}/{self.folder}"

    def __enter__(self) -> "Mailbox":
        try:
            if self.is_secure:
                context = ssl.create_default_context()
                self.connection = imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=TIMEOUT)
            else:
                self.connection = imaplib.IMAP4(self.host, self.port, timeout=TIMEOUT)
                if "STARTTLS" in self.connection.capabilities:
                    self.connection.starttls(ssl.create_default_context())
            self.connection.login(self.user, self.password)
            quoted = self.folder.replace("\\", "\\\\").replace('"', '\\"')
            self._ask(self.connection.select(f'"{quoted}"'))
            self.validity = int(self.connection.response("UIDVALIDITY")[1][0] or 0)
        except (imaplib.IMAP4.error, OSError, ValueError, TypeError) as error:
            self._leave()
            raise MailboxAway(f"{type(error).__name__}: {error}".replace(self.password or "\0", "…")[:300]) from error
        return self

    def __exit__(self, *_error: object) -> None:
        self._leave()

    def arrivals(self, place: Place, largest: int) -> Iterator[Arrived]:
        """What came after ``place``. A mailbox never read before, or numbered anew: what nobody has seen yet.

        Of a mail over ``largest`` bytes only the head comes.
        """
        known = place.validity == self.validity and place.uid
        wanted = f"UID {place.uid + 1}:*" if known else "UNSEEN"
        try:
            found = sorted(int(uid) for uid in (self._ask(self.connection.uid("SEARCH", wanted))[0] or b"").split())
            for uid in [one for one in found if not known or one > place.uid][:MOST]:
                if arrived := self._fetch(uid, largest):
                    yield arrived
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            raise MailboxAway(f"{type(error).__name__}: {error}"[:300]) from error

    def mark_seen(self, place: Place) -> None:
        """For people who look into the mailbox: this one is taken care of. Nothing of ours depends on it."""
        with suppress(imaplib.IMAP4.error, OSError):
            self.connection.uid("STORE", str(place.uid), "+FLAGS.SILENT", r"(\Seen)")

    def _fetch(self, uid: int, largest: int) -> Arrived | None:
        said = b"".join(_texts(self._ask(self.connection.uid("FETCH", str(uid), "(RFC822.SIZE)"))))
        found = re.search(rb"RFC822\.SIZE (\d+)", said)
        if not found:
            return None  # deleted meanwhile
        size = int(found[1])
        what = "(BODY.PEEK[])" if size <= largest else "(BODY.PEEK[HEADER])"
        answer = self._ask(self.connection.uid("FETCH", str(uid), what))
        raw = next((part[1] for part in answer if isinstance(part, tuple) and len(part) > 1), None)
        return Arrived(Place(self.validity, uid), raw, size) if raw is not None else None

    def _ask(self, answer: tuple[str, list]) -> list:
        status, data = answer
        if status != "OK":
            raise imaplib.IMAP4.error(f"{status} {data!r}"[:200])
        return data

    def _leave(self) -> None:
        if self.connection is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                self.connection.logout()
            self.connection = None


def _texts(answer: list) -> Iterator[bytes]:
    for part in answer:
        if isinstance(part, tuple):
            yield from (one for one in part if isinstance(one, bytes))
        elif isinstance(part, bytes):
            yield part

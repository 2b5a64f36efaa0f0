"""Signed links for customers: one purpose, one object, one version, perhaps an end.

A token is base64url of ``head | object id | version | issued at | (lifetime) | 16 bytes of HMAC-SHA256``;
numbers are LEB128, so that an ordinary token has 35 characters, all of them from ``[A-Za-z0-9_-]``: nothing
that a mail client would cut off or wrap at. The key depends on SECRET_KEY and the purpose, so a token of
one door opens no other. A token shows the object's number to whoever decodes it: it proves, it does not hide.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now as wall_clock

_SALT = "shelf.links."
_MAC_BYTES = 16
_ENDLESS, _ENDING, _PLAIN = 1, 2, 3  # the head byte; a new layout takes the next numbers
_BIGGEST = 2**63 - 1
_LONGEST = 64  # characters; the longest honest token has 62


class BadLink(Exception):
    """Absent, forged, expired or meant for another door: the four look alike on purpose."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says. The caller compares ``version`` with the object's own: so a link is revoked."""

    object_id: int
    version: int
    issued_at: datetime


def make(
    purpose: str,
    object_id: int,
    version: int = 1,
    expires_in: timedelta | None = None,
    now: datetime | None = None,
) -> str:
    """A token for one purpose and object; ``expires_in=None`` lives until the version is bumped."""
    issued = int((now or wall_clock()).timestamp())
    head = _ENDLESS if expires_in is None else _ENDING
    body = bytes([head]) + _pack(object_id) + _pack(version) + _pack(issued)
    if expires_in is not None:
        body += _pack(int(expires_in.total_seconds()))
    return _encode(body + _mac(purpose, body, settings.SECRET_KEY))


def read(purpose: str, token: str | None, now: datetime | None = None) -> Link:
    """The link behind a token, or BadLink. SECRET_KEY_FALLBACKS keep links alive after a change of key."""
    body = _proven(purpose, token)
    if body[0] == _PLAIN:
        raise BadLink
    try:
        object_id, version, issued, *lifetime = _unpack(body[1:])
    except ValueError:
        raise BadLink from None
    if len(lifetime) != (body[0] == _ENDING):
        raise BadLink
    if lifetime and (now or wall_clock()).timestamp() >= issued + lifetime[0]:
        raise BadLink
    return Link(object_id, version, datetime.fromtimestamp(issued, UTC))


def code(purpose: str, *numbers: int) -> str:
    """A short token that says a few numbers and nothing else, without an end: 26 to 34 characters."""
    body = bytes([_PLAIN]) + b"".join(map(_pack, numbers))
    return _encode(body + _mac(purpose, body, settings.SECRET_KEY))


def read_code(purpose: str, token: str | None, count: int) -> tuple[int, ...]:
    """The ``count`` numbers of a code, or BadLink."""
    body = _proven(purpose, token)
    numbers = tuple(_unpack(body[1:]))
    if body[0] != _PLAIN or len(numbers) != count:
        raise BadLink
    return numbers


def random_code(bits: int = 128) -> str:
    """An unguessable URL-safe code, for what is kept in the database: 22 characters for 128 bits."""
    return secrets.token_urlsafe(-(-bits // 8))


# 20 characters and more: above every word that may stand there ("find"), below a code of 128 bits (22).
# Shops' slugs under /reviews/p/ are no secrets. Each pattern begins with a letter of its own, so that the search jumps
# from one to the next: 15 µs for a mail of 30 KB, where one pattern for both took 360.
_TOKEN_IN_URL = re.compile(r"(/(?<!/reviews/)(?:[korstpu]|me)/)[A-Za-z0-9_-]{20,}")
_TOKEN_IN_QUERY = re.compile(r"(%2[Ff](?:[korstpu]|me)%2[Ff])[A-Za-z0-9_-]{20,}")  # percent-encoded, as in ``next=``


# A space as wide as a digit, which our sums do not use: by it a mailed code is known again in an archive.
_FIGURE_SPACE = "\u2007"
_MAILED_CODE = re.compile(rf"[0-9]{{3}}{_FIGURE_SPACE}[0-9]{{3}}")


def grouped(digits: str) -> str:
    """Six digits of a one-time code as they are mailed: readable, and masked in the archive."""
    return f"{digits[:3]}{_FIGURE_SPACE}{digits[3:]}"


def mask(text: str) -> str:
    """The text with the tokens of customer links (/k/ /o/ /r/ /s/ /t/ /p/ /u/ /me/) replaced by ``…``; so are codes."""
    if _FIGURE_SPACE in text:
        text = _MAILED_CODE.sub("…", text)
    return _TOKEN_IN_QUERY.sub(r"\1…", _TOKEN_IN_URL.sub(r"\1…", text))


def _proven(purpose: str, token: str | None) -> bytes:
    raw = _decode(token)
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not body or body[0] not in (_ENDLESS, _ENDING, _PLAIN):
        raise BadLink
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if constant_time_compare(mac, _mac(purpose, body, secret)):
            return body
    raise BadLink


def _mac(purpose: str, body: bytes, secret: str) -> bytes:
    return hmac.digest(signing_key(_SALT + purpose, secret), body, "sha256")[:_MAC_BYTES]


@lru_cache(maxsize=64)
def signing_key(salt: str, secret: str) -> bytes:
    """The key that Django's ``salted_hmac`` would take, worked out once: a mail holds a dozen links."""
    return sha256((salt + secret).encode()).digest()


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(token: str | None) -> bytes:
    if not isinstance(token, str) or not 0 < len(token) <= _LONGEST:
        raise BadLink
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (NotBase64, ValueError):
        raise BadLink from None
    # Base64 has spare bits and the decoder skips what it does not know: only one spelling counts.
    if _encode(raw) != token:
        raise BadLink
    return raw


@lru_cache(maxsize=1024)  # versions, terms and this second repeat
def _pack(number: int) -> bytes:
    if not 0 <= number <= _BIGGEST:
        raise ValueError(f"{number} does not fit into a link")
    packed = bytearray()
    while number > 0x7F:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def _unpack(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield number
            number = shift = 0

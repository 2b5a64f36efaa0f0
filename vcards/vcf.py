"""vCard 3.0 (RFC 2426) as telephones take it: short lines, CRLF, UTF-8 without CHARSET, the photo inside and last.

No value can end its line: line breaks become ``\\n``, other control characters go. Pure.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

OCTETS = 75  # of a line, without its CRLF; some phones do not unfold, so values are kept short where they can be
_BREAKS = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Contact:
    """``kind``: cell, work, email, url or the name of a messenger, which is written as an address with a label."""

    kind: str
    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class VCard:
    """``revised``: UTC, ``2026-03-02T10:15:00Z``. ``photo``: a JPEG."""

    uid: str
    revised: str
    first_name: str
    last_name: str = ""
    company: str = ""
    department: str = ""
    role: str = ""
    note: str = ""
    address: str = ""
    contacts: Sequence[Contact] = field(default=())
    photo: bytes = b""


def write(card: VCard) -> bytes:
    return b"".join(_folded(line) for line in _lines(card))


def _lines(card: VCard) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"N:{_text(card.last_name)};{_text(card.first_name)};;;"
    yield f"FN:{_text(f'{card.first_name} {card.last_name}'.strip())}"
    if card.company:
        yield f"ORG:{_parts([card.company, card.department])}"
    if card.role:
        yield f"TITLE:{_text(card.role)}"
    yield from _contacts(card.contacts)
    if card.address:
        yield f"ADR;TYPE=WORK:;;{_text(card.address)};;;;"
    if card.note:
        yield f"NOTE:{_text(card.note)}"
    yield f"UID:{_text(card.uid)}"
    yield f"REV:{_text(card.revised)}"
    if card.photo:
        yield f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(card.photo).decode()}"
    yield "END:VCARD"


PLAIN = {"cell": "TEL;TYPE=CELL", "work": "TEL;TYPE=WORK,VOICE", "email": "EMAIL;TYPE=INTERNET", "url": "URL"}


def _contacts(contacts: Iterable[Contact]) -> Iterator[str]:
    """An address that needs a name gets one by a group, as Apple's and Google's address books write it."""
    for number, contact in enumerate(contacts, start=1):
        if contact.kind in PLAIN and not contact.label:
            yield f"{PLAIN[contact.kind]}:{_text(contact.value)}"
        else:
            name = PLAIN.get(contact.kind, "URL")
            yield f"item{number}.{name}:{_text(contact.value)}"
            yield f"item{number}.X-ABLabel:{_text(contact.label or contact.kind)}"


def _parts(values: Iterable[str]) -> str:
    return ";".join(_text(value) for value in values if value)


def _text(value: str) -> str:
    """Escaped text of one line, whatever was typed."""
    plain = _CONTROLS.sub("", _BREAKS.sub("\n", value)).strip()
    for mark in ("\\", ",", ";"):
        plain = plain.replace(mark, f"\\{mark}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, none of which cuts a character."""
    raw, pieces, start = line.encode("utf-8", "replace"), [], 0
    while start < len(raw):
        end = min(len(raw), start + OCTETS - bool(pieces))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end])
        start = end
    return b"\r\n ".join(pieces) + b"\r\n"

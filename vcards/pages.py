"""The card's page as it is kept: drawn once per code and language, and drawn anew when the card's revision rises.

Each process keeps its pages and asks the database at most once in ``FRESH`` whether they are still true: one row by a
unique index. So a page under load costs a look into a dict, and who left is gone everywhere within a second.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from vcards.faces import Face, with_parts
from vcards.models import Card, CompanyDesign, ShareCode
from vcards.standing import standing_of

FRESH = 1.0  # seconds
MOST = 2_000  # pages of a process, about 10 KB each
READER = b"for=0READER0"  # stands in the kept page where each reader's own token goes

Stamp = tuple[int, datetime | None, int, int]
Draw = Callable[["Found", str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """A code and whose card stands behind it. No face: revoked, or the person has left and nobody follows."""

    share_id: int
    code: str
    design: CompanyDesign
    face: Face | None
    is_inherited: bool
    is_revoked: bool


@dataclass(slots=True)
class Kept:
    share_id: int
    parts: list[bytes]  # between the places of the reader's token
    etag: str
    language: str
    is_gone: bool
    stamp: Stamp
    checked_at: float


_kept: dict[tuple[str, str], Kept] = {}


def forget() -> None:
    """The database has changed: look again."""
    _kept.clear()


def find(code: str) -> Found | None:
    """What a code stands for; None for one that never was, and for drafts."""
    rows = ShareCode.objects.select_related("card__design__logo", "card__design__store")
    share = rows.filter(code=code).first()
    if share is None or share.card.state == Card.State.DRAFT:
        return None
    standing = None if share.revoked_at else standing_of([share.card])[share.card_id]
    face = with_parts([standing.pk])[standing.pk] if standing else None
    design = face.card.design if face else share.card.design
    is_inherited = standing is not None and standing.pk != share.card_id
    return Found(share.pk, code, design, face, is_inherited, share.revoked_at is not None)


def page(code: str, asked: str, draw: Draw) -> Kept | None:
    """The page in the language that was asked for, or what the design speaks instead."""
    kept, now = _kept.get((code, asked)), time.monotonic()
    if kept is not None and now - kept.checked_at < FRESH:
        return kept
    stamp = _stamp(code)
    if stamp is None:
        _kept.pop((code, asked), None)
        return None
    if kept is not None and kept.stamp == stamp:
        kept.checked_at = now
        return kept
    return _drawn(code, asked, stamp, now, draw)


def _drawn(code: str, asked: str, stamp: Stamp, now: float, draw: Draw) -> Kept | None:
    found = find(code)
    if found is None:
        return None
    language, html = draw(found, asked)
    raw = html.encode()
    etag = f'W/"{hashlib.sha256(raw).hexdigest()[:20]}"'
    if len(_kept) >= MOST:
        _kept.clear()
    kept = Kept(found.share_id, raw.split(READER), etag, language, found.face is None, stamp, now)
    _kept[code, asked] = kept
    return kept


def _stamp(code: str) -> Stamp | None:
    columns = ("card_id", "revoked_at", "card__revision", "card__design__revision")
    return ShareCode.objects.filter(code=code).exclude(card__state=Card.State.DRAFT).values_list(*columns).first()

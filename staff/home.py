"""The first page: figures as tiles, trouble first.

``TILES``: functions ``(now) -> list[Tile]``; filled once from config/wiring.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

TILES: list[Callable[[datetime], "list[Tile]"]] = []


@dataclass(frozen=True, slots=True)
class Tile:
    """``shelf`` is "pulse" (how the shop does) or "trouble" (what waits for a person, shown only when it is not 0)."""

    title: str
    value: str
    url: str
    note: str = ""
    chart: SafeString | None = None
    tone: str = "plain"
    shelf: str = "pulse"
    permission: str = ""


def show_with(tiles: Sequence[Callable[[datetime], list[Tile]]]) -> None:
    TILES[:] = tiles


def tiles_for(user, now: datetime) -> dict[str, list[Tile]]:
    tiles = [t for lent in TILES for t in lent(now) if not t.permission or user.has_perm(t.permission)]
    return {shelf: [t for t in tiles if t.shelf == shelf] for shelf in ("trouble", "pulse")}

"""One search box for the whole house: order number, e-mail, tracking number, phone.

``SEARCH``: functions ``(typed, limit) -> list[Hit]``; filled once from config/wiring.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.functional import Promise

LIMIT = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """``kind`` is what the group is called, ``permission`` what one needs to see it."""

    title: str
    subtitle: str
    url: str
    kind: str | Promise
    permission: str


Finder = Callable[[str, int], list[Hit]]

SEARCH: list[Finder] = []


def search_with(finders: Sequence[Finder]) -> None:
    SEARCH[:] = finders


def search(typed: str, user, limit: int = LIMIT) -> list[tuple[str, list[Hit]]]:
    """Hits by kind, in the order of the table, only what this user may open."""
    typed = typed.strip()[:200].replace("\x00", "")
    if len(typed) < 2:
        return []
    hits = [hit for finder in SEARCH for hit in finder(typed, limit) if user.has_perm(hit.permission)]
    return [(str(kind), list(group)) for kind, group in groupby(hits, key=lambda hit: hit.kind)]

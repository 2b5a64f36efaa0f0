"""Panels: what apps show on the page of a thing that belongs to a floor below them.

``PANELS``: subject type → functions ``(subject_id) -> Panel | None``; filled once from config/wiring.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Panel:
    """``template`` draws the inside, from ``context``; ``place`` is "main" or "side"; ``count`` stands by the title."""

    name: str
    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    place: str = "main"
    count: str = ""


Lent = Callable[[int], Panel | None]

PANELS: dict[str, Sequence[Lent]] = {}


def show_with(panels: Mapping[str, Sequence[Lent]]) -> None:
    PANELS.clear()
    PANELS.update(panels)


def panels_of(subject: str, pk: int) -> list[Panel]:
    return [panel for lent in PANELS.get(subject, ()) if (panel := lent(pk)) is not None]

"""Tables of results: median, spread and ratio."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Row", "median", "show"]


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    values: Sequence[float]
    unit: float  # what the ratio is taken of
    note: str = ""


def show(title: str, rows: Sequence[Row], goal: str) -> None:
    print(f"\n{title}")
    width = max(len(row.name) for row in rows)
    for row in rows:
        middle = median(row.values)
        spread = f"[{min(row.values):,.0f}–{max(row.values):,.0f}]"
        print(f"  {row.name:<{width}}  {middle:>8,.0f}  {spread:<16} {middle / row.unit:>6.2f}  {row.note}".rstrip())
    print(f"  {goal}", flush=True)

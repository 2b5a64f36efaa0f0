"""The map of touchpoints: what each point of the customer's path counted, for a period, a store and a segment.

``TOUCHPOINTS``: functions ``(scope) -> list[Counted]`` (shelf/touchpoints.py); filled once from config/wiring.py.
built_in.py counts what the floors below have recorded, own.py is about the merchant's own points, path.py puts all of
it in order, drawing.py draws it.
"""

from collections.abc import Sequence

from shelf.touchpoints import Count

TOUCHPOINTS: list[Count] = []


def lend_with(counts: Sequence[Count]) -> None:
    TOUCHPOINTS[:] = counts

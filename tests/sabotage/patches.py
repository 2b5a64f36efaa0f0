"""What a patch of ours is: a small wrong change to one file, and the tests that must not survive it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sabotage:
    """``old`` stands exactly once in ``path``; with ``new`` in its place, ``caught_by`` must fail."""

    name: str
    path: str
    old: str
    new: str
    caught_by: tuple[str, ...]  # tests/<file>::<function>

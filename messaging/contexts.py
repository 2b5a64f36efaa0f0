"""What a template may speak of: plain data about a subject, lent by the apps that know it (CONTEXTS in wiring)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """``load(ids, now)`` gives {subject id: {namespace: plain data}} for a batch, in a fixed number of queries.

    ``describe`` has the shape that ``rendering.check_content`` wants: it names and types every variable.
    """

    load: Callable[[Sequence[int], datetime], dict[int, Data]]
    describe: Mapping[str, Any]


CONTEXTS: dict[str, list[Context]] = {}

MESSAGE = {"message": {"language": "text", "unsubscribe_url": "url", "reason": "text"}}


def lend_with(contexts: Mapping[str, Sequence[Context]]) -> None:
    """Given once by config/apps.py: subject type → contexts."""
    CONTEXTS.clear()
    CONTEXTS.update({kind: list(many) for kind, many in contexts.items()})


def load(subjects: Iterable[tuple[str, int]], now: datetime) -> dict[tuple[str, int], Data]:
    """The data of many subjects, each kind loaded by the batch. A subject that is gone is absent."""
    by_type: dict[str, list[int]] = {}
    for kind, pk in set(subjects):
        by_type.setdefault(kind, []).append(pk)
    loaded: dict[tuple[str, int], Data] = {}
    for kind, ids in by_type.items():
        for context in CONTEXTS.get(kind, ()):
            for pk, data in context.load(sorted(ids), now).items():
                loaded.setdefault((kind, pk), {}).update(data)
    return loaded


def describe_all() -> dict[str, Any]:
    """Every variable that any subject offers: what a template may name at all."""
    known: dict[str, Any] = dict(MESSAGE)
    for contexts in CONTEXTS.values():
        for context in contexts:
            known.update(context.describe)
    return known

"""What a template may speak of: plain data about a subject, lent by the apps that know it (CONTEXTS in wiring)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging import named

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """``load(ids, now)`` gives {subject id: {namespace: plain data}} for a batch, in a fixed number of queries.

    ``describe`` has the shape that ``rendering.check_content`` wants: it names and types every variable; ``words`` says
    in words what each is: ``{"order.number": "the order's number"}``. ``examples(typed, limit)`` finds subjects to show
    a template with, as (id, what a person calls it): the newest, or those that what was typed leads to.

    Data may hold ``about``, beside what authors may name: {"customer": id, "order": id, "shipment": id}, those that
    there are. The registry's fields of these may be named too (named.py).
    """

    load: Callable[[Sequence[int], datetime], dict[int, Data]]
    describe: Mapping[str, Any]
    words: Mapping[str, Any] = field(default_factory=dict)
    examples: Callable[[str, int], list[tuple[int, str]]] | None = None


CONTEXTS: dict[str, list[Context]] = {}  # the first of each is its subject's own

MESSAGE = {
    "message": {
        "language": "text",
        "unsubscribe_url": "url",
        "preferences_url": "url",
        "reason": "text",
        "person": "text",
        "photo_url": "url",
    }
}

MESSAGE_WORDS = {
    "message.language": _("language of the mail: en, uk, ru"),
    "message.unsubscribe_url": _("link to unsubscribe; empty where there is nothing to unsubscribe from"),
    "message.preferences_url": _("link to the page on which the reader chooses what to get"),
    "message.reason": _("why the reader gets this mail"),
    "message.person": _("who writes: the sender's person, else the shop"),
    "message.photo_url": _("the person's photo; may be empty"),
}


def lend_with(contexts: Mapping[str, Sequence[Context]]) -> None:
    """Given once by config/apps.py: subject type → contexts."""
    CONTEXTS.clear()
    CONTEXTS.update({kind: list(many) for kind, many in contexts.items()})


def load(
    subjects: Iterable[tuple[str, int]],
    now: datetime,
    fields: Collection[str] = (),
    spaces: Collection[str] | None = None,
) -> dict[tuple[str, int], Data]:
    """The data of many subjects, each kind loaded by the batch. A subject that is gone is absent.

    ``fields`` of the registry are asked for as well: those that the mails name, ``named.fields_in(sources)``.
    ``spaces``: the namespaces that they speak of, ``uses.spaces_in(sources)``; what is not among them may be left out.
    """
    by_type: dict[str, list[int]] = {}
    for kind, pk in set(subjects):
        by_type.setdefault(kind, []).append(pk)
    loaded: dict[tuple[str, int], Data] = {}
    for kind, ids in by_type.items():
        for context in _concerned(kind, spaces):
            for pk, data in context.load(sorted(ids), now).items():
                loaded.setdefault((kind, pk), {}).update(data)
    named.add(loaded.values(), fields, now)
    return loaded


def _concerned(kind: str, spaces: Collection[str] | None) -> list[Context]:
    """The subject's own context, and of those beside it the ones that offer what the mails speak of."""
    own, beside = CONTEXTS.get(kind, [])[:1], CONTEXTS.get(kind, [])[1:]
    return own + [context for context in beside if spaces is None or not context.describe.keys().isdisjoint(spaces)]


def for_ask(data: Mapping[str, Any], ask: str) -> Mapping[str, Any]:
    """The data of a message's subject, with what belongs to what this message asks: ``by_ask`` {ask: namespaces}."""
    own = data.get("by_ask", {}).get(ask)
    return {**data, **own} if own else data


def describe_all() -> dict[str, Any]:
    """Every variable that any subject offers: what a template may name at all."""
    known: dict[str, Any] = dict(MESSAGE)
    for contexts in CONTEXTS.values():
        for context in contexts:
            known.update(context.describe)
    return named.describe(known)


def words_for_all() -> dict[str, Any]:
    """What each variable is, in words, where its app says so."""
    said: dict[str, Any] = named.words()
    for contexts in CONTEXTS.values():
        for context in contexts:
            said.update(context.words)
    return {**said, **MESSAGE_WORDS}


def examples(typed: str, limit: int) -> list[tuple[str, int, str]]:
    """(subject type, id, what a person calls it): what a template can be shown with."""
    return [
        (kind, pk, name)
        for kind, contexts in CONTEXTS.items()
        for context in contexts
        if context.examples
        for pk, name in context.examples(typed, limit)
    ]

"""What happened with a customer or an order, newest first: facts, messages and receipts in human sentences.

``SENTENCES``: fact kind → ``Sentence``, an English sentence with gaps filled from the fact's data.
``SOURCES``: functions ``(customer_id, limit) -> list[Entry]`` for what is no fact. Both come from config/wiring.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import get_language

from events.models import Event
from shelf import formats
from shelf.reasons import say
from staff import display

LIMIT = 60


@dataclass(frozen=True, slots=True)
class Sentence:
    """``values`` turns the fact's data into the gaps of ``text`` where they are not the same."""

    text: str
    icon: str = "dot"
    tone: str = "plain"
    values: Callable[[dict], dict] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    text: str
    icon: str = "dot"
    tone: str = "plain"
    note: str = ""
    url: str = ""
    kind: str = "event"


Source = Callable[[int, int], list[Entry]]

SENTENCES: dict[str, Sentence] = {}
SOURCES: list[Source] = []


def tell_with(sentences: Mapping[str, Sentence], sources: Sequence[Source]) -> None:
    SENTENCES.clear()
    SENTENCES.update(sentences)
    SOURCES[:] = sources


def of_customer(customer_id: int, limit: int = LIMIT) -> list[Entry]:
    """Everything of one person."""
    events = Event.objects.filter(customer_id=customer_id).order_by("-at", "-id")[:limit]
    entries = [told(event) for event in events]
    for source in SOURCES:
        entries += source(customer_id, limit)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def of_subject(subject: str, pk: int, customer_id: int | None, limit: int = LIMIT) -> list[Entry]:
    """The facts of one thing, and those of its parts, which name it in their data (``order_id``)."""
    own = Q(subject_type=subject, subject_id=pk)
    events = list(Event.objects.filter(own).order_by("-at", "-id")[:limit])
    if customer_id:
        parts = Event.objects.filter(customer_id=customer_id, **{f"data__{subject}_id": pk}).exclude(own)
        events += parts.order_by("-at", "-id")[:limit]
    return [told(e) for e in sorted(events, key=lambda e: (e.at, e.pk), reverse=True)[:limit]]


def newest(limit: int = 10) -> list[Entry]:
    """The last facts of the whole house."""
    return sorted((told(event) for event in Event.objects.order_by("-id")[:limit]), key=lambda e: e.at, reverse=True)


def told(event: Event) -> Entry:
    """A fact as a sentence; one that nobody has words for yet is named by its kind."""
    sentence = SENTENCES.get(event.kind)
    if sentence is None:
        text, icon, tone = event.kind, "dot", "plain"
    else:
        values = {**event.data, **(sentence.values(event.data) if sentence.values else {})}
        text, icon, tone = say(sentence.text, values), sentence.icon, sentence.tone
    return Entry(event.at, text, icon, tone, url=display.page_of(event.subject_type, event.subject_id))


def sum_of(data: dict) -> dict:
    """The gap ``%(sum)s`` of facts that carry ``total`` or ``amount``, and ``currency``."""
    return {
        "sum": formats.money(
            data.get("total") or data.get("amount") or 0, data.get("currency") or "", get_language() or "en"
        )
    }

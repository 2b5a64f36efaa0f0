"""What a journey can be about, and what has to be known of it: to whom, where and when to write. Lent by upper apps.

The table SUBJECTS of config/wiring.py lists them by name; campaigns/subjects.py owns it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.models import Event


@dataclass(frozen=True, slots=True)
class Told:
    """What one subject says of itself. ``about`` is what its messages speak of (a key of CONTEXTS); ``anchors`` are
    the times that waits count from. While it ``waits``, nobody is to be written to (a parcel came before its order).
    """

    customer_id: int | None
    address: str
    language: str
    zone: str
    country: str
    sender_id: int | None
    about: tuple[str, int]
    store_zone: str = ""  # for quiet hours where the customer's own zone is not known
    order_id: int | None = None
    anchors: Mapping[str, datetime | None] = field(default_factory=dict)
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """``label`` goes on with “after …”; ``moved_by``: facts that make this time known, or move it."""

    label: Any
    moved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """``load(ids, now)`` tells of a batch in a fixed number of queries; who is gone is absent.

    ``of(event)`` is the subject that an event speaks of, None when it speaks of none. ``starts`` are the beginnings of
    the kinds of facts that can let it into a journey; empty: every fact that has a customer.
    """

    label: Any
    load: Callable[[Sequence[int], datetime], dict[int, Told]]
    of: Callable[[Event], int | None]
    starts: tuple[str, ...]
    anchors: Mapping[str, Anchor] = field(default_factory=dict)

"""What is held of a person, table by table: what is handed out to them, what erasure empties, what stays and why.

Each app lists its own tables in its ``holdings.py``; config/wiring.py lends them. Who adds a column of words to a table
that leads to a customer says here what becomes of it: tests/house/test_holdings.py asks for every one of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class People:
    """Whose data are meant: customers' ids, and the addresses by which they were reached."""

    ids: tuple[int, ...]
    addresses: tuple[str, ...]


ERASED = _("The customer's data were erased.")


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows about people. ``person``: the look-up that leads to the customer, or a function that says which rows.

    ``goes``: the rows are deleted. ``empties``: what columns become. ``stays``: columns of words that are kept, for the
    reason ``why``. ``hides``: never handed out, since they open doors or are about others. A table that is listed twice
    is handed out once (``tells``).
    """

    model: str
    person: str | Callable[[People], Q]
    goes: bool = False
    empties: Mapping[str, Any] = field(default_factory=dict)
    stays: tuple[str, ...] = ()
    why: str = ""
    hides: tuple[str, ...] = ()
    tells: bool = True
    holds_up: str = ""  # while there are such rows, nothing is erased: the sentence that says so

    @property
    def table(self) -> type[Model]:
        return apps.get_model(self.model)

    @property
    def words_emptied(self) -> list[str]:
        """Columns that people know; a link's number is none."""
        return [name for name in self.empties if name not in ("link_version", "ask_at", "settled_at")]

    def rows(self, people: People) -> QuerySet:
        wanted = self.person(people) if callable(self.person) else Q(**{f"{self.person}__in": people.ids})
        return QuerySet(self.table).filter(wanted)  # the ledger's own manager refuses to change its lines


def by_address(column: str) -> Callable[[People], Q]:
    """Rows that know their person by an address alone."""
    return lambda people: Q(**{f"{column}__in": people.addresses})


PROOF = _("Proof of what was agreed, and a no that is obeyed should the address come back.")
HISTORY = _("What happened and when: names no person.")

# Those of this floor and of the one below, which knows customers by their number alone.
HOLDINGS = (
    Holding("customers.Consent", "customer", empties={"evidence": {}}, stays=("address",), why=PROOF),
    Holding("customers.OpenMatter", "customer", stays=("subject_type",), why=HISTORY),
    Holding("customers.Stats", "customer", empties={"tags": []}, stays=("spent", "expected"), why=HISTORY),
    Holding("events.OwedReaction", "event__customer_id", empties={"error": ""}, tells=False),
    Holding("events.Event", "customer_id", stays=("data",), why=HISTORY, hides=("key",)),
    Holding(
        "events.Receipt",
        lambda people: Q(customer_id__in=people.ids) & ~Q(state__in=["done", "ignored"]),
        empties={"state": "ignored", "reason": ERASED, "reason_values": {}, "waits_for": ""},
        tells=False,
    ),
    Holding("events.Receipt", "customer_id", empties={"body": b""}, hides=("key",)),
    Holding("customers.Identifier", "customer", goes=True),
    Holding(
        "customers.Customer",
        "pk",
        empties={"first_name": "", "last_name": "", "time_zone": "", "born_on": None},
    ),
)

_lent: list[Holding] = []


def lend_with(holdings: Iterable[Holding]) -> None:
    """Called once, by config/wiring.py; upper floors first: what is about something goes before it."""
    _lent[:] = holdings


def holdings() -> Sequence[Holding]:
    return _lent

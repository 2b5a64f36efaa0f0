"""What can be asked: a field, its type, and where its values are kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from shelf.reasons import Refusal

Choices = Sequence[tuple[str, Any]]


class ConditionRefused(Refusal):
    """A tree that cannot be asked; the sentence names the field."""


class Type(StrEnum):
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    CHOICE = "choice"
    MOMENT = "moment"
    FLAG = "flag"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Rows:
    """What is kept in rows of its own: ``rows()`` has a column that owns and a column that is the value.

    Of a SET they are its members; of a MOMENT the latest counts.
    """

    rows: Callable[[], QuerySet]
    owner: str
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One thing that can be asked about a subject: "customer.orders". Apps make them in their ``lends.py``.

    ``column`` is the path from the subject's model as the ORM spells it. MONEY is a JSON column of sums by currency,
    or, with ``currency_column``, one sum in the currency that stands there. SET is an array column or, with ``rows``,
    kept elsewhere. A field with ``meanings`` has no values of its own: each of its choices stands for a tree over
    other fields, so that a threshold is written once and needs no column and no nightly run.
    ``quick`` are plain columns beside a JSON of sums: (the only currency, its sum), with ``MANY`` for several.
    """

    name: str
    label: Any
    type: Type
    column: str = ""
    currency_column: str = ""
    quick: tuple[str, str] | None = None
    choices: Choices | Callable[[], Choices] = ()
    rows: Rows | None = None
    meanings: Callable[[], Mapping[str, Any]] | None = None
    whole: bool = True  # NUMBER: without a fraction
    is_silent: bool = False  # no fact is recorded when it changes
    group: Any = ""  # under which heading an editor lists it
    help: Any = ""

    @property
    def subject(self) -> str:
        return self.name.partition(".")[0]


def choices_of(field: Field) -> Choices:
    return field.choices() if callable(field.choices) else field.choices


MANY = "many"  # stands in the column of the only currency where there are several

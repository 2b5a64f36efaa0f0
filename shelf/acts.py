"""Acts: what a journey may do besides writing. Apps make them in their ``acts.py``; ACTS in wiring lists them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal


class ActRefused(Refusal):
    """Values with which an act cannot be done; the sentence names the field."""


@dataclass(frozen=True, slots=True)
class Doing:
    """One act to be done. ``key`` is unique for ever: doing it twice is the same as once."""

    key: str
    customer_id: int | None
    subject: tuple[str, int]
    values: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class ActField:
    """One field of the form in which an act is filled in. ``choices()`` gives (value, label)."""

    name: str
    label: Any
    kind: Literal["text", "number", "choice"] = "text"
    required: bool = True
    choices: Callable[[], Sequence[tuple[str, Any]]] | None = None
    help: Any = ""
    longest: int = 200


@dataclass(frozen=True, slots=True)
class Act:
    """``do(doings, now)`` writes rows in the caller's transaction, never more: what must go out of the house goes by a
    row with a time. It gives the keys of those that could not be done."""

    label: Any
    do: Callable[[Sequence[Doing], datetime], set[str]]
    fields: tuple[ActField, ...] = ()
    subjects: tuple[str, ...] = field(default=())  # what the journey may be about; empty: anything


def check_values(act: Act, values: Mapping[str, Any]) -> None:
    """Raises ActRefused unless the values fill the form."""
    unknown = next((name for name in values if name not in {f.name for f in act.fields}), None)
    if unknown is not None:
        raise ActRefused(_("“%(field)s” is no field of this act."), field=unknown)
    for one in act.fields:
        _check_value(one, values.get(one.name))


def _check_value(one: ActField, value: Any) -> None:
    if value in (None, ""):
        if one.required:
            raise ActRefused(_("“%(field)s” is missing."), field=one.name)
        return
    if one.kind == "number" and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise ActRefused(_("“%(field)s” is a whole number."), field=one.name)
    if one.kind != "number" and (not isinstance(value, str) or len(value) > one.longest):
        raise ActRefused(
            _("“%(field)s” is a text of at most %(longest)s letters."), field=one.name, longest=one.longest
        )
    if one.choices and str(value) not in {choice for choice, _label in one.choices()}:
        raise ActRefused(_("“%(field)s”: there is no “%(value)s”."), field=one.name, value=str(value))

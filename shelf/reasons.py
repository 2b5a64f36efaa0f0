"""A reason a person can read, kept as data: an English sentence with named gaps, and the values for the gaps.

Every "no" in the product (a parked receipt, a skipped message, a refused row) carries one. The sentence is marked
with ``gettext_noop`` where it is written, stored in English, and translated only when somebody looks at it.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, gettext

from shelf import formats

# How a day and a moment are stored as values; people read them in their language, on their clock.
STAMP = re.compile(r"\d{4}-\d\d-\d\d(?P<hour> \d\d:\d\d UTC)?")


@dataclass(frozen=True, slots=True)
class Reason:
    """``text`` is an English sentence with ``%(name)s`` gaps; ``values`` are plain JSON values for the gaps."""

    text: str
    values: dict[str, str | int | float | list[Any] | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.text, self.values)


def say(text: str, values: dict | None = None) -> str:
    """The sentence in the active language. A gap without a value stays visible rather than raising."""
    if not text:
        return ""
    sentence = gettext(text)
    if not values:
        return sentence.replace("%%", "%")
    try:
        spoken = sentence % {name: _spoken(value) for name, value in values.items()}
        return re.sub(r"(?<=\s[рг])\.\.", ".", spoken)  # "2026 р." ends a sentence by itself
    except (KeyError, TypeError, ValueError):
        return sentence


def _spoken(value: Any) -> Any:
    stamp = STAMP.fullmatch(value) if isinstance(value, str) else None
    if stamp is None:
        return value
    language = get_language() or "en"
    try:
        if not stamp["hour"]:
            return formats.day(date.fromisoformat(value), language)
        at = datetime.strptime(value, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    except ValueError:  # what somebody typed, such as 2026-02-30
        return value
    return formats.moment(at, str(timezone.get_current_timezone()), language)


def without_values(text: str) -> str:
    """The sentence that many rows share, whatever fills its gaps: each gap is ``…``."""
    return re.sub(r"%\(\w+\)[sd]", "…", gettext(text)).replace("%%", "%") if text else ""


class Refusal(Exception):
    """Base of every business "no". Raise it with a sentence marked by ``gettext_noop`` and the values for its gaps."""

    def __init__(self, text: str, **values):
        super().__init__(text)
        self.reason = Reason(text, values)

    def __str__(self) -> str:
        return str(self.reason)

"""The journeys that come with the house, read from files: ``campaigns/presets/<slug>.json``.

``number`` is that of docs/reference/presets.md. ``needs`` names what the plan asks for and nobody may bring yet:
``fact:tier.changed``, ``ask:nps``, ``date:…``, ``act:…``, ``field:…``, ``subject:…``. Until all of it is registered,
the journey is not made. ``once_known`` are facts that end it as soon as some app records them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns import fields
from campaigns.acts import ACTS
from campaigns.dates import DATES
from campaigns.engine import OF_CUSTOMER
from campaigns.subjects import SUBJECTS
from events.facts import KINDS
from feedback.asks import ASKS

KNOWN: Mapping[str, Mapping[str, Any]] = {
    "fact": KINDS,
    "ask": ASKS,
    "date": DATES,
    "act": ACTS,
    "field": fields.FIELDS,
    "subject": SUBJECTS,
}
COMES_WITH = {
    "deals": _("Comes with: deals and visits of the sales team."),
    "returns": _("Comes with: returns."),
    "tickets": _("Comes with: tickets."),
    "tiers": _("Comes with: tiers."),
}


@dataclass(frozen=True, slots=True)
class Preset:
    number: int
    slug: str
    name: Mapping[str, str]
    is_live: bool
    needs: tuple[str, ...]
    comes_with: str
    once_known: tuple[str, ...]
    plan: Mapping[str, Any]

    @property
    def definition(self) -> dict[str, Any]:
        """The plan, with those ends that somebody records here."""
        ends = [kind for kind in self.once_known if kind.removeprefix(OF_CUSTOMER) in KINDS]
        return {**self.plan, "ends_with": [*self.plan.get("ends_with", ()), *ends]}

    @property
    def missing(self) -> list[str]:
        """Those of its needs that nobody brings yet."""
        return [need for need in self.needs if not _is_known(need)]

    def named(self, language: str) -> str:
        return self.name.get(language.partition("-")[0]) or self.name["en"]


def _is_known(need: str) -> bool:
    kind, _colon, name = need.partition(":")
    return name in KNOWN[kind]


def read_presets() -> list[Preset]:
    """All of them, by number."""
    return sorted((_read(path) for path in _folder().glob("*.json")), key=lambda preset: preset.number)


def _folder() -> Path:
    return Path(settings.BASE_DIR) / "campaigns" / "presets"


@cache
def _read(path: Path) -> Preset:
    said = json.loads(path.read_text("utf-8"))
    return Preset(
        number=said["number"],
        slug=said["slug"],
        name=said["name"],
        is_live=said["live"],
        needs=tuple(said.get("needs", ())),
        comes_with=said.get("comes_with", ""),
        once_known=tuple(said.get("once_known", {}).get("ends_with", ())),
        plan=said["definition"],
    )

"""The mails a new house starts with, read from files: ``templates/messaging/presets/<slug>/`` holds one ``meta.toml``
with names and purpose, and per language ``<language>.toml`` with subject, preview line and blocks.

They are loaded into the database once and edited there.
"""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from messaging import blocks
from messaging.rendering import CompiledContent, compile_content

LANGUAGES = ("en", "uk", "ru")


@dataclass(frozen=True)
class Content:
    """One language of a preset mail, as an author sees it, and the MJML and plain text that its blocks make."""

    language: str
    subject: str
    preheader: str
    blocks: list[dict[str, Any]]

    @cached_property
    def mjml(self) -> str:
        return blocks.to_mjml(self.blocks, self.language)

    @cached_property
    def text(self) -> str:
        return blocks.to_text(self.blocks, self.language)

    def compiled(self) -> CompiledContent:
        return compile_content(self.subject, self.preheader, self.mjml, self.text)


@dataclass(frozen=True, slots=True)
class PresetMail:
    slug: str
    name: dict[str, str]
    purpose: str
    contents: dict[str, Content]


def read_presets() -> list[PresetMail]:
    """All preset mails by slug."""
    folder = Path(settings.BASE_DIR) / "templates" / "messaging" / "presets"
    return [_read_preset(path.parent) for path in sorted(folder.glob("*/meta.toml"))]


def _read_preset(folder: Path) -> PresetMail:
    meta = tomllib.loads((folder / "meta.toml").read_text("utf-8"))
    contents = {language: _read_content(folder, language) for language in LANGUAGES}
    return PresetMail(folder.name, meta["name"], meta["purpose"], contents)


def _read_content(folder: Path, language: str) -> Content:
    """A field that the file leaves out says what a fresh block says in this language."""
    read = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))
    full = [{**blocks.new(block["block"], language), **block} for block in read["blocks"]]
    return Content(language, read["subject"], read["preheader"], blocks.shape(full))

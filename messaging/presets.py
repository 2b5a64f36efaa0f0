"""The mails a new house starts with, read from files: ``templates/messaging/presets/<slug>/`` holds, per language,
``<language>.subject``, ``.preheader``, ``.mjml`` and ``.txt``, and one ``meta.toml`` with names and purpose.

They are loaded into the database once and edited there. In these files only, ``<mj-include path="button" label="…" />``
stands for ``templates/messaging/blocks/button.mjml`` with its ``[[label]]`` replaced: the look is shared, each
language's sentences are written whole.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from messaging.rendering import CompiledContent, compile_content

LANGUAGES = ("en", "uk", "ru")

_INCLUDE = re.compile(r'^([ \t]*)<mj-include\s+path="(\w+)"((?:\s+\w+="[^"]*")*)\s*/>', re.MULTILINE)
_GIVEN = re.compile(r'(\w+)="([^"]*)"')
_GAP = re.compile(r"\[\[(\w+)\]\]")


@dataclass(frozen=True, slots=True)
class Content:
    """The four sources of one language, as an author sees them."""

    subject: str
    preheader: str
    mjml: str
    text: str

    def compiled(self) -> CompiledContent:
        return compile_content(self.subject, self.preheader, self.mjml, self.text)


@dataclass(frozen=True, slots=True)
class PresetMail:
    slug: str
    name: dict[str, str]
    purpose: str
    contents: dict[str, Content]


def read_presets() -> list[PresetMail]:
    """All preset mails by slug, blocks put in; a gap without a value is a ValueError naming block and gap."""
    folder = _templates() / "presets"
    return [_read_preset(path.parent) for path in sorted(folder.glob("*/meta.toml"))]


def _read_preset(folder: Path) -> PresetMail:
    meta = tomllib.loads((folder / "meta.toml").read_text("utf-8"))
    contents = {language: _read_content(folder, language) for language in LANGUAGES}
    return PresetMail(folder.name, meta["name"], meta["purpose"], contents)


def _read_content(folder: Path, language: str) -> Content:
    subject, preheader, mjml, text = (
        (folder / f"{language}.{ending}").read_text("utf-8").strip()
        for ending in ("subject", "preheader", "mjml", "txt")
    )
    return Content(subject, preheader, put_in_blocks(mjml), text + "\n")


def put_in_blocks(mjml: str) -> str:
    return _INCLUDE.sub(_block, mjml) + "\n"


def _block(include: re.Match) -> str:
    indent, name = include[1], include[2]
    given = dict(_GIVEN.findall(include[3]))
    source = (_templates() / "blocks" / f"{name}.mjml").read_text("utf-8").strip()
    gaps = set(_GAP.findall(source))
    if gaps != set(given):
        raise ValueError(f"block {name}: {', '.join(sorted(gaps ^ set(given)))} given or missing against its gaps")
    filled = _GAP.sub(lambda gap: given[gap[1]], source)
    return "\n".join(f"{indent}{line}".rstrip() for line in filled.split("\n"))


def _templates() -> Path:
    return Path(settings.BASE_DIR) / "templates" / "messaging"

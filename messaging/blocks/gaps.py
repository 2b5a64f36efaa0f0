"""The files of the blocks, in ``templates/messaging/blocks/``.

In a block's look, ``[[name]]`` is a gap, ``[[#name]]…[[/name]]`` stands for each row, or if there is something,
``[[^name]]…[[/name]]`` if there is nothing. Liquid means nothing here and passes through. What blocks say by themselves
stands whole per language in ``words.<language>.toml``.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

SPOKEN = ("en", "uk", "ru")

_SECTION = re.compile(
    r"^[ \t]*\[\[([#^])(\w+)\]\]\n(.*?)^[ \t]*\[\[/\2\]\]\n"  # a section whose marks stand on lines of their own
    r"|\[\[([#^])(\w+)\]\](.*?)\[\[/\5\]\]",
    re.DOTALL | re.MULTILINE,
)
_GAP = re.compile(r"\[\[(\w+)\]\]")


@lru_cache(maxsize=128)
def source_of(name: str, ending: str) -> str:
    """The text of ``templates/messaging/blocks/<name>.<ending>``."""
    return _read(f"{name}.{ending}").strip() + "\n"


@lru_cache(maxsize=16)
def words_of(language: str) -> dict[str, dict[str, str]]:
    """What every block says by itself in this language, English where nobody has written it."""
    english = tomllib.loads(_read("words.en.toml"))
    own = tomllib.loads(_read(f"words.{language}.toml")) if language in SPOKEN else {}
    return {block: {**said, **own.get(block, {})} for block, said in english.items()}


def _read(name: str) -> str:
    return (Path(settings.BASE_DIR) / "templates" / "messaging" / "blocks" / name).read_text("utf-8")


def fill(source: str, values: Mapping[str, object]) -> str:
    """The source with its gaps filled, once: brackets that an author typed stay what they are.

    A gap nobody fills is a KeyError naming it: a mistake in our own file.
    """
    pieces, position = [], 0
    for found in _SECTION.finditer(source):
        pieces += [_filled(source[position : found.start()], values), _section(found, values)]
        position = found.end()
    return "".join([*pieces, _filled(source[position:], values)])


def _filled(source: str, values: Mapping[str, object]) -> str:
    return _GAP.sub(lambda gap: str(values[gap[1]]), source)


def _section(found: re.Match, values: Mapping[str, object]) -> str:
    kind, name, inner = found.groups()[:3] if found[1] else found.groups()[3:]
    value = values[name]
    if kind == "^":
        return "" if value else fill(inner, values)
    rows = value if isinstance(value, list) else [{}] * bool(value)
    return "".join(fill(inner, {**values, **row}) for row in rows)

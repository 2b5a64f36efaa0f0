"""The catalogues: ``python -m config.translations [--check | --extract]``.

Without an option: compiles locale/*/LC_MESSAGES/django.po to .mo. ``--extract`` first gathers new sentences from code
and templates (needs GNU gettext). ``--check`` changes nothing and fails when a sentence lacks a translation, a gap
such as ``%(number)s`` got lost, a sentence was never gathered, or a .mo is not what its .po says.
"""

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as extract_from
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("uk", "ru")
GAP = re.compile(r"%\((\w+)\)[sd]")
# What templatize leaves of a template: calls with their sentences as literals, between filling letters.
CALL = re.compile(r"""\b(?:n?p?gettext|_)\((?:[^'"()]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")*\)""")
NOT_OURS = (".venv", "tests", "bench", "node_modules")
# How Django calls its translators; the number is the argument's place, "c" marks a context.
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


def paths(language: str) -> tuple[Path, Path]:
    folder = ROOT / "locale" / language / "LC_MESSAGES"
    return folder / "django.po", folder / "django.mo"


def load(language: str) -> Catalog:
    with paths(language)[0].open("rb") as file:
        return read_po(file, locale=language)


def compile_all() -> None:
    for language in LANGUAGES:
        with paths(language)[1].open("wb") as file:
            write_mo(file, load(language))


def extract() -> None:
    """Gather sentences. Obsolete ones are dropped, and guesses (fuzzy matches) emptied: a guess is worse than a gap."""
    if not shutil.which("xgettext"):
        sys.exit("--extract needs GNU gettext (xgettext, msgmerge, msgattrib).")
    options = ["--no-location", "--no-obsolete", "--add-location=file", "-i", ".venv", "-i", "tests", "-i", "bench"]
    command = [sys.executable, "manage.py", "makemessages", *(f"-l{name}" for name in LANGUAGES), *options]
    subprocess.run(command, cwd=ROOT, check=True)
    for language in LANGUAGES:
        po = paths(language)[0]
        subprocess.run(
            ["msgattrib", "--clear-fuzzy", "--empty", "--no-obsolete", "--no-wrap", "-o", po, po], check=True
        )


def said() -> dict[str | tuple[str, str], str]:
    """Every sentence in code and templates, without GNU gettext: the English (with its context) → the file.

    Slower and less thorough than --extract (no comments, no order), enough to notice that it was forgotten.
    """
    found: dict[str | tuple[str, str], str] = {}
    for path in sorted([*ROOT.glob("*/**/*.py"), *ROOT.glob("templates/**/*.html"), *ROOT.glob("templates/**/*.txt")]):
        name = path.relative_to(ROOT)
        if name.parts[0] in NOT_OURS or "migrations" in name.parts:
            continue
        text = path.read_text()
        if path.suffix != ".py":
            text = "\n".join(CALL.findall(templatize(text)))
        for _line, words, _comments, context in extract_from("python", io.BytesIO(text.encode()), KEYWORDS):
            english = words[0] if isinstance(words, tuple) else words
            found[(context, english) if context else english] = str(name)
    return found


def never_gathered(language: str, sentences: dict[str | tuple[str, str], str]) -> list[str]:
    known = set()
    for message in load(language):
        english = message.id[0] if isinstance(message.id, tuple | list) else message.id
        known.add((message.context, english) if message.context else english)
    return [
        f"{language}: never gathered (--extract): {one!r} in {where}"
        for one, where in sentences.items()
        if one not in known
    ]


def problems(language: str) -> list[str]:
    """Everything that a reader of this language would stumble over."""
    catalog, found = load(language), []
    for message in catalog:
        if not message.id:
            continue
        forms = list(message.string) if isinstance(message.string, tuple | list) else [message.string]
        name = message.id[0] if isinstance(message.id, tuple | list) else message.id
        if message.fuzzy or not all(forms):
            found.append(f"{language}: not translated: {name!r}")
        elif isinstance(message.id, tuple | list) and len(forms) != catalog.num_plurals:
            found.append(f"{language}: {len(forms)} plural forms instead of {catalog.num_plurals}: {name!r}")
        else:
            wanted = set(GAP.findall(message.id[-1] if isinstance(message.id, tuple | list) else message.id))
            found += [
                f"{language}: a gap got lost in {form!r}" for form in forms if not set(GAP.findall(form)) <= wanted
            ]
            if not isinstance(message.id, tuple | list) and set(GAP.findall(forms[0])) != wanted:
                found.append(f"{language}: a gap got lost in {forms[0]!r}")
    return found + stale(language, catalog)


def stale(language: str, catalog: Catalog) -> list[str]:
    mo = paths(language)[1]
    if not mo.exists():
        return [f"{language}: django.mo is missing: run python -m config.translations"]
    fresh = io.BytesIO()
    write_mo(fresh, catalog)
    fresh.seek(0)

    def content(source) -> dict:
        return {(m.id if isinstance(m.id, str) else tuple(m.id), m.context): m.string for m in read_mo(source)}

    with mo.open("rb") as file:
        same = content(file) == content(fresh)
    return [] if same else [f"{language}: django.mo is older than django.po: run python -m config.translations"]


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        sentences = said()
        found = [p for language in LANGUAGES for p in (*problems(language), *never_gathered(language, sentences))]
        sys.stdout.write("".join(f"{line}\n" for line in found))
        return 1 if found else 0
    if "--extract" in arguments:
        extract()
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

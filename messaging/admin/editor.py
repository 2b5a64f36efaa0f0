"""The form of one language of a mail: what the page draws, and what it sends back."""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers.channels import Channel
from messaging import blocks, contexts
from messaging.actions import Written
from messaging.blocks import BLOCKS, CONDITIONS, Block, BlockProblem, Rows
from messaging.models import TemplateContent
from messaging.rendering import TemplateProblem

_TAG, _OUTPUT = re.compile(r"\{%.*?%\}"), re.compile(r"\{\{\s*([\w.]*).*?\}\}")
PARTS = ("subject", "preheader", "mjml", "text")


@dataclass(slots=True)
class Control:
    """One field as the page draws it."""

    name: str
    kind: str
    label: str
    value: Any
    help: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list["Control"]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    takes_liquid: bool = True


@dataclass(slots=True)
class BlockForm:
    key: str
    number: int
    name: str
    title: str
    symbol: str
    help: str
    excerpt: str
    controls: list[Control]
    errors: list[str]
    open: bool = False
    first: bool = False
    last: bool = False

    @property
    def wrong(self) -> bool:
        return bool(self.errors) or any(
            inner.errors for control in self.controls for inner in (control, *itertools.chain(*control.rows))
        )


def read(data: QueryDict, channel: str) -> Written:
    """What the form holds. Raises BlocksRefused for a list that is none."""
    subject, preheader, mjml, text = (data.get(part, "").replace("\r\n", "\n") for part in PARTS)
    if channel != Channel.EMAIL:
        return Written("", "", "", text)
    if data.get("mode") != "blocks":
        return Written(subject, preheader, mjml, text)
    found = [_read_block(data, key) for key in data.getlist("block")]
    return Written(subject, preheader, "", "", blocks.shape(found))


def _read_block(data: QueryDict, key: str) -> dict[str, Any]:
    name = data.get(f"{key}-block", "")
    read: dict[str, Any] = {"block": name, "only_if": data.get(f"{key}-only_if", "")}
    for f in BLOCKS[name].fields if name in BLOCKS else ():
        if isinstance(f, Rows):
            rows = range(f.most + 2)
            read[f.name] = [{i.name: data.get(f"{key}-{f.name}-{n}-{i.name}", "") for i in f.fields} for n in rows]
        else:
            read[f.name] = data.get(f"{key}-{f.name}", "")
    return read


def forms_of(
    many: Iterable[Mapping[str, Any]], problems: Iterable[TemplateProblem], open_at: int | None = None
) -> list[BlockForm]:
    said: dict[tuple[int, str], list[str]] = {}
    for problem in problems:
        if isinstance(problem, BlockProblem) and problem.block >= 0:
            said.setdefault((problem.block, problem.field), []).append(str(problem.what))
    many = list(many)
    forms = [_form(at, block, said) for at, block in enumerate(many)]
    for at, form in enumerate(forms):
        form.open, form.first, form.last = at == open_at or form.wrong, at == 0, at == len(forms) - 1
    return forms


def _form(at: int, block: Mapping[str, Any], said: Mapping) -> BlockForm:
    name, key = block["block"], f"b{at}"
    known = BLOCKS.get(name)
    if known is None:
        return BlockForm(key, at + 1, name, name, "alert", "", "", [], said.get((at, ""), []))
    controls = [_control(f"{key}-{f.name}", f, block.get(f.name, f.starting()), at, f.name, said) for f in known.fields]
    options = [("", _("always")), *((code, str(label)) for code, (label, _test) in CONDITIONS.items())]
    errors = said.get((at, "only_if"), [])
    controls.append(
        Control(f"{key}-only_if", "choice", _("Show only if"), block.get("only_if", ""), "", options, errors=errors)
    )
    own = said.get((at, ""), [])
    title, help_text = str(known.title), str(known.help)
    return BlockForm(key, at + 1, name, title, known.symbol, help_text, _excerpt(known, block), controls, own)


def _control(name: str, f: blocks.Field, value: Any, at: int, path: str, said: Mapping) -> Control:
    control = Control(name, f.kind, str(f.label), value, str(f.help), takes_liquid=f.takes_liquid)
    control.errors = said.get((at, path), [])
    if isinstance(f, blocks.Choice):
        control.options = [(code, str(label)) for code, label in f.options]
    if isinstance(f, Rows):
        drawn = [*value, {}][: f.most]
        control.rows = [
            [
                _control(f"{name}-{n}-{i.name}", i, row.get(i.name, ""), at, f"{path}.{n}.{i.name}", said)
                for i in f.fields
            ]
            for n, row in enumerate(drawn)
        ]
    return control


def _excerpt(known: Block, block: Mapping[str, Any]) -> str:
    """The first words of a folded block."""
    texts = (block.get(f.name) for f in known.fields if f.kind in ("line", "passage"))
    first = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    return " ".join(_OUTPUT.sub(r"[\1]", _TAG.sub("", first)).split())[:120]


def part_errors(problems: Iterable[TemplateProblem], is_raw: bool) -> dict[str, list[str]]:
    """What is wrong with subject, preview line, and, in raw MJML, the mail and its text; ``all`` is the rest."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        if isinstance(problem, BlockProblem):
            if problem.block < 0:
                found.setdefault("all", []).append(str(problem))
        elif problem.part in ("subject", "preheader"):
            found.setdefault(problem.part, []).append(str(problem.what))
        else:
            found.setdefault(problem.part if is_raw else "all", []).append(str(problem))
    return found


def as_written(content: TemplateContent | None, channel: str) -> Written:
    """What is stored, or the beginning of a language that nobody has written yet."""
    if content is None:
        return Written("", "", "", "", [] if channel == Channel.EMAIL else None)
    return Written.of(content)


# --- moving blocks about without JavaScript ---------------------------------------------------------------------------


def rearranged(many: list[dict], deed: str, which: str, language: str) -> tuple[list[dict], int]:
    """The list after one press of a button, and which block to show open. Nonsense changes nothing."""
    many = list(many)
    if deed == "add" and which in BLOCKS:
        # a footer ends a mail: what is added comes before it
        at = len(many) - 1 if many and many[-1]["block"] == "footer" != which else len(many)
        at = 0 if which == "header" else at
        return [*many[:at], blocks.new(which, language), *many[at:]], at
    at = int(which) if which.isdigit() else -1
    if not 0 <= at < len(many):
        return many, -1
    if deed == "remove":
        return many[:at] + many[at + 1 :], -1
    if deed == "copy":
        return [*many[: at + 1], dict(many[at]), *many[at + 1 :]], at + 1
    other = at - 1 if deed == "up" else at + 1
    if deed in ("up", "down") and 0 <= other < len(many):
        many[at], many[other] = many[other], many[at]
        return many, other
    return many, at


# --- what may be put in -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    snippet: str
    words: str
    kind: str


def variables() -> list[tuple[str, list[Variable]]]:
    """By namespace: what a mail may name, in words, and how it is written where it is put in."""
    known, words = contexts.describe_all(), contexts.words_for_all()
    groups = []
    for space in sorted(known, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)):
        if isinstance(known[space], Mapping):
            names = [(f"{space}.{key}", what) for key, what in known[space].items()]
            rows = [Variable(name, _snippet(name, what), str(words.get(name, "")), _kind(what)) for name, what in names]
            groups.append((space, rows))
    return groups


_ORDER = ("customer", "order", "shipment", "review", "store", "message")


_KINDS = {
    "text": _("text"),
    "number": _("number"),
    "money": _("money"),
    "date": _("day"),
    "moment": _("moment"),
    "url": _("link"),
    "choice": _("choice"),
    "flag": _("yes or no"),
}


def _kind(what: object) -> str:
    return str(_("list") if isinstance(what, list) else _KINDS.get(str(what), ""))


def _snippet(name: str, what: object) -> str:
    if isinstance(what, list):
        inner = what[0] if what else ""
        item = "item.title" if isinstance(inner, Mapping) and "title" in inner else "item"
        return f"{{% for item in {name} %}}{{{{ {item} }}}} {{% endfor %}}"
    if what == "money":
        return f"{{{{ {name} | money: order.currency }}}}"
    if what in ("choice", "flag"):  # a word of ours, which no reader should see
        asked = f'{name} == ""' if what == "choice" else name
        return f"{{% if {asked} %}} {{% endif %}}"
    return f"{{{{ {name} | day }}}}" if what in ("date", "moment") else f"{{{{ {name} }}}}"

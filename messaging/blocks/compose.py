"""A list of blocks becomes a mail: what is wrong with it, its MJML, its plain text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop

from messaging.blocks import gaps
from messaging.blocks.catalogue import BLOCKS, CONDITIONS, Block
from messaging.blocks.fields import Choice, Rows
from messaging.rendering import TemplateProblem, TemplateRefused
from messaging.rendering.plain import tidy
from messaging.rendering.problems import LiquidFault
from shelf.reasons import Reason

MAX_BLOCKS = 50  # a mail of 50 blocks is far beyond what Gmail shows before it clips
Blocks = Sequence[Mapping[str, Any]]
UNKNOWN_BLOCK = gettext_noop("There is no block “%(block)s”.")
UNKNOWN_CONDITION = gettext_noop("There is no condition “%(condition)s”.")
TOO_MANY = gettext_noop("A mail has at most %(most)s blocks; this one has %(count)s.")
NO_LIST = gettext_noop("This is no list of blocks.")
EMPTY = gettext_noop("The mail has no blocks yet.")


@dataclass(frozen=True, slots=True)
class BlockProblem(TemplateProblem):
    """One thing to mend, by block (from 0) and field; ``block`` is -1 where it concerns the whole list."""

    part: str = "blocks"
    block: int = -1
    name: str = ""
    field: str = ""

    def __str__(self) -> str:
        if self.block < 0:
            return str(self.what)
        known = BLOCKS.get(self.name)
        values = {"number": self.block + 1, "block": str(known.title if known else self.name), "what": str(self.what)}
        label = field_label(known, self.field) if known else ""
        if not label:
            return gettext("Block %(number)s, %(block)s: %(what)s") % values
        return gettext("Block %(number)s, %(block)s, “%(field)s”: %(what)s") % {**values, "field": label}


class BlocksRefused(TemplateRefused):
    """The list cannot become a mail."""

    def __init__(self, problems: list[TemplateProblem]):
        super().__init__(problems)
        self.reason = Reason(gettext_noop("%(what)s"), {"what": str(problems[0])})


def field_label(block: Block, path: str) -> str:
    """What a person calls the field: ``products.1.url`` is *Products, 2, Where a tap leads*."""
    name, *rest = path.split(".")
    field = next((f for f in block.fields if f.name == name), None)
    if field is None:
        return ""
    label = str(field.label)
    if rest and isinstance(field, Rows):
        inner = next((str(f.label) for f in field.fields if f.name == rest[-1]), rest[-1])
        return f"{label}, {int(rest[0]) + 1}, {inner}"
    return label


def new(name: str, language: str) -> dict[str, Any]:
    """A fresh block with what it says by default in the letter's language. KeyError for one that does not exist."""
    said = gaps.words_of(language).get(name, {})
    return {"block": name, **{field.name: said.get(field.name, field.starting()) for field in BLOCKS[name].fields}}


def shape(found: object) -> list[dict[str, Any]]:
    """A stored or sent list in the shape of its blocks: known fields only, each with a value of its kind.

    What is no block at all is kept by its name, so that ``check`` can say so. Raises BlocksRefused.
    """
    if not isinstance(found, list) or not all(isinstance(block, Mapping) for block in found):
        raise BlocksRefused([_of_all(Reason(NO_LIST))])
    if len(found) > MAX_BLOCKS:
        raise BlocksRefused([_of_all(Reason(TOO_MANY, {"most": MAX_BLOCKS, "count": len(found)}))])
    return [_shaped(block) for block in found]


def _shaped(block: Mapping) -> dict[str, Any]:
    name = str(block.get("block", ""))[:40]
    only_if = {"only_if": str(block["only_if"])[:40]} if block.get("only_if") else {}
    known = BLOCKS.get(name)
    if known is None:
        return {"block": name, **only_if}
    return {"block": name, **only_if, **{f.name: f.read(block[f.name]) for f in known.fields if f.name in block}}


def check(blocks: Blocks) -> list[BlockProblem]:
    """What is wrong with the forms; what Liquid in them gets wrong is ``liquid_problems``."""
    if not blocks:
        return [_of_all(Reason(EMPTY))]
    problems = []
    for at, block in enumerate(blocks):
        name = block["block"]
        if name not in BLOCKS:
            problems.append(BlockProblem(1, 1, Reason(UNKNOWN_BLOCK, {"block": name}), block=at, name=name))
            continue
        if block.get("only_if") and block["only_if"] not in CONDITIONS:
            what = Reason(UNKNOWN_CONDITION, {"condition": block["only_if"]})
            problems.append(BlockProblem(1, 1, what, block=at, name=name, field="only_if"))
        problems += _form_problems(at, block)
    return problems


def _form_problems(at: int, block: Mapping) -> list[BlockProblem]:
    found = []
    for field in BLOCKS[block["block"]].fields:
        value = block.get(field.name, field.starting())
        pairs = [(field.name, what) for what in _problems(field, value)]
        if isinstance(field, Rows):
            pairs += [
                (f"{field.name}.{row}.{inner.name}", what)
                for row, values in enumerate(value)
                for inner in field.fields
                for what in _problems(inner, values[inner.name])
            ]
        found += [BlockProblem(1, 1, what, block=at, name=block["block"], field=path) for path, what in pairs]
    return found


def _problems(field, value) -> list[Reason]:
    try:
        return list(field.problems(value))
    except LiquidFault:  # said, with its line, by whoever checks liquid_sources
        return []


def liquid_sources(blocks: Blocks) -> list[tuple[int, str, str]]:
    """(block, path, source) of every text in which Liquid may stand."""
    return [
        (at, path, source)
        for at, block in enumerate(blocks)
        if block["block"] in BLOCKS
        for field in BLOCKS[block["block"]].fields
        for path, source in field.liquid(block.get(field.name, field.starting()))
        if "{" in source
    ]


def in_block(problem: TemplateProblem, blocks: Blocks, at: int, path: str) -> BlockProblem:
    """A problem of one field's text, told by block and field."""
    line, column, name = problem.line, problem.column, blocks[at]["block"]
    return BlockProblem(line, column, problem.what, problem.variable, block=at, name=name, field=path)


def where(blocks: Blocks, variable: str) -> BlockProblem | None:
    """Which field names a variable that turned out to be missing; a block's own file counts for the block."""
    what = Reason(gettext_noop("The mail needs “%(variable)s”, and it is not known here."), {"variable": variable})
    named = re.compile(rf"(?<![\w.]){re.escape(variable)}(?![\w])")
    for at, path, source in liquid_sources(blocks):
        if named.search(source):
            return BlockProblem(1, 1, what, variable, block=at, name=blocks[at]["block"], field=path)
    for at, block in enumerate(blocks):
        if block["block"] in BLOCKS and named.search(gaps.source_of(block["block"], "mjml")):
            return BlockProblem(1, 1, what, variable, block=at, name=block["block"])
    return None


def to_mjml(blocks: Blocks, language: str) -> str:
    """The whole mail. Blocks must have passed ``check``; raises LiquidFault where Liquid is out of order."""
    raw = "<mj-raw>{}</mj-raw>\n"
    body = "\n".join(_with_condition(block, raw, _piece(block, "mjml", language)) for block in blocks)
    top = "" if blocks and blocks[0]["block"] == "header" else gaps.source_of("top", "mjml")
    end = "" if blocks and blocks[-1]["block"] == "footer" else gaps.source_of("end", "mjml")
    look = gaps.source_of("look", "mjml")
    return (
        f'<mjml lang="{language}">\n{look}<mj-body background-color="#f4f1e9" css-class="page">\n'
        f"{top}{body}{end}</mj-body>\n</mjml>\n"
    )


def to_text(blocks: Blocks, language: str) -> str:
    """The plain-text part, each block in its own words."""
    return tidy("\n".join(_with_condition(block, "{}\n", _piece(block, "txt", language)) for block in blocks))


def _piece(block: Mapping, ending: str, language: str) -> str:
    known = BLOCKS[block["block"]]
    written: dict[str, Any] = {}
    for field in known.fields:
        value = block.get(field.name, field.starting())
        written[field.name] = said = field.html(value) if ending == "mjml" else field.text(value)
        if isinstance(field, Choice):
            written |= {f"{field.name}_{option}": said == option for option, _label in field.options}
        elif isinstance(field, Rows):
            written[f"{field.name}_pairs"] = [{"pair": said[at : at + 2]} for at in range(0, len(said), 2)]
    piece = gaps.fill(gaps.source_of(known.name, ending), {**gaps.words_of(language).get(known.name, {}), **written})
    if not known.speaks_of:
        return piece
    return _around(piece, f"if {known.speaks_of}", "<mj-raw>{}</mj-raw>\n" if ending == "mjml" else "{}\n")


def _with_condition(block: Mapping, tag: str, piece: str) -> str:
    key = block.get("only_if")
    return _around(piece, f"if {CONDITIONS[key][1]}", tag) if key in CONDITIONS else piece


def _around(piece: str, condition: str, tag: str) -> str:
    return tag.format(f"{{% {condition} %}}") + piece + tag.format("{% endif %}")


def _of_all(what: Reason) -> BlockProblem:
    return BlockProblem(1, 1, what)

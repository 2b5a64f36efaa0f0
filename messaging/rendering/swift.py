"""The syntax tree of a template as one Python function: what python-liquid writes, in an eighth of its time.

Its own walk passes four calls for every piece and builds a function for every use of a filter, which was half the cost
of a mail. Here that is decided once per template: what is left are the pieces themselves. The function's source holds
no word of the author's: texts, names and keys are constants beside it, reached by number. What this file does not know
(``break``, a loop with ``limit``) is left to python-liquid: ``translate`` returns None. tests/messaging/test_swift.py
holds both against each other on all our mails and on random templates.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Path
from liquid.builtin.expressions.arguments import PositionalArgument
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.logical import is_truthy
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.case_tag import CaseNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.for_tag import ForLoop, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression
from liquid.stringify import to_liquid_string
from liquid.template import BoundTemplate
from markupsafe import Markup, escape

Step = Callable[[Any], None]  # takes the context of one filling (liquid.SwiftContext) and writes by context.out

_SPECIAL = re.compile(r"[&<>\"']")
DEEPEST = 15  # blocks inside each other; Python takes 20 loops and as many tries

# What a filter says of these is remembered: sums, days and counts repeat within a batch. Booleans and fractions are no
# keys: True is 1, and 0.1 is not what it looks like.
_KEYS = frozenset({Decimal, int, datetime, date})
_WORDS = frozenset({str, Markup, int})


class TooStrange(Exception):
    """A node that python-liquid has to walk itself."""


def translate(template: BoundTemplate) -> Step | None:
    """One function that writes the whole template; None where python-liquid has to do it."""
    try:
        source = Source(template.env, *_names(template.nodes))
        for node in template.nodes:
            source.step(node)
        return source.made()
    except TooStrange:
        return None


def _names(nodes: Sequence[Node]) -> tuple[bool, set[str]]:
    """Is ``forloop`` asked for, and what is assigned? Loops and ``assign`` share one dict here: TooStrange when a name
    is both, or ``forloop``."""
    loops, assigned = set(), set()
    counts = False
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if isinstance(node, ForNode):
            loops.add(node.expression.identifier)
        if isinstance(node, AssignNode | CaptureNode):
            assigned.add(str(node.name))
        counts = counts or any("forloop" in str(expression) for expression in node.expressions())
        todo += node.children(None, include_partials=False)
    if loops & assigned or "forloop" in loops | assigned:
        raise TooStrange
    return counts, assigned


class Source:
    """The lines of the function, and the constants that they name: ``k0``, ``k1`` …"""

    def __init__(self, env: Any, counts_rounds: bool, assigned: set[str]):
        self.env, self.counts_rounds, self.assigned = env, counts_rounds, assigned
        self.lines: list[str] = []
        self.depth = 1
        self.temporary = 0
        self.out = "out"
        self.loops: dict[str, str] = {}  # a loop's name → the variable that holds its item
        self.constants: dict[str, Any] = {
            **{"special": _SPECIAL.search, "escape": escape, "to_text": to_liquid_string, "Markup": Markup},
            **{"is_truthy": is_truthy, "count": _count, "missing": object(), "items_of": _items_of},
        }

    def made(self) -> Step:
        head = ["def write(context):", " out = context.out", " scope = context.scope"]
        made: dict[str, Any] = {}
        exec(compile("\n".join([*head, *self.lines]), "<a template>", "exec"), self.constants, made)  # noqa: S102 - our own words
        return made["write"]

    # --- writing the source ---------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append(" " * self.depth + text)

    @contextmanager
    def inside(self, head: str) -> Iterator[None]:
        if self.depth > DEEPEST:
            raise TooStrange
        self.line(head)
        before = len(self.lines)
        self.depth += 1
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    def constant(self, value: Any) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def name(self) -> str:
        self.temporary += 1
        return f"t{self.temporary}"

    # --- nodes ----------------------------------------------------------------------------------------------------

    def step(self, node: Node) -> None:
        kind = type(node)
        if kind is ContentNode:
            self.line(f"{self.out}({self.constant(node.text)})")
        elif kind is OutputNode:
            self.output(node)
        elif kind is IfNode or kind is UnlessNode:
            self.branches(node, negated=kind is UnlessNode)
        elif isinstance(node, ForNode):
            self.loop(node)
        elif kind is CaseNode:
            self.cases(node)
        elif kind is AssignNode:
            self.line(f"context.assign({self.constant(str(node.name))}, {self.value(node.expression)})")
        elif kind is CaptureNode:
            self.capture(node)
        elif not isinstance(node, CommentNode):
            raise TooStrange

    def block(self, block: BlockNode) -> None:
        blank = self.env.suppress_blank_control_flow_blocks and block.blank
        for node in block.nodes:
            if not (blank and isinstance(node, ContentNode)):  # white space alone is not written
                self.step(node)

    def output(self, node: Any) -> None:
        found, escapes = self.value(node.expression), self.env.autoescape
        written = f"(escape({found}) if special({found}) else {found})" if escapes else found
        self.line(f"{self.out}({written} if type({found}) is str else to_text({found}, {escapes}))")

    def branches(self, node: Any, negated: bool) -> None:
        self.branch(node.condition, node.consequence, negated)
        opened = 0
        for one in node.alternatives:
            self.line("else:")
            self.depth += 1
            opened += 1
            self.branch(one.expression, one.block, False)
        if node.default:
            with self.inside("else:"):
                self.block(node.default)
        self.depth -= opened

    def branch(self, condition: Expression, block: BlockNode, negated: bool) -> None:
        holds = self.condition(condition)
        with self.inside(f"if not {holds}:" if negated else f"if {holds}:"):
            self.block(block)

    def condition(self, condition: Expression) -> str:
        if type(condition) is BooleanExpression and type(condition.expression) is Path:
            return f"is_truthy({self.value(condition.expression)})"
        return f"{self.constant(condition.evaluate)}(context)"

    def loop(self, node: Any) -> None:
        expression = node.expression
        if expression.limit or expression.offset or expression.reversed or expression.cols:
            raise TooStrange
        name = str(expression.identifier)  # a subclass of str there, whose hash is worked out anew each time
        key, items = self.constant(name), self.value(expression.iterable)
        self.line(f"{items} = items_of({items}, {self.constant(expression)}, context)")
        self.line(f"context.charge({node.weight} * (len({items}) or 1), {_bulk(node.block)} * len({items}))")
        with self.inside(f"if {items}:"):
            if self.counts_rounds:
                called = self.constant(f"{name}-{expression.iterable}")
                self.rounds(node, name, key, f"count(context, {items}, {key}, {called})")
            else:
                outside = self.name()
                self.line(f"{outside} = scope.get({key}, missing)")
                self.rounds(node, name, key, items)
                with self.inside(f"if {outside} is missing:"):
                    self.line(f"del scope[{key}]")
                with self.inside("else:"):
                    self.line(f"scope[{key}] = {outside}")
        if node.default:
            with self.inside("else:"):
                self.block(node.default)

    def rounds(self, node: Any, name: str, key: str, items: str) -> None:
        item, outer = self.name(), dict(self.loops)
        with self.inside(f"for {item} in {items}:"):
            self.line(f"scope[{key}] = {item}")
            self.loops[name] = item
            self.block(node.block)
        self.loops = outer

    def cases(self, node: Any) -> None:
        """Every ``when`` that fits is written, once for each value that fits; ``else`` where none before it did."""
        found = self.name()
        self.line(f"{found} = False")
        for one in node.blocks:
            if isinstance(one, BlockNode):
                with self.inside(f"if not {found}:"):
                    self.block(one)
                continue
            fits = self.name()
            self.line(f"{fits} = {self.constant(one.expression.evaluate)}(context)")
            with self.inside(f"if any({fits}):"):
                self.line(f"{found} = True")
                with self.inside(f"for {self.name()} in range({fits}.count(True)):"):
                    self.block(one.block)

    def capture(self, node: Any) -> None:
        pieces, outer = self.name(), self.out
        self.line(f"{pieces} = []")
        self.out = f"{pieces}.append"
        self.block(node.block)
        self.out = outer
        written = f'"".join({pieces})'
        # escaped as it was written
        self.line(
            f"context.assign({self.constant(str(node.name))},"
            f" {f'Markup({written})' if self.env.autoescape else written})"
        )

    # --- expressions: lines that work a value out, and the name it has then -------------------------------------------

    def value(self, expression: Expression) -> str:
        kind = type(expression)
        if kind is FilteredExpression:
            found = self.value(expression.left)
            for one in expression.filters or ():
                found = self.filtered(found, one)
            return found
        if kind is Path:
            return self.path(expression)
        if kind is StringLiteral:
            text = expression.value
            return self.constant(Markup(text) if self.env.autoescape else text)  # noqa: S704 - the author's
        return self.kept(f"{self.constant(expression.evaluate)}(context)")

    def kept(self, value: str) -> str:
        name = self.name()
        self.line(f"{name} = {value}")
        return name

    def path(self, path: Path) -> str:
        keys = path.path
        slowly = f"{self.constant(path.evaluate)}(context)"  # names what is missing, and reads what is no dict
        if not all(isinstance(key, str) for key in keys) or keys[0] == "forloop" or keys[0] in self.assigned:
            return self.kept(slowly)
        first, *rest = keys
        begin = self.loops.get(str(first)) or f"scope[{self.constant(first)}]"
        if not rest and first in self.loops:
            return self.kept(begin)
        name = self.name()
        with self.inside("try:"):
            self.line(f"{name} = {begin}{''.join(f'[{self.constant(key)}]' for key in rest)}")
        with self.inside("except (KeyError, TypeError):"):
            self.line(f"{name} = {slowly}")
        return name

    def filtered(self, given: str, one: Filter) -> str:
        if not all(type(argument) is PositionalArgument for argument in one.args):
            return self.kept(f"{self.constant(one.evaluate)}({given}, context)")
        arguments = [self.value(argument.value) for argument in one.args]
        apply = self.env.filters[one.name]
        takes_context, takes_environment = (
            getattr(apply, needed, False) for needed in ("with_context", "with_environment")
        )
        if takes_environment:
            apply = partial(apply, environment=self.env)
        work = _remembering(one, apply) if takes_context else partial(_applied, one, apply)
        return self.kept(f"{self.constant(work)}(context, {', '.join([given, *arguments])})")


def _applied(one: Filter, apply: Callable, context: Any, given: Any, *arguments: Any) -> Any:
    return context.apply(one, apply, False, given, arguments)


def _remembering(one: Filter, apply: Callable) -> Callable:
    """A filter that speaks the reader's language; the same of the same each time, and paid for each time."""
    name = one.name

    def filtered(context: Any, given: Any, *arguments: Any) -> Any:
        if type(given) not in _KEYS or (arguments and not _WORDS.issuperset(map(type, arguments))):
            return context.apply(one, apply, True, given, arguments)
        key = (name, type(given), given, *arguments)
        found = context.memory.get(key)
        if found is None:
            before = context.steps
            result = context.apply(one, apply, True, given, arguments)
            context.memory[key] = result, context.steps - before
            return result
        context.charge(found[1])
        return found[0]

    return filtered


def _items_of(items: Any, expression: Any, context: Any) -> Sequence:
    return items if isinstance(items, list | tuple) else list(expression._to_iter(items, context)[0])


def _bulk(block: BlockNode) -> int:
    """How many letters of the author's own one round writes at most."""
    todo, letters = [block], 0
    while todo:
        node = todo.pop()
        letters += len(node.text) if isinstance(node, ContentNode) else 0
        todo += node.children(None, include_partials=False)
    return letters


def _count(context: Any, items: Sequence, name: str, called: str) -> Iterator[Any]:
    """The rounds of a loop that are counted: ``forloop.first``, ``forloop.parentloop.index`` …"""
    scope = context.scope
    outside = {key: scope[key] for key in (name, "forloop") if key in scope}
    loop = ForLoop(name=called, it=iter(items), length=len(items), parentloop=context.parentloop())
    context.loops.append(loop)
    scope["forloop"] = loop
    yield from loop
    context.loops.pop()
    del scope[name], scope["forloop"]
    scope |= outside

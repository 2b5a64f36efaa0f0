"""The syntax tree of a template as nested functions: the same text as python-liquid writes, in a quarter of its time.

Its own walk passes four calls for every piece and builds a function for every use of a filter, which was half the cost
of a mail. Here that is decided once per template. What this file does not know (``break``, a loop with ``limit``) is
left to python-liquid: ``translate`` returns None. tests/messaging/test_swift.py holds both against each other on all
our mails and on random templates.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from liquid.ast import BlockNode, ConditionalBlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.arguments import PositionalArgument
from liquid.builtin.expressions.filtered import Filter
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

# Both take the context of one filling (liquid.SwiftContext, with a plain dict as its scope).
Step = Callable[[Any], None]  # writes by context.out
Value = Callable[[Any], Any]


_SPECIAL = re.compile(r"[&<>\"']")


class TooStrange(Exception):
    """A node that python-liquid has to walk itself."""


def translate(template: BoundTemplate) -> Step | None:
    """One function that writes the whole template; None where python-liquid has to do it."""
    try:
        how = How(template.env, _counts_rounds(template.nodes))
        return _in_turn([_step(node, how) for node in template.nodes])
    except TooStrange:
        return None


@dataclass(frozen=True, slots=True)
class How:
    env: Any
    counts_rounds: bool  # ``forloop`` is asked for somewhere


def _counts_rounds(nodes: Sequence[Node]) -> bool:
    """Is ``forloop`` used? Loops and ``assign`` share one dict here: TooStrange when a name is both, or ``forloop``."""
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
    return counts


def _step(node: Node, how: How) -> Step:
    kind = type(node)
    if kind is ContentNode:
        return _write(node.text)
    if kind is OutputNode:
        return _output(_value(node.expression, how), how.env.autoescape)
    if kind is IfNode or kind is UnlessNode:
        return _branches(node, how, negated=kind is UnlessNode)
    if isinstance(node, ForNode):
        return _loop(node, how)
    if kind is CaseNode:
        return _cases(node, how)
    if kind is AssignNode:
        return _assign(str(node.name), _value(node.expression, how))
    if kind is CaptureNode:
        return _capture(str(node.name), _block(node.block, how), how)
    if isinstance(node, CommentNode):
        return _nothing
    raise TooStrange


def _block(block: BlockNode, how: How) -> Step:
    nodes = block.nodes
    if how.env.suppress_blank_control_flow_blocks and block.blank:
        nodes = [node for node in nodes if not isinstance(node, ContentNode)]  # white space alone is not written
    return _in_turn([_step(node, how) for node in nodes])


def _in_turn(steps: Sequence[Step]) -> Step:
    steps = tuple(step for step in steps if step is not _nothing)
    if not steps:
        return _nothing
    if len(steps) == 1:
        return steps[0]

    def all_of_them(context: Any) -> None:
        for step in steps:
            step(context)

    return all_of_them


def _nothing(context: Any) -> None: ...


def _write(text: str) -> Step:
    def write(context: Any) -> None:
        context.out(text)

    return write


def _output(value: Value, autoescape: bool) -> Step:
    def output(context: Any) -> None:
        found = value(context)
        if type(found) is not str:
            context.out(to_liquid_string(found, autoescape))
        elif autoescape and _SPECIAL.search(found):
            context.out(escape(found))
        else:
            context.out(found)

    return output


def _branches(node: Any, how: How, negated: bool) -> Step:
    alternatives: list[ConditionalBlockNode] = node.alternatives
    branches = [(node.condition.evaluate, negated, _block(node.consequence, how))]
    branches += [(one.expression.evaluate, False, _block(one.block, how)) for one in alternatives]
    otherwise = _block(node.default, how) if node.default else _nothing

    def choose(context: Any) -> None:
        for condition, turned, branch in branches:
            if bool(condition(context)) is not turned:
                return branch(context)
        return otherwise(context)

    return choose


def _loop(node: Any, how: How) -> Step:
    expression = node.expression
    if expression.limit or expression.offset or expression.reversed or expression.cols:
        raise TooStrange
    items_of, name = _value(expression.iterable, how), expression.identifier
    body, otherwise = _block(node.block, how), _block(node.default, how) if node.default else _nothing
    bulk = _bulk(node.block)
    missing = object()

    def repeat(context: Any) -> None:
        items = items_of(context)
        if not isinstance(items, list | tuple):
            items = list(expression._to_iter(items, context)[0])
        context.charge(node.weight * (len(items) or 1), bulk * len(items))
        if not items:
            return otherwise(context)
        if how.counts_rounds:
            return _count(context, items, name, f"{name}-{expression.iterable}", body)
        scope = context.scope
        outside = scope.get(name, missing)
        for scope[name] in items:
            body(context)
        if outside is missing:
            del scope[name]
        else:
            scope[name] = outside
        return None

    return repeat


def _bulk(block: BlockNode) -> int:
    """How many letters of the author's own one round writes at most."""
    todo, letters = [block], 0
    while todo:
        node = todo.pop()
        letters += len(node.text) if isinstance(node, ContentNode) else 0
        todo += node.children(None, include_partials=False)
    return letters


def _count(context: Any, items: Sequence, name: str, called: str, body: Step) -> None:
    """A loop whose rounds are counted: ``forloop.first``, ``forloop.parentloop.index`` …"""
    scope = context.scope
    outside = {key: scope[key] for key in (name, "forloop") if key in scope}
    loop = ForLoop(name=called, it=iter(items), length=len(items), parentloop=context.parentloop())
    context.loops.append(loop)
    scope["forloop"] = loop
    for scope[name] in loop:
        body(context)
    context.loops.pop()
    del scope[name], scope["forloop"]
    scope |= outside


def _cases(node: Any, how: How) -> Step:
    """Every ``when`` that fits is written, once for each value that fits; ``else`` where none before it did."""
    branches = [
        (None, _block(one, how)) if isinstance(one, BlockNode) else (one.expression.evaluate, _block(one.block, how))
        for one in node.blocks
    ]

    def choose(context: Any) -> None:
        found = False
        for fitting, branch in branches:
            if fitting is None:
                if not found:
                    branch(context)
            elif any(matches := fitting(context)):
                found = True
                for _ in range(matches.count(True)):
                    branch(context)

    return choose


def _capture(name: str, block: Step, how: How) -> Step:
    def capture(context: Any) -> None:
        outer, written = context.out, []
        context.out = written.append
        try:
            block(context)
        finally:
            context.out = outer
        written = "".join(written)
        context.assign(name, Markup(written) if how.env.autoescape else written)  # noqa: S704 - escaped as it was written

    return capture


def _assign(name: str, value: Value) -> Step:
    def assign(context: Any) -> None:
        context.assign(name, value(context))

    return assign


# --- Expressions --------------------------------------------------------------------------------------------------


def _value(expression: Expression, how: How) -> Value:
    kind = type(expression)
    if kind is FilteredExpression:
        value = _value(expression.left, how)
        for one in expression.filters or ():
            value = _filtered(value, one, how)
        return value
    if kind is Path:
        return _path(expression)
    if kind is StringLiteral:
        text = Markup(expression.value) if how.env.autoescape else expression.value  # noqa: S704 - the author's
        return lambda context: text
    return expression.evaluate


def _path(path: Path) -> Value:
    keys = path.path
    if not all(isinstance(key, str) for key in keys):
        return path.evaluate
    slowly = path.evaluate  # names what is missing, and reads what is no dict
    if len(keys) == 1:
        [only] = keys

        def name(context: Any) -> Any:
            try:
                return context.scope[only]
            except KeyError:
                return slowly(context)

        return name
    first, *rest = keys

    def walk(context: Any) -> Any:
        try:
            found = context.scope[first]
            for key in rest:
                if type(found) is not dict:
                    return slowly(context)
                found = found[key]
        except KeyError:
            return slowly(context)
        return found

    return walk


def _filtered(value: Value, one: Filter, how: How) -> Value:
    if not all(type(argument) is PositionalArgument for argument in one.args):
        return lambda context: one.evaluate(value(context), context)
    arguments = [_value(argument.value, how) for argument in one.args]
    apply = how.env.filters[one.name]
    takes_context, takes_environment = (
        getattr(apply, needed, False) for needed in ("with_context", "with_environment")
    )
    if takes_environment:
        apply = partial(apply, environment=how.env)

    def filtered(context: Any) -> Any:
        given = value(context)
        given_arguments = [argument(context) for argument in arguments]
        return context.apply(one, apply, takes_context, given, given_arguments)

    return filtered

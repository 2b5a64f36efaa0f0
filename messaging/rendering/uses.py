"""Which variables a mail shows, and would look bare without: for the look over a whole audience before sending."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.expression import Expression

from messaging.rendering.liquid import MAX_COMPILED, TEXT, parse

Name = tuple[str, ...]

OURS = ("mail", "message", "forloop")  # always there


def shown_variables(sources: Iterable[str]) -> set[Name]:
    """Names such as ("customer", "first_name") that are printed as they are.

    Left out: what has a ``default``, what a condition asks about anywhere in the mail, what a loop or the mail itself
    names, and our own.
    """
    shown: set[Name] = set()
    asked: set[Name] = set()
    own: set[str] = set(OURS)
    for source in sources:
        for node in _nodes(parse(source, TEXT, MAX_COMPILED).nodes):
            own |= {str(name) for name in (*node.block_scope(), *node.template_scope())}
            if isinstance(node, OutputNode):
                shown |= set(_printed(node.expression))
            elif not isinstance(node, AssignNode):
                asked |= {name for expression in node.expressions() for name in _names(expression)}
    return {name for name in shown if name[0] not in own and not any(name[: len(a)] == a for a in asked)}


def named_variables(sources: Iterable[str]) -> set[Name]:
    """All names that a mail speaks of, as far as each is spelled out.

    ("customer",) alone: somebody gave it another name, goes through it, or looks up a name that is not spelled out, so
    that anything of it may be meant. To ask whether there is an order names nothing of it.
    """
    return {name for source in sources for name in _spoken_of(source)[0]}


def spaces_in(sources: Iterable[str]) -> frozenset[str]:
    """The first words of all names in a mail: the namespaces that it speaks of, or asks whether they are there."""
    return frozenset(space for source in sources for space in _spoken_of(source)[1])


@lru_cache(maxsize=2048)  # a few names each
def _spoken_of(source: str) -> tuple[frozenset[Name], frozenset[str]]:
    """The names and the namespaces of one source, for one parsing."""
    named: set[Name] = set()
    spaces: set[str] = set()
    for node in _nodes(parse(source, TEXT, MAX_COMPILED).nodes) if "{" in source else ():
        whole = isinstance(node, AssignNode | ForNode)
        for path in (path for expression in node.expressions() for path in _paths(expression)):
            spaces.add(str(path.path[0]))
            if (name := _name(path)) and (whole or _reaches(path)):
                named.add(name)
    return frozenset(named), frozenset(spaces)


def _reaches(path: Path) -> bool:
    return len(path.path) > 1


def _nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(list(node.children(None, include_partials=False)))


def _printed(expression: Expression) -> Iterator[Name]:
    if not isinstance(expression, FilteredExpression) or not isinstance(expression.left, Path):
        return
    if (name := _name(expression.left)) and not any(f.name == "default" for f in expression.filters or ()):
        yield name


def _names(expression: Expression) -> Iterator[Name]:
    yield from filter(None, map(_name, _paths(expression)))


def _paths(expression: Expression) -> Iterator[Path]:
    if isinstance(expression, Path):
        yield expression
    for child in expression.children():
        yield from _paths(child)


def _name(path: Path) -> Name:
    """The part of it that is spelled out: ``order.lines[0].title`` is ("order", "lines")."""
    name: list[str] = []
    for key in path.path:
        if not isinstance(key, str):
            break
        name.append(key)
    return tuple(name)

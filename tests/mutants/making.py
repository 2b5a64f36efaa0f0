"""Mutants of a module: one small change in one function each, made in its syntax tree."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Continue: ast.Break, ast.Break: ast.Continue,
}  # fmt: skip
OTHER_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}

Change = Callable[[ast.AST], str | None]  # changes the node in place, and says how; None: nothing to change here


@dataclass(frozen=True, slots=True)
class Mutant:
    function: str  # its qualified name
    line: int
    change: str
    code: CodeType


def mutants_of(source: str, path: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    _forget_what_never_runs(tree)
    for number, node in enumerate(ast.walk(tree)):
        for change in CHANGES:
            if change(copy.deepcopy(node)) is None:  # before the whole tree is copied
                continue
            broken = copy.deepcopy(tree)
            inside = next(n for at, n in enumerate(ast.walk(broken)) if at == number)
            said = change(inside)
            owner = _function_at(broken, inside)
            if owner is not None and said is not None:
                ast.fix_missing_locations(broken)
                code = _code_named(compile(broken, path, "exec"), owner)
                if code is not None:
                    yield Mutant(owner, _line_of(node), said, code)


# --- Changes ------------------------------------------------------------------------------------------------------


def _swap_operator(node: ast.AST) -> str | None:
    if isinstance(node, ast.Compare):
        was, node.ops = node.ops, [SWAPPED[type(op)]() for op in node.ops]  # type: ignore[misc]
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in SWAPPED:
        was, node.op = [node.op], SWAPPED[type(node.op)]()  # type: ignore[assignment]
    else:
        return None
    return f"{type(was[0]).__name__} swapped: {_said(node)}"


def _negate(node: ast.AST) -> str | None:
    if isinstance(node, ast.If | ast.IfExp | ast.While) or (isinstance(node, ast.comprehension) and node.ifs):
        if isinstance(node, ast.comprehension):
            node.ifs[0] = ast.UnaryOp(ast.Not(), node.ifs[0])
            return f"negated: if {_said(node.ifs[0])}"
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return f"negated: {_said(node.test)}"
    return None


def _change_constant(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Constant) or node.value is None or node.value is Ellipsis:
        return None
    was = node.value
    if isinstance(was, bool):
        node.value = not was
    elif isinstance(was, int | float):
        node.value = was + 1
    elif isinstance(was, str):
        node.value = f"XX{was}XX"
    else:
        return None
    return f"{was!r} became {node.value!r}"


def _return_nothing(node: ast.AST) -> str | None:
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        was, node.value = _said(node.value), ast.Constant(None)
        return f"returns None, not {was}"
    return None


def _assign_nothing(node: ast.AST) -> str | None:
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and not _is_none(node.value):
        was, node.value = _said(node), ast.Constant(None)
        return f"assigns None: {was}"
    return None


def _take_another_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OTHER_NAMES:
        node.func.id = OTHER_NAMES[node.func.id]
        return f"now {_said(node)}"
    return None


def _drop_argument(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and node.keywords:
        dropped = node.keywords.pop()
        return f"without {dropped.arg}: {_said(node)}"
    return None


def _leave_the_loop(node: ast.AST) -> str | None:
    """A ``continue`` is no expression: its block is changed."""
    for block in (getattr(node, name, None) for name in ("body", "orelse")):
        for at, inside in enumerate(block if isinstance(block, list) else []):
            if isinstance(inside, ast.Continue | ast.Break):
                block[at] = SWAPPED[type(inside)]()
                return f"{type(inside).__name__.lower()} swapped"
    return None


CHANGES: list[Change] = [
    *(_swap_operator, _negate, _change_constant, _return_nothing, _assign_nothing),
    *(_take_another_name, _drop_argument, _leave_the_loop),
]


# --- In the tree --------------------------------------------------------------------------------------------------


def _forget_what_never_runs(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Name("object", ast.Load())
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Pass()


def _function_at(tree: ast.Module, wanted: ast.AST) -> str | None:
    """The qualified name of the function whose body holds the node; defaults and annotations are no body."""

    def search(node: ast.AST, names: tuple[str, ...]) -> str | None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                found = search(child, (*names, child.name))
            elif isinstance(child, ast.FunctionDef):
                inside = any(n is wanted for statement in child.body for n in ast.walk(statement))
                found = ".".join((*names, child.name)) if inside else None
            else:
                found = None
            if found:
                return found
        return None

    return search(tree, ())


def _code_named(code: CodeType, name: str) -> CodeType | None:
    for inside in code.co_consts:
        if isinstance(inside, CodeType):
            if inside.co_qualname == name:
                return inside
            if found := _code_named(inside, name):
                return found
    return None


def _said(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))[:100]


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _line_of(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)

"""How the house is built, in figures, beside two houses that we admire: ``make stats``.

Migrations are left out, and so are the benches, which start Django first and import afterwards. "Local imports" are
those inside a function: the usual scar of a circle. "Mutual pairs" are pairs of apps that import each other. The rows
of the others were measured the same way in November 2026 on their main branches.
"""

import ast
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parent.parent
LEFT_OUT = {"migrations", "bench", ".venv", "static"}
OTHERS = {
    "healthchecks": ("42/161/1584", "8/32/81", "8/16", "1.40", "10 %", "99 %", "5.5 %", "1.4 %", "5"),
    "django-anymail": ("229/474/903", "6/31/79", "14/43", "2.49", "23 %", "6 %", "15.5 %", "0.3 %", "0"),
}
COLUMNS = (
    "files: median/p90/largest",
    "functions: median/p90/p99",
    "test functions: median/p90",
    "test lines per code line",
    "functions with docstring",
    "functions with return type",
    "comment lines",
    "local imports",
    "mutual pairs of apps",
)
LONG_FILE, LONG_FUNCTION = 400, 60


@dataclass
class Figures:
    """Of the code, or of the tests."""

    files: dict[str, int] = field(default_factory=dict)  # path → lines
    functions: dict[str, int] = field(default_factory=dict)  # path:line name → lines
    docstrings: int = 0
    return_types: int = 0
    comments: int = 0
    imports: int = 0
    local_imports: dict[str, str] = field(default_factory=dict)  # path:line → what
    arrows: Counter[tuple[str, str]] = field(default_factory=Counter)  # (app, app it imports) → times


def measure(paths: list[Path]) -> Figures:
    found = Figures()
    apps = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    for path in paths:
        if not path.stat().st_size:
            continue
        text, name = path.read_text(), str(path.relative_to(ROOT))
        lines = text.splitlines()
        found.files[name] = len(lines)
        found.comments += sum(line.lstrip().startswith("#") for line in lines)
        _look_into(ast.parse(text), name, apps, found)
    return found


def _look_into(tree: ast.Module, name: str, apps: set[str], found: Figures) -> None:
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.functions[f"{name}:{node.lineno} {node.name}"] = node.end_lineno - node.lineno + 1
            found.docstrings += ast.get_docstring(node) is not None
            found.return_types += node.returns is not None
            inside.update(id(n) for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.imports += 1
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            app = name.partition("/")[0]
            found.arrows.update((app, to) for m in modules if (to := m.partition(".")[0]) in apps and to != app)
            if id(node) in inside:
                found.local_imports[f"{name}:{node.lineno}"] = ", ".join(modules)


def row_of(code: Figures, tests: Figures) -> tuple[str, ...]:
    functions, lines = code.functions.values(), sum(code.files.values())
    mutual = sum(
        (b, a) in code.arrows
        for a, b in combinations(sorted({x for pair in code.arrows for x in pair}), 2)
        if (a, b) in code.arrows
    )
    return (
        f"{_at(code.files.values(), 50)}/{_at(code.files.values(), 90)}/{max(code.files.values())}",
        f"{_at(functions, 50)}/{_at(functions, 90)}/{_at(functions, 99)}",
        "/".join(str(_at([n for f, n in tests.functions.items() if " test_" in f], p)) for p in (50, 90)),
        f"{sum(tests.files.values()) / lines:.2f}",
        f"{code.docstrings / len(functions):.0%}",
        f"{code.return_types / len(functions):.0%}",
        f"{code.comments / lines:.1%}",
        f"{len(code.local_imports) / code.imports:.1%}",
        str(mutual),
    )


def _at(values, percent: int) -> int:
    values = list(values)
    return round(median(values) if percent == 50 else quantiles(values, n=100, method="inclusive")[percent - 1])


def main() -> int:
    paths = [p for p in sorted(ROOT.rglob("*.py")) if not LEFT_OUT & set(p.relative_to(ROOT).parts)]
    is_test = [p.relative_to(ROOT).parts[0] == "tests" for p in paths]
    code = measure([p for p, test in zip(paths, is_test, strict=True) if not test])
    tests = measure([p for p, test in zip(paths, is_test, strict=True) if test])
    rows = {"aftercare": row_of(code, tests), **OTHERS}
    print(f"{'':28}" + "".join(f"{name:>18}" for name in rows))
    for at, column in enumerate(COLUMNS):
        print(f"{column:28}" + "".join(f"{row[at]:>18}" for row in rows.values()))
    _tell(f"files over {LONG_FILE} lines", {**code.files, **tests.files}, LONG_FILE)
    _tell(f"functions over {LONG_FUNCTION} lines", {**code.functions, **tests.functions}, LONG_FUNCTION)
    print("\nimports inside functions")
    for where, what in code.local_imports.items():
        print(f"  {where:60} {what}")
    return 0


def _tell(title: str, lengths: dict[str, int], limit: int) -> None:
    print(f"\n{title}")
    for name, lines in sorted(lengths.items(), key=lambda pair: -pair[1]):
        if lines > limit:
            print(f"  {lines:5}  {name}")


if __name__ == "__main__":
    sys.exit(main())

"""The table of sabotages fits the code of today; whether the tests catch them is tried by `make sabotage`."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.sabotage.table import SABOTAGES

ROOT = Path(__file__).parents[2]


@cache
def functions_of(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("path", sorted({s.path for s in SABOTAGES}))
def test_every_sabotage_of_a_file_still_applies_exactly_once(path):
    source = (ROOT / path).read_text("utf-8")

    assert {s.name: source.count(s.old) for s in SABOTAGES if s.path == path and source.count(s.old) != 1} == {}


def test_every_sabotage_names_tests_that_exist():
    named = {test for s in SABOTAGES for test in s.caught_by}
    missing = {
        test
        for test in named
        for path, _, function in [test.partition("::")]
        if not (ROOT / "tests" / path).exists() or function not in functions_of(ROOT / "tests" / path)
    }

    assert missing == set()
    assert all(s.caught_by for s in SABOTAGES)


def test_every_sabotage_has_a_name_of_its_own_and_changes_something():
    assert [name for name, times in Counter(s.name for s in SABOTAGES).items() if times > 1] == []
    assert [s.name for s in SABOTAGES if s.old == s.new] == []

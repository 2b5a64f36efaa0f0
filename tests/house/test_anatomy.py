"""The same anatomy everywhere: rooms, errors, tests."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from shelf.reasons import Refusal

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "architecture.md").read_text()
# The rooms that any app may have; docs/architecture.md, "Anatomy of an app", says what belongs into each.
SHARED = (
    "models", "actions", "events", "reactions", "subjects", "acts", "dates", "contexts", "variables", "lends",
    "holdings", "desk", "links", "markup", "views", "forms", "api", "webhooks", "admin", "tasks", "stores",
    "carriers", "channels", "templatetags", "management", "migrations",
)  # fmt: skip
# Refusals that a caller treats apart, by what stands in the way.
APART = {"SavedByAnother", "SomeGotIt", "Everyone", "NotEditable"}
# Where what others wrote is read: an error there says what is the matter with it.
READING = re.compile(r"^(shelf|events\.sources|orders\.stores|messaging\.(rendering|inbound|headers))\b")


def own_rooms(app):
    names = {path.stem for path in (ROOT / app).iterdir() if path.suffix == ".py" or path.is_dir()}
    return sorted(name for name in names if not name.startswith("__") and name not in SHARED)


@pytest.mark.parametrize("app", settings.FLOORS)
def test_a_room_that_one_app_alone_has_stands_in_the_architecture(app):
    told = re.search(rf"^\| `{app}` \| (.*) \|$", PAGE, re.MULTILINE)

    assert re.findall(r"`(\w+)`", told[1]) == own_rooms(app)


@pytest.mark.parametrize("app", settings.FLOORS)
def test_the_first_line_of_such_a_room_says_what_it_is_for(app):
    files = [(ROOT / app / f"{name}.py", ROOT / app / name / "__init__.py") for name in own_rooms(app)]
    silent = [
        path.relative_to(ROOT).as_posix()
        for pair in files
        for path in pair
        if path.exists() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_what_an_action_will_not_do_is_called_refused():
    odd = [
        f"{kind.__module__}.{kind.__name__}"
        for kind in refusals(Refusal)
        if not kind.__name__.endswith("Refused") and kind.__name__ not in APART and not READING.match(kind.__module__)
    ]

    assert odd == []


@pytest.mark.parametrize("app", settings.FLOORS)
def test_the_tests_of_an_app_lie_in_its_folder_and_are_named_for_what_they_try(app):
    folder = ROOT / "tests" / app
    strange = [p.name for p in folder.glob("*.py") if not re.fullmatch(r"(test_\w+|conftest)\.py", p.name)]

    assert (strange, (folder / "__init__.py").exists()) == ([], False)


def test_every_file_that_the_pages_for_builders_name_exists():
    pages = [PAGE, (ROOT / "CONTRIBUTING.md").read_text()]
    named = {path for page in pages for path in re.findall(r"`([\w.-]+/[\w./-]+\.\w+)`", page)}

    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("path", sorted((ROOT / "static").rglob("*.css")), ids=lambda path: path.name)
def test_every_rule_of_a_stylesheet_ends(path):
    """A merge once lost a brace, and half of the pages lost their looks: browsers say nothing."""
    plain = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)

    assert plain.count("{") == plain.count("}")


def refusals(kind):
    for path in ("customers.consent", "campaigns.demo.load"):
        import_module(path)
    for sub in kind.__subclasses__():
        yield sub
        yield from refusals(sub)

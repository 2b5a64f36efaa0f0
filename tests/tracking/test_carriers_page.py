"""The page of carriers is what the tables in the code say."""

from pathlib import Path

import pytest
from django.conf import settings

from events.sources import name_of
from tracking.carriers import ADAPTERS

PAGE = Path(settings.BASE_DIR) / "docs/reference/carriers.md"


def table_of(adapter) -> str:
    rows = "".join(f"| `{code}` | {said.milestone} | {said.reason} |\n" for code, said in adapter.STATUSES.items())
    return f"### `{name_of(adapter)}`\n\n| code | milestone | reason |\n|---|---|---|\n{rows}"


@pytest.mark.parametrize("adapter", [a for a in ADAPTERS if hasattr(a, "STATUSES")], ids=name_of)
def test_table_of_a_source_stands_on_the_page_as_it_is_in_the_code(adapter):
    assert table_of(adapter) in PAGE.read_text("utf-8")

"""Mails that people write: drafts of blocks, and the form of the editor as a browser sends it."""

from datetime import UTC, datetime
from typing import Any

from messaging.actions import Written, drafts
from messaging.blocks import BLOCKS, Rows, new
from messaging.models import Template, TemplateVersion
from staff.models import User

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def letter(text: str = "Hello {{ customer.first_name }}", subject: str = "Hello") -> Written:
    """A header, a text and a footer."""
    many = [new("header", "en"), {**new("text", "en"), "text": text}, new("footer", "en")]
    return Written(subject, "", "", "", many)


def saved(template: Template, written: Written, by: User | None = None, language: str = "en") -> TemplateVersion:
    """The draft of a template with one language changed."""
    return drafts.save_draft(template, language, written, drafts.working(template).token, by, NOON)


def as_form(template: Template, written: Written, do: str = "save", language: str = "en", **more: Any) -> dict:
    """What the editor's page posts; the blocks stand in the order of their keys."""
    form: dict[str, Any] = {
        "do": do,
        "language": language,
        "token": drafts.working(template).token,
        "mode": "raw" if written.blocks is None else "blocks",
        **{part: getattr(written, part) for part in ("subject", "preheader", "mjml", "text")},
        "block": [f"b{at}" for at in range(len(written.blocks or []))],
    }
    for at, block in enumerate(written.blocks or []):
        form |= {f"b{at}-block": block["block"], f"b{at}-only_if": block.get("only_if", "")}
        for field in BLOCKS[block["block"]].fields if block["block"] in BLOCKS else ():
            value = block.get(field.name)
            if isinstance(field, Rows):
                form |= {
                    f"b{at}-{field.name}-{n}-{key}": what for n, row in enumerate(value) for key, what in row.items()
                }
            elif value is not False:
                form[f"b{at}-{field.name}"] = "on" if value is True else value
    return {**form, **more}

"""Plain data as JSON and back, with the kinds that JSON lacks: what goes to the sandbox, and what comes back.

JSON, and no pickle: an answer of a child that a template took over can only be a wrong answer.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from messaging.rendering.problems import TemplateProblem
from shelf.reasons import Reason

# Tags of single-key objects; no key of a context begins with a NUL.
_KINDS = {"\0decimal": Decimal, "\0moment": datetime.fromisoformat, "\0date": date.fromisoformat, "\0html": Markup}


def pack(data: object) -> bytes:
    return json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def unpack(packed: bytes) -> Any:
    return json.loads(packed.decode("utf-8", "surrogatepass"), object_hook=_kind)


def _plain(data: object) -> object:
    if isinstance(data, Markup) or hasattr(data, "__html__"):
        return {"\0html": str(data)}
    if data is None or isinstance(data, str | int | float):
        return data
    if isinstance(data, Mapping):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple | set):
        return [_plain(value) for value in data]
    if isinstance(data, Decimal):
        return {"\0decimal": str(data)}
    if isinstance(data, datetime):
        return {"\0moment": data.isoformat()}
    if isinstance(data, date):
        return {"\0date": data.isoformat()}
    return str(data)  # a lazy translation, a zone; an object given by mistake shows nothing but its name


def _kind(found: dict) -> object:
    if len(found) == 1:
        ((key, value),) = found.items()
        if key in _KINDS and isinstance(value, str):
            return _KINDS[key](value)
    return found


def from_problem(problem: TemplateProblem) -> list:
    what = problem.what
    return [problem.line, problem.column, what.text, what.values, problem.variable, problem.part]


def to_problem(row: list) -> TemplateProblem:
    line, column, text, values, variable, part = row
    return TemplateProblem(int(line), int(column), Reason(str(text), dict(values)), str(variable), str(part))

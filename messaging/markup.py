"""JSON-LD for the head of a mail. The nodes are JSON that apps lend in the namespace ``markup``."""

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any

from markupsafe import Markup

# Inside <script> only these could end the script or begin a comment; the line separators are for old parsers.
_ESCAPES = tuple((mark, f"\\u{ord(mark):04x}") for mark in "<>&\u2028\u2029")
__all__ = ["pattern", "quoted", "script", "written"]

written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def pattern(node: Mapping[str, Any]) -> str:
    """A node with gaps, ``"%(number)s"`` where a value would stand: JSON to be filled with JSON (``quoted``).

    For what each mail carries: to build dicts and to walk them takes four times as long.
    """
    return written(node).replace('"%(', "%(").replace(')s"', ")s")


def script(nodes: Sequence[str]) -> Markup:
    """``<script type="application/ld+json">`` for these nodes, which nothing in them can break out of."""
    if not nodes:
        return Markup("")
    text = nodes[0] if len(nodes) == 1 else f"[{','.join(nodes)}]"
    for mark, escaped in _ESCAPES:
        text = text.replace(mark, escaped)
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 - every "<" is escaped

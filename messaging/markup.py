"""JSON-LD for the head of a mail. The nodes are plain data that apps lend in the namespace ``markup``."""

import json
from collections.abc import Sequence

from markupsafe import Markup

# Inside <script> only these could end the script or begin a comment; the line separators are for old parsers.
_ESCAPES = tuple((mark, f"\\u{ord(mark):04x}") for mark in "<>&\u2028\u2029")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def script(nodes: Sequence[dict]) -> Markup:
    """``<script type="application/ld+json">`` for these nodes, which nothing in them can break out of."""
    if not nodes:
        return Markup("")
    written = _encode(nodes[0] if len(nodes) == 1 else list(nodes))
    for mark, escaped in _ESCAPES:
        written = written.replace(mark, escaped)
    return Markup(f'<script type="application/ld+json">{written}</script>')  # noqa: S704 - every "<" is escaped

"""QR codes as drawings for print: SVG without any style of its own, and PNG.

Level Q mends a quarter of the picture: a code on packaging is scratched and folded. Four modules of quiet around it,
as ISO/IEC 18004 wants; black on white in dark mode too, for many scanners read no inverted code.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from qrcode import QRCode

QUIET = 4  # modules


def matrix(text: str) -> list[list[bool]]:
    """Rows of dark and light, with the quiet zone."""
    code = _code(text)
    code.make(fit=True)
    return code.get_matrix()


def svg(text: str, label: str) -> SafeString:
    """One path: a row's neighbouring dark modules are one stroke."""
    rows = matrix(text)
    size = len(rows)
    path = "".join(f"M{x} {y}h{run}v1h-{run}z" for y, row in enumerate(rows) for x, run in runs(row))
    return format_html(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}"'
        ' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{}v{}h-{}z"/><path fill="#000" d="{}"/></svg>',
        *(size, size, label, size, size, size, path),
    )


def png(text: str, pixels: int = 1200) -> bytes:
    """At least so many pixels wide, in whole pixels for a module: 10 cm at 300 dpi."""
    rows = matrix(text)
    code = _code(text, box_size=-(-pixels // len(rows)))
    out = BytesIO()
    code.make_image().save(out)
    return out.getvalue()


def _code(text: str, box_size: int = 10) -> QRCode:
    import qrcode  # with Pillow 4 MB, which a worker that sends mail does not need

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=QUIET, box_size=box_size)
    code.add_data(text)
    return code


def runs(row: list[bool]) -> list[tuple[int, int]]:
    """(start, length) of the dark stretches."""
    found, start = [], None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            found.append((start, x - start))
            start = None
    return found

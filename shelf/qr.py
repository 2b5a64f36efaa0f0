"""QR codes as drawings for print: SVG without any style of its own, and PNG.

Level Q mends a quarter of the picture: a code on packaging is scratched and folded. Four modules of quiet around it,
as ISO/IEC 18004 wants; black on white in dark mode too, for many scanners read no inverted code.
"""

from io import BytesIO

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET = 4  # modules


def matrix(text: str) -> list[list[bool]]:
    """Rows of dark and light, with the quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    return code.get_matrix()


def svg(text: str, label: str) -> SafeString:
    """One path: a row's neighbouring dark modules are one stroke."""
    rows = matrix(text)
    size = len(rows)
    path = "".join(f"M{x} {y}h{run}v1h-{run}z" for y, row in enumerate(rows) for x, run in _runs(row))
    return format_html(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}"'
        ' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{}v{}h-{}z"/><path fill="#000" d="{}"/></svg>',
        *(size, size, label, size, size, size, path),
    )


def png(text: str, pixels: int = 1200) -> bytes:
    """At least so many pixels wide, in whole pixels for a module: 10 cm at 300 dpi."""
    rows = matrix(text)
    code = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_Q, border=QUIET, box_size=-(-pixels // len(rows))
    )
    code.add_data(text)
    out = BytesIO()
    code.make_image().save(out)
    return out.getvalue()


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """(start, length) of the dark stretches."""
    found, start = [], None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            found.append((start, x - start))
            start = None
    return found
